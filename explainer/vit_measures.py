"""What the maps of one run of a ViT say, measured layer by layer; and what its twin without positions changes.

`vit_attention` has the formulas, one by one and in float64. Here they share their passes over the maps, in the model's
own float32: a photo's measures must not take longer than the model. A test holds both against each other.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from explainer import vit_attention as va
from explainer.digits import rounded

Array = npt.NDArray[np.float32]
Grid = tuple[int, int]

LONG_RULE: Final = (
    f"a patch token over {va.LONG:g} times as long as the photo's median patch token, as the last block leaves it"
)
SINK_RULE: Final = f"a patch that gets over {va.SINK:g} even shares of a layer's attention, mean over heads and queries"


class Measured(NamedTuple):
    """What one run's maps say. L layers, H heads, N tokens."""

    per_head: dict[str, Array]
    """(L, H) each, by the name under which it is published. Means over queries are over patches, not CLS."""
    received: Array
    """(L, N): even shares of each layer's attention."""
    cls: Array
    """(L, H, N): CLS's weights."""
    rollout: Array
    """(recipes, L, N): CLS's row of R_1 ... R_L, in the order of RECIPES."""


class Moved(NamedTuple):
    """What the maps of the run without positions say, beside those of the run with them."""

    cls: Array
    """(L, H, N): CLS's weights."""
    mean_distance: Array
    """(L, H)"""
    total_variation: Array
    """(L, H): mean over all queries, CLS's too."""


class _Layer(NamedTuple):
    per_head: dict[str, Array]
    received: Array
    cls: Array
    fused: dict[str, Array]
    """(N, N): the heads as one, by the names of FUSIONS."""
    moved: tuple[Array, Array, Array] | None
    """Moved's parts."""


def measure(
    run: tuple[Array, Array], plain: tuple[Array, Array] | None, grid: Grid, side: int
) -> tuple[Measured, Moved | None]:
    """(L, H, N, d) queries and keys of a run, and of the run without positions where it was made -> what they say.

    `side`: px of the crop. Only one layer's maps are held at a time, so that they stay in the processor's cache.
    """
    between = _between(grid, side)
    without = [None] * len(run[0]) if plain is None else list(zip(*plain, strict=True))
    with torch.inference_mode():
        layers = [_layer(*parts, between) for parts in zip(*run, without, strict=True)]
    rollout = np.stack([_rollout(layers, recipe) for recipe in va.RECIPES])
    measured = Measured(
        {name: np.stack([layer.per_head[name] for layer in layers]) for name in layers[0].per_head},
        np.stack([layer.received for layer in layers]),
        np.stack([layer.cls for layer in layers]),
        rollout,
    )
    moved = [layer.moved for layer in layers if layer.moved is not None]
    return measured, Moved(*map(np.stack, zip(*moved, strict=True))) if moved else None


@lru_cache
def _between(grid: Grid, side: int) -> Tensor:
    """-> (N, N): px between the centres of every two patches. CLS is nowhere: at no distance that counts."""
    between = np.zeros((1 + grid[0] * grid[1],) * 2, np.float32)
    between[1:, 1:] = va.distances(*grid, side)
    return torch.from_numpy(between)


def _layer(query: Array, key: Array, plain: tuple[Array, Array] | None, between: Tensor) -> _Layer:
    """(H, N, d) of one layer, of both runs -> its measures."""
    logarithms = _scores(query, key).log_softmax(dim=-1)
    maps = logarithms.exp()  # (H, N, N)
    effective = logarithms.mul_(maps).sum(dim=-1).neg_().exp_()  # (H, N)
    mean = maps.mean(dim=0)
    fusions = {"mean": mean, "max": maps.amax(dim=0), "min": maps.amin(dim=0)}
    moved = None
    if plain is not None:
        others = _scores(*plain).softmax(dim=-1)
        cls, distance = others[:, 0].numpy().copy(), _distance(others, between).numpy()
        moved = cls, distance, (others.sub_(maps).abs_().sum(dim=-1).mean(dim=-1) / 2).numpy()
    per_head = {
        "mean_distance": _distance(maps, between),
        "effective_number": effective[:, 1:].mean(dim=1),
        "cls_effective_number": effective[:, 0],
        "cls_share": maps[:, 1:, 0].mean(dim=1),
        "self_share": maps.diagonal(dim1=1, dim2=2)[:, 1:].mean(dim=1),
    }
    return _Layer(
        {name: values.numpy() for name, values in per_head.items()},
        (mean.mean(dim=0) * len(mean)).numpy(),
        maps[:, 0].numpy().copy(),
        {name: fusion.numpy() for name, fusion in fusions.items()},
        moved,
    )


def _rollout(layers: Sequence[_Layer], recipe: va.Recipe) -> Array:
    """-> (L, N): CLS's row of R_1 ... R_L; see va.token_rollout.

    From the last layer to the first, all rows that have begun at once: r A' = r' A + r' with r' = r / (1 + A's row
    sums), so that A' is never made.
    """
    rows = np.empty((0, len(layers[0].received)), np.float32)
    for layer in reversed(layers):
        fused = va.kept(layer.fused[recipe.fusion], recipe.discard)  # (N, N)
        rows = np.concatenate([np.eye(1, len(fused), dtype=np.float32), rows]) / (1 + fused.sum(axis=1))
        rows = rows @ fused + rows
    return rows


def _scores(query: Array, key: Array) -> Tensor:
    """(H, N, d) -> (H, N, N): q . k / sqrt(d)."""
    return torch.from_numpy(query * np.float32(query.shape[-1] ** -0.5)) @ torch.from_numpy(key).mT


def _distance(maps: Tensor, between: Tensor) -> Tensor:
    """(H, N, N) weights -> (H,) mean attention distance over patches, px; see va.mean_attention_distance."""
    looked = (maps * between).sum(dim=-1)  # (H, N)
    return (looked[:, 1:] / maps[:, 1:, 1:].sum(dim=-1)).mean(dim=1)


def documented(found: Measured, norms: Array) -> dict[str, Any]:
    """One run's measures, and (L, N) lengths of its tokens -> the part of a photo's document that they make."""
    long, ratio = va.long_tokens(norms[-1])
    return {
        "measures": {name: rounded(values) for name, values in found.per_head.items()},
        "token_norms": rounded(norms),
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


def positions_off(tokens: Array, plain_tokens: Array, moved: Moved, kept: Sequence[int]) -> dict[str, Any]:
    """(N, D) final tokens of both runs -> the document's `positions_off`; `kept`: layers published, counted from 1."""
    same = va.cosine(tokens, plain_tokens)  # (N,)
    return {
        "cls_cosine": rounded(same[0]),
        "patch_cosine": rounded(same[1:].mean()),
        "total_variation": rounded(moved.total_variation),
        "mean_distance": rounded(moved.mean_distance),
        "layers": list(kept),
    }
