"""First views of the attention figures: the numbers and small maps of the default photo and patch, before any script.

Shapes: N = rows*cols tokens of the stand-in's grid, D numbers each. `permutation` and `compare_shuffled` have tested
twins in `site_templates/js/` (permutation.js, equivariance.js).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from explainer import artifacts, attention, colormap, pictures
from explainer.attention import Matrix
from explainer.digits import scientific
from explainer.first_view import FirstPictures, ViewInputs

VARIANT = "layernorm"
"""The default view's; its temperature is the site's."""
TOP = 5
SEED = 1
"""Of the shuffle in the first view."""


def views(inputs: ViewInputs, pictures_out: FirstPictures) -> dict[str, dict[str, Any]]:
    """The default photo's document and features -> {figure name: what its template shows}."""
    rows, cols = inputs.document["grid"]
    query = artifacts.cell_at(inputs.config.default_at, inputs.config.image_size)
    common = {
        "rows": rows,
        "cols": cols,
        "token": query,
        "query": _place(query, cols),
        "variant": VARIANT,
        "temperature": inputs.config.temperature,
    }
    weights = _weights(inputs.document, VARIANT, inputs.config.temperature)
    summary = _summary(inputs.document, VARIANT, inputs.config.temperature)

    def picture(name: str, values: Matrix, maximum: float) -> str:
        return pictures_out.add(name, pictures.heatmap_png(values, maximum))

    absolute = colormap.ABSOLUTE_MAXIMUM
    grid = (rows, cols)
    return {
        "attention": common
        | _attention_view(weights, query, cols)
        | {
            "temperatures": {
                variant: inputs.document["attention"][variant]["temperature"] for variant in attention.VARIANTS
            },
            "map": picture("attention", weights[query].reshape(grid), absolute),
            "maximum": absolute,
        },
        "attention-matrix": common
        | {
            "weights": weights[query].reshape(grid).tolist(),
            "other": next(line for line in _top(weights[query], cols, query) if not line["itself"]),
            "map": picture("attention-matrix", weights, absolute),
            "maximum": absolute,
        },
        "cls-stand-in": common
        | _summary_view(summary, query, cols)
        | {"map": picture("cls-stand-in", summary.reshape(grid), absolute), "maximum": absolute},
        "shuffle": common | _shuffle_view(inputs, query, grid, picture) | {"maximum": absolute},
    }


def permutation(seed: int, count: int) -> list[int]:
    """-> (count,) order[slot] = token: Fisher-Yates over a linear congruential generator modulo 2^32.

    Its multiplier and increment are 1664525 and 1013904223; good enough for a shuffle to look at, and the same in
    any language.
    """
    state = seed
    order = list(range(count))
    for slot in range(count - 1, 0, -1):
        state = (state * 1664525 + 1013904223) % 2**32
        other = state * (slot + 1) >> 32  # the high bits are the random ones
        order[slot], order[other] = order[other], order[slot]
    return order


@dataclass(frozen=True)
class Comparison:
    """Attention of a sequence in two orders."""

    original: Matrix
    """(N, N), tokens in reading order."""
    shuffled: Matrix
    """(N, N), tokens in their new slots."""
    largest: float
    """Largest |shuffled[a, b] - original[order[a], order[b]]|: 0 where attention permutes with its tokens."""
    changed: int
    """Slots whose patch now listens most to another patch than before, itself left aside."""


def compare_shuffled(
    features: npt.ArrayLike,
    order: Sequence[int],
    variant: str,
    position_alpha: float,
    temperature: float,
    grid: tuple[int, int],
) -> Comparison:
    """(N, D) features, order[slot] = token -> attention before and after; positions belong to the slots.

    Self-attention without positions is permutation-equivariant: A(PZ) = P A(Z) P^T for any permutation matrix P.
    """
    values = np.asarray(features, dtype=np.float64)
    slots = np.asarray(order)

    def attend(sequence: Matrix) -> Matrix:
        z = attention.tokens(sequence, variant, position_alpha, grid)
        # Not a matrix product: how that rounds depends on where a row stands and on the machine's library.
        scores = np.stack([np.sum(z * row, axis=1) for row in z]) / math.sqrt(z.shape[1])
        return attention.softmax(scores, temperature)

    original = attend(values)
    shuffled = attend(values[slots])
    expected = original[np.ix_(slots, slots)]
    apart = np.eye(len(slots)) * 2  # more than any weight: a patch itself never counts as another
    changed = np.argmax(shuffled - apart, axis=1) != np.argmax(expected - apart, axis=1)
    return Comparison(original, shuffled, float(np.abs(shuffled - expected).max()), int(changed.sum()))


def neighbour_share(weights: Matrix, token: int, cols: int) -> float:
    """(N,) -> the weight on the up to eight cells that touch a token's cell."""
    row, col = np.divmod(np.arange(len(weights)), cols)
    distance = np.maximum(np.abs(row - token // cols), np.abs(col - token % cols))
    return float(weights[distance == 1].sum())


def _weights(document: dict[str, Any], variant: str, temperature: float) -> Matrix:
    """(N, N): the published weights at their own temperature, else the softmax of the published scores."""
    published = document["attention"][variant]
    if published["temperature"] == temperature:
        return np.asarray(published["weights"])
    return attention.softmax(document["logits"][variant], temperature)


def _summary(document: dict[str, Any], variant: str, temperature: float) -> Matrix:
    """(N,): the CLS stand-in's weights, chosen as in `_weights`."""
    published = document["cls"]["attention"][variant]
    if published["temperature"] == temperature:
        return np.asarray(published["weights"])
    return attention.softmax(document["cls"]["logits"][variant], temperature)


def _place(token: int, cols: int) -> dict[str, int]:
    return {"row": token // cols, "col": token % cols}


def _top(weights: Matrix, cols: int, query: int | None) -> list[dict[str, Any]]:
    """The `TOP` largest weights, largest first; `share` is the bar's length, percent of the longest."""
    order = np.argsort(-weights, kind="stable")[:TOP]
    return [
        _place(int(token), cols)
        | {
            "weight": float(weights[token]),
            "share": round(100 * float(weights[token] / weights[order[0]]), 2),
            "itself": int(token) == query,
        }
        for token in order
    ]


def _attention_view(weights: Matrix, query: int, cols: int) -> dict[str, Any]:
    row = weights[query]
    neighbours = neighbour_share(row, query, cols)
    top = _top(row, cols, query)
    return {
        "weights": row.reshape(-1, cols).tolist(),
        "top": top,
        "case": "to-itself" if top[0]["itself"] else "to-other",
        "self": float(row[query]),
        "neighbours": neighbours,
        "rest": max(0.0, float(row.sum()) - float(row[query]) - neighbours),
        "effective": float(attention.effective_number(row)),
        "total": float(weights[:, query].sum()),
    }


def _summary_view(weights: Matrix, query: int, cols: int) -> dict[str, Any]:
    return {
        "weights": weights.reshape(-1, cols).tolist(),
        "loudest": _top(weights, cols, None)[0],
        "here": float(weights[query]),
        "effective": float(attention.effective_number(weights)),
    }


def _shuffle_view(inputs: ViewInputs, query: int, grid: tuple[int, int], picture: Any) -> dict[str, Any]:
    rows, cols = grid
    order = permutation(SEED, rows * cols)
    temperature = float(inputs.document["attention"]["layernorm"]["temperature"])
    compared = {
        variant: compare_shuffled(
            inputs.features, order, variant, inputs.document["position_alpha"], temperature, (rows, cols)
        )
        for variant in ("layernorm", "layernorm_position")
    }
    slot = order.index(query)
    plain = compared["layernorm"]
    return {
        "photo": inputs.photo.id,
        "temperature": temperature,
        "seed": SEED,
        "order": order,
        "tiles": [
            _place(token, cols) | {"slot_row": order.index(token) // cols, "slot_col": order.index(token) % cols}
            for token in range(rows * cols)
        ],
        "slot": _place(slot, cols),
        "original_map": picture("shuffle-original", plain.original[query].reshape(grid), colormap.ABSOLUTE_MAXIMUM),
        "shuffled_map": picture("shuffle-shuffled", plain.shuffled[slot].reshape(grid), colormap.ABSOLUTE_MAXIMUM),
        "results": {
            variant: {"largest": scientific(result.largest), "changed": result.changed}
            for variant, result in compared.items()
        },
    }
