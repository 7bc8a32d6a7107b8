"""Self-attention's arithmetic in plain NumPy, float64: the reference that the JavaScript twin is tested against.

Shapes: N tokens, D numbers a token, d numbers a query or a key. A stand-in has no learned projections: a token is its
own query and its own key, so d = D and the scores are symmetric. Equations and papers are named where they are used.
"""

import numpy as np
import numpy.typing as npt

from explainer.config import STAND_IN_GRID

Matrix = npt.NDArray[np.float64]

VARIANTS = ("raw", "layernorm", "layernorm_position")
"""How features become tokens: as they are; layer-normalised; layer-normalised plus a fixed position code."""

DEFAULT_TEMPERATURE = {"raw": 1.0, "layernorm": 4.0, "layernorm_position": 4.0}
"""The softmax temperature that each variant is published at."""

LAYER_NORM_EPS = 1e-6
"""Added to the variance, as in every ViT checkpoint."""


def layer_norm(x: npt.ArrayLike, eps: float = LAYER_NORM_EPS) -> Matrix:
    """(..., D) -> (..., D): (x - mean) / sqrt(variance + eps) over the last axis (Ba, Kiros and Hinton 2016).

    The variance divides by D. There is no learned gain or bias: a stand-in has none to offer.
    """
    values = np.asarray(x, dtype=np.float64)
    centred = values - values.mean(axis=-1, keepdims=True)
    variance = np.mean(centred**2, axis=-1, keepdims=True)
    result: Matrix = centred / np.sqrt(variance + eps)
    return result


def logits(query: npt.ArrayLike, key: npt.ArrayLike) -> Matrix:
    """(..., N, d), (..., M, d) -> (..., N, M): q . k / sqrt(d): equation 1 of Vaswani et al. 2017 without softmax."""
    q = np.asarray(query, dtype=np.float64)
    k = np.asarray(key, dtype=np.float64)
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"queries have {q.shape[-1]} numbers, keys have {k.shape[-1]}")
    scores: Matrix = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    return scores


def softmax(scores: npt.ArrayLike, temperature: float = 1.0) -> Matrix:
    """(..., N) -> (..., N): exp(s_j / T) / sum_k exp(s_k / T) along the last axis; each row sums to 1.

    T -> 0 gives one-hot rows (the largest score takes all), T -> infinity uniform ones.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    scaled = np.asarray(scores, dtype=np.float64) / temperature
    # Subtracting each row's maximum changes nothing in the quotient and keeps exp from overflowing.
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    weights: Matrix = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return weights


def effective_number(weights: npt.ArrayLike) -> Matrix:
    """(..., N) -> (...): exp(-sum_j w_j ln w_j), with 0 ln 0 = 0: how many equal shares would be as spread out.

    1 for a one-hot row, N for a uniform one: the Hill number of order 1 (Hill 1973).
    """
    w = np.asarray(weights, dtype=np.float64)
    entropy = -np.sum(w * np.log(np.where(w > 0, w, 1.0)), axis=-1)
    number: Matrix = np.asarray(np.exp(entropy), dtype=np.float64)
    return number


def sine_cosine_positions(rows: int, cols: int, dim: int) -> Matrix:
    """-> (rows*cols, dim): MAE's fixed 2-D sine-cosine code (He et al. 2022, after Vaswani et al. 2017, section 3.5).

    Token cols*row + col. The first half of the numbers encodes the column, the second half the row; each half is
    [sin(p w_0) ... sin(p w_m-1), cos(p w_0) ... cos(p w_m-1)] with m = dim/4 and w_k = 10000^(-k/m), p in cells.
    """
    if dim % 4:
        raise ValueError(f"the 2-D code needs a multiple of 4 numbers, got {dim}")
    quarter = dim // 4
    frequencies = 10000.0 ** (-np.arange(quarter) / quarter)

    def encode(position: npt.NDArray[np.intp]) -> Matrix:
        angles = position[:, None] * frequencies
        return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)

    row, col = np.divmod(np.arange(rows * cols), cols)
    return np.concatenate([encode(col), encode(row)], axis=1)


def tokens(
    features: npt.ArrayLike, variant: str, position_alpha: float, grid: tuple[int, int] = STAND_IN_GRID
) -> Matrix:
    """(N, D) features -> (N, D) tokens of a variant, which are their own queries and keys.

    raw: f_i. layernorm: LN(f_i). layernorm_position: LN(f_i) + alpha p_i, N = rows*cols of the grid.
    """
    values = np.asarray(features, dtype=np.float64)
    if variant == "raw":
        return values
    normalised = layer_norm(values)
    if variant == "layernorm":
        return normalised
    if variant == "layernorm_position":
        return normalised + position_alpha * sine_cosine_positions(*grid, values.shape[-1])
    raise ValueError(f"unknown variant {variant!r}; known: {', '.join(VARIANTS)}")


def summary_query(features: npt.ArrayLike, variant: str) -> Matrix:
    """(N, D) features -> (1, D): the CLS stand-in's query, the mean feature, then the variant's LayerNorm.

    The mean is what MobileNet's own classifier pools. CLS has no place in the picture, so its position code is zero.
    """
    mean = np.asarray(features, dtype=np.float64).mean(axis=0, keepdims=True)
    return tokens(mean, "raw" if variant == "raw" else "layernorm", 0.0)
