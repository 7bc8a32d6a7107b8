"""What is published of a real ViT: packs of its queries and keys, maps of CLS, and documents of measures.

Token t of N: CLS is 0, the patch in row r and column c is 1 + cols*r + c. Layers and heads count from 0 in arrays, and
from 1 in file names.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from explainer import artifacts, packing, pictures
from explainer import vit_attention as va
from explainer.attention import DEFAULT_TEMPERATURE, Matrix, effective_number, softmax
from explainer.config import HEAD_DIM, REAL_GRIDS, REAL_HEADS, STAND_IN_GRID
from explainer.weights import Checkpoint

if TYPE_CHECKING:
    from explainer.vit_run import Run

QK_SCALE: Final = 2.0**-7
"""Step of the published queries and keys: the coarsest power of two that keeps every map within PACK_TOLERANCE."""

WEIGHT_SCALE: Final = 2.0**-15
"""Step of published weights."""

PACK_TOLERANCE: Final = 0.005
"""Mean total variation, over the queries of any one map, between published and float32 queries and keys."""

PLAIN_LAYERS: Final = (1, 4, 8, 12)
"""Layers, counted from 1, whose queries and keys are published of the run without positions too."""

FILTERS: Final = 28
"""Principal components of the patch embedding that are published, as many as in the ViT paper's figure 7."""

TOP: Final = 5

AGREEMENT_VARIANT: Final = "layernorm"

LONG_RULE = (
    f"a patch token over {va.LONG:g} times as long as the photo's median patch token, as the last block leaves it"
)
SINK_RULE = f"a patch that gets over {va.SINK:g} even shares of a layer's attention, mean over heads and queries"
AGREEMENT = (
    "Asked at the centre of each of the stand-in's 7x7 cells. The real map (mean over heads, CLS left out, the rest "
    "made whole) is pooled from its grid to 7x7 by area. overlap: sum of min(a, b), 1 minus total variation; spearman: "
    "rank correlation. Baselines: the same against the real maps of the 48 other cells (other), and the mean overlap "
    "over all orders of the real map's own cells (shuffled); the rank correlation's mean over all orders is 0."
)


def pack_layer(query: npt.NDArray[np.float32], key: npt.NDArray[np.float32], name: str) -> bytes:
    """One layer's (H, N, d) queries and keys -> a pack (2, H, d, N): q*g, k/g, channel by channel.

    g = sqrt(std k / std q) of each head's channel makes one step fit both; it cancels in q . k, so readers ignore it.
    """
    spread_q, spread_k = (part.std(axis=1, keepdims=True) + 1e-6 for part in (query, key))
    balance = np.sqrt(spread_k / spread_q)  # (H, 1, d)
    both = np.stack([query * balance, key / balance]).transpose(0, 1, 3, 2)  # (2, H, d, N)
    return packing.pack_scaled(both, name, QK_SCALE)


def unpack_layer(pack: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(2, H, d, N) as published -> (H, N, d) queries and keys, balanced, whose products are the model's."""
    query, key = pack.transpose(0, 1, 3, 2)
    return query, key


def layer_name(layer: int) -> str:
    """A layer, counted from 0 -> its two digits in file names."""
    return f"{layer + 1:02d}"


class Measured(NamedTuple):
    """What one run's maps say. L layers, H heads, N tokens."""

    per_head: dict[str, Matrix]
    """(L, H) each, by the name under which it is published."""
    received: Matrix
    """(L, N): even shares of each layer's attention."""
    cls: Matrix
    """(L, H, N): CLS's weights."""
    rollout: Matrix
    """(recipes, L, N): CLS's row of R_1 ... R_L, in the order of RECIPES."""


def measure(query: npt.NDArray[np.float32], key: npt.NDArray[np.float32], grid: tuple[int, int], side: int) -> Measured:
    """(L, H, N, d) queries and keys of one run -> its measures; one layer's maps are held at a time.

    `side`: px of the crop. Means over queries are over patches, not CLS.
    """
    between = va.distances(*grid, side)
    per_head: dict[str, list[Matrix]] = {}
    received, cls = [], []
    steps: list[list[Matrix]] = [[] for _ in va.RECIPES]
    for q, k in zip(query, key, strict=True):
        maps = va.weights(q, k)  # (H, N, N)
        numbers = effective_number(maps)  # (H, N)
        found = {
            "mean_distance": va.mean_attention_distance(maps, between),
            "effective_number": numbers[:, 1:].mean(axis=1),
            "cls_effective_number": numbers[:, 0],
            "cls_share": maps[:, 1:, 0].mean(axis=1),
            "self_share": np.diagonal(maps, axis1=1, axis2=2)[:, 1:].mean(axis=1),
        }
        for name, values in found.items():
            per_head.setdefault(name, []).append(values)
        received.append(va.received(maps))
        cls.append(maps[:, 0])
        for layers, recipe in zip(steps, va.RECIPES, strict=True):
            layers.append(va.fused(maps, recipe))
    return Measured(
        {name: np.stack(values) for name, values in per_head.items()},
        np.stack(received),
        np.stack(cls),
        np.stack([va.token_rollout(layers) for layers in steps]),
    )


def photo_files(
    model: str, run: "Run", plain: "Run | None", categories: Sequence[str] | None, side: int
) -> dict[str, bytes]:
    """A photo's run, and the run without positions where it was made -> packs by name, and its `measures` as JSON.

    Names are what follows the model's in file names: `cls`, `rollout`, `layer_01` ..., `no_positions_cls`,
    `no_positions_layer_01` ... `categories` names the classes of a model with a head; such a model gets no layer packs.
    """
    grid = REAL_GRIDS[model]
    found = measure(run.query, run.key, grid, side)
    long, ratio = va.long_tokens(run.norms[-1])
    document: dict[str, Any] = {
        "measures": {name: rounded(values) for name, values in found.per_head.items()},
        "token_norms": rounded(run.norms),
        "received": rounded(found.received),
        "artefacts": {
            "long": {"rule": LONG_RULE, "ratio": va.LONG, "greatest": rounded(ratio), "tokens": long},
            "sinks": {
                "rule": SINK_RULE,
                "ratio": va.SINK,
                "tokens": [
                    {"layer": layer, "token": token, "received": rounded(share)}
                    for layer, token, share in va.sinks(found.received)
                ],
            },
        },
        "rollout": [
            {"fusion": recipe.fusion, "discard": recipe.discard, "published": recipe.published} for recipe in va.RECIPES
        ],
    }
    files = {
        "cls": packing.pack_scaled(found.cls, f"{model}_cls", WEIGHT_SCALE),
        "rollout": packing.pack_scaled(found.rollout, f"{model}_rollout", WEIGHT_SCALE),
    }
    if categories is not None and run.logits is not None:
        document["top5"] = top(run.logits, categories)
    if plain is not None:
        without = measure(plain.query, plain.key, grid, side)
        document["positions_off"] = positions_off(run, plain, without)
        files["no_positions_cls"] = packing.pack_scaled(without.cls, f"{model}_no_positions_cls", WEIGHT_SCALE)
        for layer, (query, key) in enumerate(zip(run.query, run.key, strict=True)):
            name = f"layer_{layer_name(layer)}"
            files[name] = pack_layer(query, key, f"{model}_{name}")
        for number in PLAIN_LAYERS:
            name = f"no_positions_layer_{layer_name(number - 1)}"
            files[name] = pack_layer(plain.query[number - 1], plain.key[number - 1], f"{model}_{name}")
    return files | {"measures": artifacts.dumps(document)}


def positions_off(run: "Run", plain: "Run", without: Measured) -> dict[str, Any]:
    """What changes when the model is run again with its position table left out: tokens by cosine, maps by distance."""
    same = va.cosine(run.tokens, plain.tokens)  # (N,)
    moved = [
        va.total_variation(va.weights(q, k), va.weights(plain_q, plain_k)).mean(axis=-1)
        for q, k, plain_q, plain_k in zip(run.query, run.key, plain.query, plain.key, strict=True)
    ]
    return {
        "cls_cosine": rounded(same[0]),
        "patch_cosine": rounded(same[1:].mean()),
        "total_variation": rounded(moved),
        "mean_distance": rounded(without.per_head["mean_distance"]),
        "layers": list(PLAIN_LAYERS),
    }


def top(scores: npt.ArrayLike, categories: Sequence[str]) -> list[dict[str, Any]]:
    """(classes,) logits -> the TOP most probable classes: index, label, probability."""
    probabilities = softmax(scores)
    order = np.argsort(-probabilities, kind="stable")[:TOP]
    return [
        {"index": int(index), "label": categories[index], "probability": rounded(probabilities[index], 4)}
        for index in order
    ]


def agreement(layers: Iterable[Matrix], stand_in: npt.ArrayLike, grid: tuple[int, int]) -> dict[str, Any]:
    """Each layer's (N, N) head-mean map, and the stand-in's (49, 49) weights -> how far they agree; see AGREEMENT."""
    theirs = np.asarray(stand_in, dtype=np.float64)
    cells = len(theirs)
    asked = 1 + _patches_at_centres(STAND_IN_GRID, grid)  # (49,) tokens
    pair_up = ~np.eye(cells, dtype=bool)
    found: dict[str, list[Any]] = {}
    for maps in layers:
        ours = va.pool(maps[asked], grid, STAND_IN_GRID)  # (49, 49)
        for name, measure_of in (("overlap", va.overlap), ("spearman", va.spearman)):
            table = measure_of(theirs[:, None], ours[None])  # (49, 49): stand-in's cell, real cell
            found.setdefault(name, []).append(rounded(np.diagonal(table)))
            found.setdefault(f"other_{name}", []).append(rounded(table[pair_up].mean()))
        found.setdefault("shuffled_overlap", []).append(rounded(va.chance_overlap(theirs, ours).mean()))
    return {
        "definition": AGREEMENT,
        "variant": AGREEMENT_VARIANT,
        "temperature": DEFAULT_TEMPERATURE[AGREEMENT_VARIANT],
        "grid": list(STAND_IN_GRID),
        **found,
    }


def photo_document(
    photo: str,
    checkpoint: Checkpoint,
    measures: Mapping[str, Any],
    agreement: Mapping[str, Any] | None,
    side: int,
) -> dict[str, Any]:
    """A photo's measures and agreement with the stand-in -> the document published as data/photos/<id>/<model>.json."""
    model = checkpoint.model.name
    layers, heads = REAL_HEADS[model]
    return {
        "photo": photo,
        "model": model,
        "checkpoint": checkpoint.spec.name,
        "weights_sha256": checkpoint.sha256,
        "grid": list(REAL_GRIDS[model]),
        "patch_size": side // REAL_GRIDS[model][0],
        "layers": layers,
        "heads": heads,
        "head_dim": HEAD_DIM,
        "embed_dim": heads * HEAD_DIM,
        "scale": 1 / math.sqrt(HEAD_DIM),
        **measures,
        **({} if agreement is None else {"agreement": agreement}),
    }


def model_files(
    checkpoint: Checkpoint,
    table: npt.NDArray[np.float32],
    filters: npt.NDArray[np.float32],
    distances: Sequence[Any],
    side: int,
) -> dict[str, bytes]:
    """What belongs to the model and not to a photo -> `document` (JSON), `positions` (pack), `filter_01` ... (PNG).

    `table` (patches, D) positions at the photo's grid; `filters` (D, 3, P, P); `distances` (L, H) of each photo, px.
    """
    model = checkpoint.model.name
    rows, cols = REAL_GRIDS[model]
    similarity = va.position_similarity(table)  # (patches, patches)
    row, col = np.divmod(np.arange(rows * cols), cols)
    same_row, same_col = row[:, None] == row, col[:, None] == col
    components, explained = va.principal_filters(filters, FILTERS)
    document = {
        "model": model,
        "checkpoint": checkpoint.spec.name,
        "weights_sha256": checkpoint.sha256,
        "grid": [rows, cols],
        "mean_distance": rounded(np.mean(distances, axis=0)),
        "uniform_distance": rounded(va.distances(rows, cols, side).mean()),
        "positions": {
            "definition": "cosine similarity of every two positions of the learned table, at the photo's grid",
            "same_row": rounded(similarity[same_row & ~same_col].mean()),
            "same_column": rounded(similarity[same_col & ~same_row].mean()),
            "elsewhere": rounded(similarity[~same_row & ~same_col].mean()),
        },
        "filters": {
            "definition": "principal components of the patch embedding's filters around their mean; each picture is "
            "scaled by its own largest number, zero is mid-grey",
            "patch_size": filters.shape[-1],
            "explained": rounded(explained),
        },
    }
    pictures_of = {f"filter_{number:02d}": _filter_png(part) for number, part in enumerate(components, start=1)}
    positions = packing.pack_scaled(similarity, f"{model}_positions", 1 / 127, "|i1")
    return {"document": artifacts.dumps(document), "positions": positions} | pictures_of


def _filter_png(component: Matrix) -> bytes:
    """(P, P, 3) of either sign -> a PNG of P x P px: zero is 128, the largest number 1 or 255."""
    return pictures.crop_png(np.rint(128 + 127 * component / np.abs(component).max()).astype(np.uint8))


def _patches_at_centres(coarse: tuple[int, int], grid: tuple[int, int]) -> npt.NDArray[np.intp]:
    """-> the patch of `grid` that holds the centre of each cell of `coarse`, row by row."""
    row, col = np.divmod(np.arange(coarse[0] * coarse[1]), coarse[1])
    # (row + 1/2) / coarse * grid, rounded down, in integers.
    rows, cols = (2 * row + 1) * grid[0] // (2 * coarse[0]), (2 * col + 1) * grid[1] // (2 * coarse[1])
    return np.asarray(grid[1] * rows + cols, dtype=np.intp)


def rounded(values: npt.ArrayLike, digits: int = 3) -> Any:
    """Numbers -> nested lists with so many significant digits: more would be the machine's noise, and bytes."""
    array = np.asarray(values, dtype=np.float64)
    return float(f"{array:.{digits}g}") if array.ndim == 0 else [rounded(part, digits) for part in array]
