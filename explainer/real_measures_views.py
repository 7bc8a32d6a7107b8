"""First views of the figures that measure a real ViT: rollout, token lengths, reach, and ViT-B/16's names for a photo.

L layers, H heads, N tokens: CLS, then rows*cols patches. Weights are told in even shares, 1 = 1/N of the whole, as a
weight of one among 257 says little to the eye. `patch_shares`, `brightest`, `length_spread`, `logarithmic` and
`extremes` have tested twins in `site_templates/js/real-measures.js`.
"""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from explainer import pictures, vit_attention
from explainer.attention import Matrix, effective_number
from explainer.config import DINOV2_VITS14, VIT_B_16
from explainer.first_view import FirstPictures, RealView, ViewInputs

ROLLOUT_MAXIMUM: Final = 10.0
"""Even shares that a rollout's absolute scale draws in the lightest colour; the very brightest patches hold more."""

FARTHEST: Final = 160
"""px: the top of the axis of attention distances, above any mean that a 224 px crop allows in practice."""

MOST_SHARES: Final = 100
"""Even shares at the top of the axis of received attention, which counts in tens."""

LISTED: Final = 6
"""Sinks that the figure lists."""


def views(inputs: ViewInputs, pictures_out: FirstPictures) -> dict[str, dict[str, Any]]:
    """The default photo's real ViTs -> {figure name: what its template shows}; `present` is False without the model."""
    absent = {"present": False}
    found = dict.fromkeys(("rollout", "token-norms", "attention-distance", "classify"), absent)
    small = inputs.real.get(DINOV2_VITS14.name)
    if small is not None:
        common = _common(small, inputs)
        found |= {
            "rollout": common | _rollout_view(small, "rollout", pictures_out),
            "token-norms": common | _norms_view(small, inputs.config.layer, pictures_out),
            "attention-distance": common | _distance_view(small),
        }
    base = inputs.real.get(VIT_B_16.name)
    if base is not None:
        found["classify"] = (
            _common(base, inputs) | _rollout_view(base, "classify", pictures_out) | {"top": base.document["top5"]}
        )
    return found


def patch_shares(row: npt.ArrayLike) -> Matrix:
    """(..., N) weights on CLS and the patches -> (..., N - 1): the patches' weights in even shares."""
    weights = np.asarray(row, dtype=np.float64)
    shares: Matrix = weights[..., 1:] * weights.shape[-1]
    return shares


def brightest(shares: Matrix, cols: int) -> dict[str, Any]:
    """(P,) patches' values -> the greatest one and its 0-based place; of equals the first."""
    patch = int(np.argmax(shares))
    return {"row": patch // cols, "col": patch % cols, "shares": float(shares[patch])}


def length_spread(norms: npt.ArrayLike) -> tuple[float, float]:
    """(N,) token lengths -> the shortest and the longest patch's, as multiples of the median patch's."""
    patches = np.asarray(norms, dtype=np.float64)[1:]
    median = float(np.median(patches))
    return float(patches.min()) / median, float(patches.max()) / median


def logarithmic(value: float, most: float) -> float:
    """Where an axis from 1 to `most` that counts in tens shows a value: 0 at 1 and below, 1 at `most`."""
    return math.log(max(value, 1.0)) / math.log(most)


def _common(real: RealView, inputs: ViewInputs) -> dict[str, Any]:
    rows, cols = real.document["grid"]
    x, y = inputs.config.default_at
    side = inputs.config.image_size
    return {
        "present": True,
        "rows": rows,
        "cols": cols,
        "tokens": rows * cols + 1,
        "layers": real.document["layers"],
        "heads": real.document["heads"],
        "query": {"row": y * rows // side, "col": x * cols // side},
    }


def _rollout_view(real: RealView, name: str, pictures_out: FirstPictures) -> dict[str, Any]:
    """The published method, rolled out to the last layer; `strip` holds the maps of all steps, side by side."""
    rows, cols = real.document["grid"]
    steps = np.asarray(real.rollout[0], dtype=np.float64)  # (L, N)
    shares = patch_shares(steps)
    grids = shares.reshape(-1, rows, cols)
    spot = brightest(shares[-1], cols)
    looked_at = brightest(np.asarray(real.document["received"][0][1:]), cols)
    return {
        "recipes": real.document["rollout"],
        "maximum": ROLLOUT_MAXIMUM,
        "map": pictures_out.add(name, pictures.heatmap_png(grids[-1], ROLLOUT_MAXIMUM)),
        "strip": pictures_out.add(f"{name}-steps", pictures.heatmap_png(np.hstack(list(grids)), ROLLOUT_MAXIMUM)),
        "weights": grids[-1].tolist(),
        "kept": float(steps[-1, 0]),
        "brightest": spot,
        "first": looked_at,
        "same": (spot["row"], spot["col"]) == (looked_at["row"], looked_at["col"]),
        "effective": float(effective_number(steps[-1, 1:] / steps[-1, 1:].sum())),
    }


def _norms_view(real: RealView, layer: int, pictures_out: FirstPictures) -> dict[str, Any]:
    """One layer's token lengths and attention received, and the extremes of all layers. `layer`: 0-based."""
    rows, cols = real.document["grid"]
    norms = np.asarray(real.document["token_norms"])  # (L, N)
    received = np.asarray(real.document["received"])  # (L, N), even shares
    artefacts = real.document["artefacts"]
    lengths = (norms[layer, 1:] / np.median(norms[layer, 1:])).reshape(rows, cols)
    looked = received[layer, 1:].reshape(rows, cols)
    sinks = [sink | _place(sink["token"] - 1, cols) for sink in artefacts["sinks"]["tokens"]]
    return {
        "layer": layer,
        "length_maximum": vit_attention.LONG,
        "length_map": pictures_out.add("token-norms", pictures.heatmap_png(lengths, vit_attention.LONG)),
        "lengths": lengths.tolist(),
        "spreads": [length_spread(row) for row in norms],
        "longest": brightest(lengths.ravel(), cols),
        "long": artefacts["long"],
        "received_maximum": vit_attention.SINK,
        "received_map": pictures_out.add("token-received", pictures.heatmap_png(looked, vit_attention.SINK)),
        "received": looked.tolist(),
        "most": [brightest(row[1:], cols) for row in received],
        "cls": received[:, 0].tolist(),
        "most_shares": MOST_SHARES,
        "most_heights": [logarithmic(row[1:].max(), MOST_SHARES) for row in received],
        "cls_heights": [logarithmic(row[0], MOST_SHARES) for row in received],
        "sink_height": logarithmic(vit_attention.SINK, MOST_SHARES),
        "sink_rule": artefacts["sinks"]["rule"],
        "sinks": sinks,
        "listed": LISTED,
    }


def _distance_view(real: RealView) -> dict[str, Any]:
    """Each head's mean attention distance on this photo and on all of them, px of the crop."""
    return {
        "farthest": FARTHEST,
        **extremes(real.document["measures"]["mean_distance"]),
        "here": real.document["measures"]["mean_distance"],
        "mean": real.model_document["mean_distance"],
        "uniform": real.model_document["uniform_distance"],
    }


def extremes(distances: npt.ArrayLike) -> dict[str, dict[str, Any]]:
    """(L, H) -> the heads with the least and the greatest value, 0-based; of equals the first."""
    values = np.asarray(distances, dtype=np.float64)
    found = {"least": int(values.argmin()), "greatest": int(values.argmax())}
    return {
        name: {"layer": lane // values.shape[1], "head": lane % values.shape[1], "value": float(values.flat[lane])}
        for name, lane in found.items()
    }


def _place(patch: int, cols: int) -> dict[str, int]:
    return {"row": patch // cols, "col": patch % cols}
