"""What a real ViT's queries and keys say: maps, measures and rollout, in plain NumPy.

L layers, H heads, N tokens (CLS first, then the patches row by row), d numbers a query or a key. Weights of one query
sum to 1 over all N tokens, CLS included. The reference that the JavaScript twin is tested against.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from explainer.attention import Matrix, logits, softmax

FUSIONS: Final[dict[str, Callable[..., Matrix]]] = {"mean": np.mean, "max": np.max, "min": np.min}
"""How a rollout makes one matrix of a layer's heads. The mean is the published method, the others are variants."""

LONG: Final = 2.0
"""A patch token is long when its length is over this many times the median patch's."""

SINK: Final = 5.0
"""A patch is an attention sink in a layer that gives it over this many even shares of the attention."""


class Recipe(NamedTuple):
    """One way of rolling attention out."""

    fusion: str
    """`mean`, `max` or `min`."""
    discard: float
    """The share of each fused matrix's weights, the smallest ones, that is set to zero."""

    @property
    def published(self) -> bool:
        """Abnar and Zuidema's own method, not a variant."""
        return self == RECIPES[0]


RECIPES = tuple(Recipe(fusion, discard) for discard in (0.0, 0.9) for fusion in FUSIONS)


def weights(query: npt.ArrayLike, key: npt.ArrayLike) -> Matrix:
    """(..., N, d) -> (..., N, N): softmax(q . k / sqrt(d)), row = query (Vaswani et al. 2017, equation 1)."""
    return softmax(logits(query, key))


def patch_centres(rows: int, cols: int, image_size: int) -> Matrix:
    """-> (rows*cols, 2): x, y of each patch's centre, px of the crop, row by row."""
    row, col = np.divmod(np.arange(rows * cols), cols)
    return np.stack([(col + 0.5) * image_size / cols, (row + 0.5) * image_size / rows], axis=1)


def distances(rows: int, cols: int, image_size: int) -> Matrix:
    """-> (P, P): px of the crop between the centres of every two patches, P = rows*cols."""
    centres = patch_centres(rows, cols, image_size)
    result: Matrix = np.linalg.norm(centres[:, None] - centres[None], axis=-1)
    return result


def mean_attention_distance(attention: npt.ArrayLike, between: Matrix) -> Matrix:
    """(..., N, N) weights, (P, P) px -> (...): how far a patch looks, weighted, averaged over the patches asked.

    Dosovitskiy et al. 2020, figure 7. CLS is nowhere in the picture: it is left out, and each row's rest made whole.
    """
    patches = np.asarray(attention)[..., 1:, 1:]
    looked = (patches * between).sum(axis=-1) / patches.sum(axis=-1)
    mean: Matrix = looked.mean(axis=-1)
    return mean


def received(attention: npt.ArrayLike) -> Matrix:
    """(..., H, N, N) weights -> (..., N): what each token gets from all queries, in even shares (1/N each)."""
    a = np.asarray(attention)
    shares: Matrix = a.mean(axis=(-3, -2)) * a.shape[-1]
    return shares


def rollout(attention: npt.ArrayLike, recipe: Recipe) -> Matrix:
    """(L, H, N, N) weights -> (L, N, N): R_1 ... R_L, row = token, column = input token; rows sum to 1.

    Abnar and Zuidema 2020: A'_l = (A_l + I) / 2, R_l = A'_l R_{l-1}, R_0 = I, with A_l the mean over heads. Other
    fusions and discarded weights leave rows that don't sum to 1, so A + I is divided by its rows' sums in every recipe.
    """
    layers = [fused(layer, recipe) for layer in np.asarray(attention, dtype=np.float64)]
    flow = np.eye(layers[0].shape[-1])
    steps = []
    for layer in layers:
        flow = layer @ flow
        steps.append(flow)
    return np.stack(steps)


def token_rollout(layers: Sequence[Matrix], token: int = 0) -> Matrix:
    """A'_1 ... A'_L, each (N, N), from `fused` -> (L, N): one token's row of R_1 ... R_L, as `rollout` has it.

    Row t of R_l = A'_l ... A'_1 is e_t A'_l ... A'_1: vectors times matrices, so the other tokens' rows cost nothing.
    """
    rows = []
    for last in range(len(layers)):
        row = layers[last][token]
        for layer in reversed(layers[:last]):
            row = row @ layer
        rows.append(row)
    return np.stack(rows)


def fused(layer: npt.ArrayLike, recipe: Recipe) -> Matrix:
    """(H, N, N) weights -> (N, N): A' of one layer by a recipe: heads fused, smallest weights dropped, self added."""
    return with_self(FUSIONS[recipe.fusion](np.asarray(layer, dtype=np.float64), axis=0), recipe.discard)


def with_self(fusion: npt.NDArray[Any], discard: float) -> npt.NDArray[Any]:
    """(N, N), a layer's heads as one -> (N, N) of its dtype: so much of the smallest dropped, I added, rows whole."""
    one = kept(fusion, discard).copy()
    one[np.diag_indices_from(one)] += 1
    result: npt.NDArray[Any] = np.divide(one, one.sum(axis=1, keepdims=True), out=one)
    return result


def kept(fusion: npt.NDArray[Any], discard: float) -> npt.NDArray[Any]:
    """(N, N) -> the same with that share of its smallest weights at 0; itself where none is discarded."""
    place = int(discard * fusion.size)
    return fusion * (fusion >= np.partition(fusion, place, axis=None)[place]) if place else fusion


def long_tokens(norms: npt.ArrayLike) -> tuple[list[int], float]:
    """(N,) token lengths -> tokens of patches longer than LONG times the median patch; the longest's ratio to it.

    The artefacts of Darcet et al. 2023 are many times as long as their neighbours: the lengths fall into two groups.
    """
    patches = np.asarray(norms, dtype=np.float64)[1:]
    ratio = patches / np.median(patches)
    return [int(index) + 1 for index in np.flatnonzero(ratio > LONG)], float(ratio.max())


def sinks(shares: npt.ArrayLike) -> list[tuple[int, int, float]]:
    """(L, N) even shares received -> (layer, token, shares) of the patches that get over SINK, the greatest first."""
    patches = np.asarray(shares, dtype=np.float64)[:, 1:]
    found = [(int(layer), int(patch) + 1, float(patches[layer, patch])) for layer, patch in np.argwhere(patches > SINK)]
    return sorted(found, key=lambda sink: -sink[2])


def pool(row: npt.ArrayLike, grid: tuple[int, int], coarse: tuple[int, int]) -> Matrix:
    """(..., N) weights on CLS and a grid's patches -> (..., rows*cols) on a coarser grid's cells; sums to 1.

    CLS is left out and the rest made whole. A patch on a boundary is divided in proportion to the area on each side.
    """
    patches = np.asarray(row, dtype=np.float64)[..., 1:]
    patches = patches / patches.sum(axis=-1, keepdims=True)
    picture = patches.reshape(*patches.shape[:-1], *grid)
    pooled: Matrix = _overlap(grid[0], coarse[0]) @ picture @ _overlap(grid[1], coarse[1]).T
    return pooled.reshape(*patches.shape[:-1], coarse[0] * coarse[1])


def _overlap(fine: int, coarse: int) -> Matrix:
    """-> (coarse, fine): which share of each fine interval of [0, 1] lies in each coarse one."""
    low, high = np.arange(fine) / fine, (np.arange(fine) + 1) / fine
    start, end = (np.arange(coarse) / coarse)[:, None], ((np.arange(coarse) + 1) / coarse)[:, None]
    shared: Matrix = np.clip(np.minimum(high, end) - np.maximum(low, start), 0, None)
    return shared * fine


def overlap(one: npt.ArrayLike, other: npt.ArrayLike) -> Matrix:
    """Two (..., N) distributions -> (...): weight that both put in the same place: 1 - total variation."""
    shared: Matrix = np.minimum(one, other).sum(axis=-1)
    return shared


def chance_overlap(one: npt.ArrayLike, other: npt.ArrayLike) -> Matrix:
    """Two (..., N) distributions -> (...): the mean of their overlap over all N! orders of the second's places.

    In a random order each place of one meets each of the other equally often, so it is sum_ij min(a_i, b_j) / N.
    """
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    mean: Matrix = np.minimum(a[..., :, None], b[..., None, :]).sum(axis=(-2, -1)) / a.shape[-1]
    return mean


def total_variation(one: npt.ArrayLike, other: npt.ArrayLike) -> Matrix:
    """Two (..., N) distributions -> (...): half the sum of |a - b|; 0 equal, 1 disjoint."""
    distance: Matrix = np.abs(np.asarray(one) - np.asarray(other)).sum(axis=-1) / 2
    return distance


def spearman(one: npt.ArrayLike, other: npt.ArrayLike) -> Matrix:
    """Two (..., N) maps -> (...): Spearman's rank correlation in [-1, 1]; equal values share their average rank."""
    first, second = (_ranks(np.asarray(values, dtype=np.float64)) for values in (one, other))
    first = first - first.mean(axis=-1, keepdims=True)
    second = second - second.mean(axis=-1, keepdims=True)
    spread = np.sqrt((first**2).sum(axis=-1) * (second**2).sum(axis=-1))
    # A map without any difference has no ranks to agree on.
    result: Matrix = (first * second).sum(axis=-1) / np.where(spread > 0, spread, 1.0)
    return result


def _ranks(values: Matrix) -> Matrix:
    """(..., N) -> (..., N): each value's average rank among its row, from 0."""
    below = (values[..., None, :] < values[..., :, None]).sum(axis=-1)
    equal = (values[..., None, :] == values[..., :, None]).sum(axis=-1)
    ranks: Matrix = below + (equal - 1) / 2
    return ranks


def cosine(one: npt.ArrayLike, other: npt.ArrayLike) -> Matrix:
    """(..., D), (..., D) -> (...): the cosine of the angle between two vectors."""
    a, b = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    result: Matrix = (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return result


def position_similarity(table: npt.ArrayLike) -> Matrix:
    """(P, D) position table -> (P, P): the cosine similarity of every two positions (ViT paper, figure 7, middle)."""
    values = np.asarray(table, dtype=np.float64)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    similarity: Matrix = unit @ unit.T
    return similarity


def principal_filters(filters: npt.ArrayLike, count: int) -> tuple[Matrix, Matrix]:
    """(D, 3, P, P) patch-embedding filters -> (count, P, P, 3) principal components, and each one's share of variance.

    The components of the D filters around their mean filter (ViT paper, figure 7, left), each turned so that its
    largest number is positive.
    """
    values = np.asarray(filters, dtype=np.float64)
    flat = values.reshape(len(values), -1)
    _, singular, components = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(len(components)), largest])[:, None]
    shares: Matrix = singular**2 / (singular**2).sum()
    return components[:count].reshape(-1, *values.shape[1:]).transpose(0, 2, 3, 1), shares[:count]
