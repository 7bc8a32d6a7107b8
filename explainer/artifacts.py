"""What is computed from the stand-in's features: a published document a photo, and the facts that the prose quotes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from explainer import attention
from explainer.attention import Matrix
from explainer.config import MOBILENET_V2, STAND_IN_GRID, SiteConfig
from explainer.digits import fixed, in_words, percent, rounded_up

GRID = STAND_IN_GRID
"""rows, columns of the published matrices' tokens."""

LOGIT_DECIMALS = 7
WEIGHT_DECIMALS = 9
"""Enough for rows that sum to 1 within 1e-6, and for the JavaScript twin to agree to 1e-6."""

CLS_DEFINITION = (
    "A stand-in for CLS: its query is the mean of the 49 features (what MobileNet v2's own classifier pools), "
    "passed through the variant's LayerNorm; it has no place in the picture, so its position code is zero."
)

_HIGH_NORM = 5


def photo_document(
    photo: str,
    features: npt.NDArray[np.float32],
    *,
    checkpoint: str,
    weights_sha256: str,
    position_alpha: float,
) -> dict[str, Any]:
    """(49, 1280) features of a photo (by its id) -> the document published as data/photos/<id>/mobilenet_v2.json.

    Matrices are 49x49 nested lists: row = query, column = key, token i = 7*row + col. The weights are
    softmax(logits / T) at each variant's default temperature; the logits give them at any other.
    """
    scores: dict[str, Any] = {}
    weights: dict[str, Any] = {}
    cls_scores: dict[str, Any] = {}
    cls_weights: dict[str, Any] = {}
    for variant in attention.VARIANTS:
        tokens = attention.tokens(features, variant, position_alpha, GRID)
        temperature = attention.DEFAULT_TEMPERATURE[variant]
        scores[variant], weights[variant] = _publish(attention.logits(tokens, tokens), temperature)
        asked = attention.logits(attention.summary_query(features, variant), tokens)[0]  # (49,)
        cls_scores[variant], cls_weights[variant] = _publish(asked, temperature)
    return {
        "photo": photo,
        "model": MOBILENET_V2.name,
        "checkpoint": checkpoint,
        "weights_sha256": weights_sha256,
        "grid": list(GRID),
        "feature_dim": features.shape[1],
        "logits": scores,
        "attention": weights,
        "cls": {"definition": CLS_DEFINITION, "logits": cls_scores, "attention": cls_weights},
        "position_alpha": position_alpha,
    }


def _publish(scores: Matrix, temperature: float) -> tuple[list[Any], dict[str, Any]]:
    weights = attention.softmax(scores, temperature)
    # Adding zero turns -0.0 into 0.0, which is shorter and the same number.
    return (np.round(scores, LOGIT_DECIMALS) + 0.0).tolist(), {
        "temperature": temperature,
        "weights": (np.round(weights, WEIGHT_DECIMALS) + 0.0).tolist(),
    }


def dumps(document: Mapping[str, Any]) -> bytes:
    """A JSON document as published: UTF-8, one line, no spaces, the keys in the order given."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text + "\n").encode()


def facts(documents: Sequence[Mapping[str, Any]], parity: Mapping[str, Any], config: SiteConfig) -> dict[str, str]:
    """Published documents (in the photos' order, the default first) and parity report -> numbers formatted for prose.

    Rows and columns count from 1. A *percent* is a whole number without its sign, a *weight* has three decimals, an
    *effective number* one. "The default cell" is where `config.default_at` falls on the first photo, "the other cell"
    where `config.other_at` does. Facts over all photos average over each photo's 49 queries, then over photos.

    photos
        photo_count, photo_count_word       how many, in digits and as a word up to twelve
    effective number of patches, of 49
        raw_effective_min, raw_effective_max, raw_effective_mean
                                            raw scores, T = 1: least, greatest and mean of the photos' means
        layernorm_t1_effective_mean, layernorm_t4_effective_mean
                                            with LayerNorm at T = 1 and T = 4
        layernorm_t4_effective_min, layernorm_t4_effective_max
                                            the photos' least and greatest mean at T = 4
        position_t4_effective_mean          with LayerNorm and positions at T = 4
    raw scores, T = 1
        raw_top_is_other_percent            queries whose greatest weight goes to another patch than themselves
        raw_top_is_other_min_percent, raw_top_is_other_max_percent
                                            the same on the photo with the fewest and with the most
        raw_high_norm_percent               weight on the photo's five longest feature vectors, mean over photos
        raw_high_norm_max_percent           the same on the photo where it is greatest
        raw_high_norm_uniform_percent       what those five would get from uniform weights
        layernorm_top_is_self_percent       queries whose greatest weight goes to themselves, LayerNorm, T = 4
    the default cell, LayerNorm, T = 4
        default_row, default_column         where it is
        default_effective                   its effective number of patches
        default_self_weight, default_self_percent
                                            its weight on itself
        default_neighbour_share, default_neighbour_percent
                                            its weight on the (up to) eight cells around it
        default_rest_percent                its weight on all the others
        default_self_t1_percent, default_t1_effective
                                            its weight on itself and effective number at T = 1
        default_raw_self_percent, default_raw_effective
                                            the same with raw scores at T = 1
        default_position_self_percent       its weight on itself with positions added, T = 4
        default_second_row, default_second_column, default_second_weight
                                            the cell with the greatest weight after itself
    the other cell (the cat's other eye), asked from the default cell, LayerNorm, T = 4
        other_row, other_column             where it is
        other_weight                        its weight
        other_uniform_ratio                 that weight over 1/49, two digits after the point
        other_rank                          its place among the 49 weights, 1 for the greatest
        other_raw_weight                    its weight with raw scores, T = 1
    CLS stand-in, first photo
        cls_effective                       effective number with LayerNorm, T = 4
        cls_row, cls_column, cls_weight     the cell with its greatest weight with LayerNorm, T = 4
        cls_raw_row, cls_raw_column, cls_raw_weight
                                            the same with raw scores, T = 1
    uniform_weight                          1/49
    ONNX export
        onnx_megabytes                      size of the file, 10^6 bytes
        onnx_float32_megabytes              size of the same graph with float32 weights
        onnx_raw_mean, onnx_raw_max, onnx_layernorm_mean, onnx_layernorm_max
                                            total variation of its attention from PyTorch's, over all queries
    """
    raw = [_View(document, "raw", 1.0) for document in documents]
    sharp = [_View(document, "layernorm", 1.0) for document in documents]
    soft = [_View(document, "layernorm", 4.0) for document in documents]
    placed = [_View(document, "layernorm_position", 4.0) for document in documents]
    raw_effective = [float(view.effective.mean()) for view in raw]
    soft_effective = [float(view.effective.mean()) for view in soft]
    raw_other = [float(np.mean(view.top != np.arange(view.count))) for view in raw]
    high_norm = [view.weight_on_longest() for view in raw]

    here = cell_at(config.default_at, config.image_size)
    there = cell_at(config.other_at, config.image_size)
    row = soft[0].weights[here]
    around = sum(float(row[cell]) for cell in _neighbours(here))
    second = int(np.argsort(-row, kind="stable")[1])
    cls_soft, cls_raw = soft[0].cls, raw[0].cls
    return {
        "photo_count": str(len(documents)),
        "photo_count_word": in_words(len(documents)),
        "raw_effective_min": fixed(min(raw_effective), 1),
        "raw_effective_max": fixed(max(raw_effective), 1),
        "raw_effective_mean": fixed(np.mean(raw_effective), 1),
        "layernorm_t1_effective_mean": fixed(np.mean([view.effective.mean() for view in sharp]), 1),
        "layernorm_t4_effective_mean": fixed(np.mean(soft_effective), 1),
        "layernorm_t4_effective_min": fixed(min(soft_effective), 1),
        "layernorm_t4_effective_max": fixed(max(soft_effective), 1),
        "position_t4_effective_mean": fixed(np.mean([view.effective.mean() for view in placed]), 1),
        "raw_top_is_other_percent": percent(np.mean(raw_other)),
        "raw_top_is_other_min_percent": percent(min(raw_other)),
        "raw_top_is_other_max_percent": percent(max(raw_other)),
        "raw_high_norm_percent": percent(np.mean(high_norm)),
        "raw_high_norm_max_percent": percent(max(high_norm)),
        "raw_high_norm_uniform_percent": percent(_HIGH_NORM / raw[0].count),
        "layernorm_top_is_self_percent": percent(np.mean([view.top == np.arange(view.count) for view in soft])),
        **_place("default", here),
        "default_effective": fixed(soft[0].effective[here], 1),
        "default_self_weight": fixed(row[here]),
        "default_self_percent": percent(row[here]),
        "default_neighbour_share": fixed(around),
        "default_neighbour_percent": percent(around),
        "default_rest_percent": percent(1 - row[here] - around),
        "default_self_t1_percent": percent(sharp[0].weights[here, here]),
        "default_t1_effective": fixed(sharp[0].effective[here], 1),
        "default_raw_self_percent": percent(raw[0].weights[here, here]),
        "default_raw_effective": fixed(raw[0].effective[here], 1),
        "default_position_self_percent": percent(placed[0].weights[here, here]),
        **_place("default_second", second),
        "default_second_weight": fixed(row[second]),
        **_place("other", there),
        "other_weight": fixed(row[there]),
        "other_uniform_ratio": fixed(row[there] * soft[0].count, 2),
        "other_rank": str(1 + int(np.sum(row > row[there]))),
        "other_raw_weight": fixed(raw[0].weights[here, there]),
        "cls_effective": fixed(attention.effective_number(cls_soft), 1),
        **_place("cls", int(cls_soft.argmax())),
        "cls_weight": fixed(cls_soft.max()),
        **_place("cls_raw", int(cls_raw.argmax())),
        "cls_raw_weight": fixed(cls_raw.max()),
        "uniform_weight": fixed(1 / soft[0].count),
        "onnx_megabytes": fixed(parity["bytes"] / 1e6, 2),
        "onnx_float32_megabytes": fixed(parity["float32_bytes"] / 1e6, 2),
        "onnx_raw_mean": rounded_up(parity["variants"]["raw"]["mean"]),
        "onnx_raw_max": rounded_up(parity["variants"]["raw"]["max"]),
        "onnx_layernorm_mean": rounded_up(parity["variants"]["layernorm"]["mean"]),
        "onnx_layernorm_max": rounded_up(parity["variants"]["layernorm"]["max"]),
    }


def cell_at(at: tuple[int, int], image_size: int) -> int:
    """A point (x, y) in px of the square crop -> the token whose cell holds it."""
    x, y = at
    rows, cols = GRID
    return cols * (y * rows // image_size) + x * cols // image_size


class _View:
    """One photo's attention as published, at a temperature of our choice."""

    def __init__(self, document: Mapping[str, Any], variant: str, temperature: float) -> None:
        self.scores: Matrix = np.asarray(document["logits"][variant])  # (N, N)
        self.weights = attention.softmax(self.scores, temperature)  # (N, N)
        self.cls = attention.softmax(document["cls"]["logits"][variant], temperature)  # (N,)
        self.effective = attention.effective_number(self.weights)  # (N,)
        self.top = self.weights.argmax(axis=1)  # (N,)
        self.count = len(self.scores)

    def weight_on_longest(self) -> float:
        """Of raw scores, whose diagonal is |f_i|^2 / sqrt(d): mean weight on the patches with the longest vectors."""
        longest = np.argsort(-np.diagonal(self.scores), kind="stable")[:_HIGH_NORM]
        return float(self.weights[:, longest].sum(axis=1).mean())


def _neighbours(cell: int) -> list[int]:
    rows, cols = GRID
    row, col = divmod(cell, cols)
    return [
        cols * r + c
        for r in range(max(row - 1, 0), min(row + 2, rows))
        for c in range(max(col - 1, 0), min(col + 2, cols))
        if (r, c) != (row, col)
    ]


def _place(name: str, cell: int) -> dict[str, str]:
    row, col = divmod(cell, GRID[1])
    return {f"{name}_row": str(row + 1), f"{name}_column": str(col + 1)}
