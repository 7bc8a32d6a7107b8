"""What is published of a real ViT: packs of its queries and keys, maps of CLS, and documents of measures.

Token t of N: CLS is 0, the patch in row r and column c is 1 + cols*r + c. Layers and heads count from 0 in arrays, and
from 1 in file names.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from explainer import artifacts, packing, pictures, vit_packs
from explainer import vit_attention as va
from explainer.attention import Matrix, softmax
from explainer.config import HEAD_DIM, REAL_GRIDS, REAL_HEADS
from explainer.digits import rounded
from explainer.weights import Checkpoint

if TYPE_CHECKING:
    from explainer.vit_run import Run

PLAIN_LAYERS: Final = (1, 4, 8, 12)
"""Layers, counted from 1, whose queries and keys are published of the run without positions too."""

FILTERS: Final = 28
"""Principal components of the patch embedding that are published, as many as in the ViT paper's figure 7."""

TOP: Final = 5


def photo_files(
    model: str, run: "Run", plain: "Run | None", categories: Sequence[str] | None, side: int
) -> dict[str, bytes]:
    """A photo's run, and the run without positions where it was made -> packs by name, and its `measures` as JSON.

    Names are what follows the model's in file names: `cls`, `rollout`, `layer_01` ..., `no_positions_cls`,
    `no_positions_layer_01` ... `categories` names the classes of a model with a head; such a model gets no layer packs.
    """
    # It needs torch, which a build that finds all this in the cache does not load.
    from explainer import vit_measures

    without = None if plain is None else (plain.query, plain.key)
    found, moved = vit_measures.measure((run.query, run.key), without, REAL_GRIDS[model], side)
    packs: dict[str, Callable[[str], bytes]] = {
        "cls": partial(vit_packs.pack_weights, found.cls),
        "rollout": partial(vit_packs.pack_weights, found.rollout),
    }
    if plain is not None and moved is not None:
        packs["no_positions_cls"] = partial(vit_packs.pack_weights, moved.cls)
        for layer, parts in enumerate(zip(run.query, run.key, strict=True)):
            packs[f"layer_{vit_packs.layer_name(layer)}"] = partial(vit_packs.pack_layer, *parts)
        for number in PLAIN_LAYERS:
            parts = plain.query[number - 1], plain.key[number - 1]
            packs[f"no_positions_layer_{vit_packs.layer_name(number - 1)}"] = partial(vit_packs.pack_layer, *parts)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        made = threads.map(lambda name: packs[name](f"{model}_{name}"), packs)
        document = vit_measures.documented(found, run.norms)
        if categories is not None and run.logits is not None:
            document["top5"] = top(run.logits, categories)
        if plain is not None and moved is not None:
            document["positions_off"] = vit_measures.positions_off(run.tokens, plain.tokens, moved, PLAIN_LAYERS)
        return dict(zip(packs, made, strict=True)) | {"measures": artifacts.dumps(document)}


def top(scores: npt.ArrayLike, categories: Sequence[str]) -> list[dict[str, Any]]:
    """(classes,) logits -> the TOP most probable classes: index, label, probability."""
    probabilities = softmax(scores)
    order = np.argsort(-probabilities, kind="stable")[:TOP]
    return [
        {"index": int(index), "label": categories[index], "probability": rounded(probabilities[index], 4)}
        for index in order
    ]


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
