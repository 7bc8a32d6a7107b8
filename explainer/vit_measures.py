"""What the maps of one run of a ViT say, measured layer by layer; and what its twin without positions changes.

`vit_attention` has the formulas, one by one and in float64. Here they share their passes over the maps, in the model's
own float32: a photo's measures must not take longer than the model. A test holds both against each other.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

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
    fused: list[Array]
    """A' by each of RECIPES."""
    moved: tuple[Array, Array, Array] | None
    """Moved's parts."""


def measure(
    run: tuple[Array, Array], plain: tuple[Array, Array] | None, grid: Grid, side: int
) -> tuple[Measured, Moved | None]:
    """(L, H, N, d) queries and keys of a run, and of the run without positions where it was made -> what they say.

    `side`: px of the crop. A layer's maps are held at a time, in each of as many threads as there are processors.
    """
    between = np.zeros((1 + grid[0] * grid[1],) * 2, np.float32)  # CLS is nowhere: at no distance that counts
    between[1:, 1:] = va.distances(*grid, side)
    without = [None] * len(run[0]) if plain is None else list(zip(*plain, strict=True))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        layers = list(threads.map(lambda query, key, other: _layer(query, key, other, between), *run, without))
        recipes = zip(*(layer.fused for layer in layers), strict=True)
        rollout = list(threads.map(va.token_rollout, recipes))
    measured = Measured(
        {name: np.stack([layer.per_head[name] for layer in layers]) for name in layers[0].per_head},
        np.stack([layer.received for layer in layers]),
        np.stack([layer.cls for layer in layers]),
        np.stack(rollout),
    )
    moved = [layer.moved for layer in layers if layer.moved is not None]
    return measured, Moved(*map(np.stack, zip(*moved, strict=True))) if moved else None


def _layer(query: Array, key: Array, plain: tuple[Array, Array] | None, between: Array) -> _Layer:
    """(H, N, d) of one layer, of both runs -> its measures."""
    maps, effective = _maps(query, key)
    mean = maps.mean(axis=0)
    fusions = {"mean": mean} | {name: fuse(maps, axis=0) for name, fuse in va.FUSIONS.items() if name != "mean"}
    moved = None
    if plain is not None:
        others, _ = _maps(*plain)
        moved = others[:, 0].copy(), _distance(others, between), np.abs(maps - others).sum(axis=-1).mean(axis=-1) / 2
    return _Layer(
        {
            "mean_distance": _distance(maps, between),
            "effective_number": effective[:, 1:].mean(axis=1),
            "cls_effective_number": effective[:, 0],
            "cls_share": maps[:, 1:, 0].mean(axis=1),
            "self_share": np.diagonal(maps, axis1=1, axis2=2)[:, 1:].mean(axis=1),
        },
        mean.mean(axis=0) * len(mean),
        maps[:, 0].copy(),
        [va.with_self(fusions[recipe.fusion], recipe.discard) for recipe in va.RECIPES],
        moved,
    )


def _maps(query: Array, key: Array) -> tuple[Array, Array]:
    """(H, N, d) -> weights (H, N, N), and the effective number of tokens of each row, (H, N).

    A row's entropy is log Z - sum w s: no logarithm of every weight is needed. One head at a time stays in the cache.
    """
    heads, count, width = query.shape
    maps = np.empty((heads, count, count), np.float32)
    effective = np.empty((heads, count), np.float32)
    for scores, one, other, spread in zip(maps, query * np.float32(width**-0.5), key, effective, strict=True):
        np.matmul(one, other.T, out=scores)
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        total = raised.sum(axis=1, keepdims=True)
        raised /= total
        spread[:] = np.exp(np.log(total[:, 0]) - np.einsum("ij,ij->i", raised, scores))
        scores[:] = raised
    return maps, effective


def _distance(maps: Array, between: Array) -> Array:
    """(H, N, N) weights -> (H,) mean attention distance over patches, px; see va.mean_attention_distance."""
    looked = np.stack([np.einsum("ij,ij->i", head, between) for head in maps])  # (H, N)
    mean: Array = (looked[:, 1:] / maps[:, 1:, 1:].sum(axis=-1)).mean(axis=1)
    return mean


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
