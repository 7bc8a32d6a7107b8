"""First views of the real ViT's maps: the wall of all heads, one map large, and the stand-in beside it.

L layers, H heads, N tokens (CLS, then the patches row by row), all of the default photo, asked from the default patch.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from explainer import artifacts, colormap, pictures, vit_attention
from explainer.attention import Matrix, effective_number, logits, softmax
from explainer.config import DINOV2_VITS14
from explainer.first_view import FirstPictures, RealView, ViewInputs

FIGURES: Final = ("head-wall", "head-map", "stand-in-or-real")

MAXIMUM: Final = 0.2
"""The weight that the absolute scale of a real map draws brightest: 257 tokens share what 49 share in the stand-in."""

VARIANT: Final = "layernorm"
TOP: Final = 5


def views(inputs: ViewInputs, pictures_out: FirstPictures) -> dict[str, dict[str, Any]]:
    """The default photo's packs -> {figure name: what its template shows}; without DINOv2, that it is absent."""
    real = inputs.real.get(DINOV2_VITS14.name)
    if real is None:
        return {name: {"present": False} for name in FIGURES}
    rows, cols = real.document["grid"]
    x, y = inputs.config.default_at
    size, layer = inputs.config.image_size, inputs.config.layer
    patch = cols * (y * rows // size) + x * cols // size
    token = 1 + patch
    # (L, H, N)
    wall = np.stack([attention_rows(real, one, [token])[:, 0] for one in range(real.document["layers"])])
    mean = wall[layer].mean(axis=0)
    common = {
        "present": True,
        "rows": rows,
        "cols": cols,
        "layers": len(wall),
        "heads": wall.shape[1],
        "layer": layer,
        "head": "mean",
        "query": _place(patch, cols),
        "maximum": MAXIMUM,
        "map": pictures_out.add("head-map", pictures.heatmap_png(mean[1:].reshape(rows, cols), MAXIMUM)),
    } | _map_view(mean, patch, cols)
    return {
        "head-wall": common
        | {
            "sprite": pictures_out.add("head-wall", wall_png(wall, (rows, cols), MAXIMUM)),
            "bytes": sum(
                inputs.photo.files[f"{DINOV2_VITS14.name}_layer_{number:02d}"].bytes
                for number in range(1, len(wall) + 1)
            ),
        },
        "head-map": common | {"weights": mean[1:].reshape(rows, cols).tolist()},
        "stand-in-or-real": common | _pair_view(inputs, real, mean, pictures_out),
    }


def attention_rows(real: RealView, layer: int, tokens: Sequence[int]) -> Matrix:
    """0-based layer, T tokens -> (H, T, N): what each of them attends to, in every head."""
    query, key = real.layer(layer + 1)  # (H, N, d)
    return softmax(logits(query[:, list(tokens)], key))


def wall_png(wall: npt.ArrayLike, grid: tuple[int, int], maximum: float) -> bytes:
    """(L, H, N) rows -> a PNG: a layer a column, a head a row, their mean below; one px a patch, no CLS.

    Each map is rows + 2 by cols + 2 px, as its own edge is repeated around it: no neighbour may shine through where a
    browser's pixels are not the map's.
    """
    rows, cols = grid
    maps = np.asarray(wall)[..., 1:]
    maps = np.concatenate([maps, maps.mean(axis=1, keepdims=True)], axis=1)  # (L, H + 1, patches)
    layers, count = maps.shape[:2]
    framed = np.pad(maps.reshape(layers, count, rows, cols), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    tiled = framed.transpose(1, 2, 0, 3)  # (H + 1, rows + 2, L, cols + 2)
    return pictures.heatmap_png(tiled.reshape(count * (rows + 2), layers * (cols + 2)), maximum)


def _map_view(row: Matrix, patch: int, cols: int) -> dict[str, Any]:
    """One map (N,) in numbers; the greatest are those of patches."""
    patches = row[1:]
    order = np.argsort(-patches, kind="stable")[:TOP]
    loudest = next(int(index) for index in order if index != patch)
    down, across = np.divmod(np.arange(len(patches)), cols)
    distance = np.maximum(np.abs(down - patch // cols), np.abs(across - patch % cols))  # in patches, as a king walks
    return {
        "loudest": _place(loudest, cols) | {"weight": float(patches[loudest])},
        "neighbours": float(patches[distance == 1].sum()),
        "farther": float(patches[distance > 1].sum()),
        "top": [
            _place(int(index), cols)
            | {
                "weight": float(patches[index]),
                "share": round(100 * float(patches[index] / patches[order[0]]), 2),
                "itself": int(index) == patch,
            }
            for index in order
        ],
        "cls_share": float(row[0]),
        "self": float(patches[patch]),
        "effective": float(effective_number(row)),
        "tokens": len(row),
    }


def _pair_view(inputs: ViewInputs, real: RealView, row: Matrix, pictures_out: FirstPictures) -> dict[str, Any]:
    """The stand-in's map and the real one pooled to its cells, how far they agree, and what chance would give."""
    standing = np.asarray(inputs.document["attention"][VARIANT]["weights"])
    coarse = tuple(inputs.document["grid"])
    fine = tuple(real.document["grid"])
    cell = artifacts.cell_at(inputs.config.default_at, inputs.config.image_size)
    ours = standing[cell]
    pooled = vit_attention.pool(row, fine, coarse)
    others = [other for other in range(len(ours)) if other != cell]
    asked = [1 + _patch_at_centre(other, coarse, fine) for other in others]
    elsewhere = vit_attention.pool(
        attention_rows(real, inputs.config.layer, asked).mean(axis=0), fine, coarse
    )  # (48, 49)
    maximum = colormap.ABSOLUTE_MAXIMUM
    agreement = real.document["agreement"]
    return {
        "coarse_rows": coarse[0],
        "coarse_cols": coarse[1],
        "cell": _place(cell, coarse[1]),
        "variant": VARIANT,
        "temperature": inputs.document["attention"][VARIANT]["temperature"],
        "stand_in": ours.reshape(coarse).tolist(),
        "pooled": pooled.reshape(coarse).tolist(),
        "coarse_maximum": maximum,
        "stand_in_map": pictures_out.add("pair-stand-in", pictures.heatmap_png(ours.reshape(coarse), maximum)),
        "pooled_map": pictures_out.add("pair-pooled", pictures.heatmap_png(pooled.reshape(coarse), maximum)),
        "overlap": float(vit_attention.overlap(ours, pooled)),
        "other_overlap": float(vit_attention.overlap(ours, elsewhere).mean()),
        "chance_overlap": float(vit_attention.chance_overlap(ours, pooled)),
        "spearman": float(vit_attention.spearman(ours, pooled)),
        "other_spearman": float(vit_attention.spearman(ours, elsewhere).mean()),
        "by_layer": [
            {
                "overlap": float(np.mean(agreement["overlap"][layer])),
                "other_overlap": agreement["other_overlap"][layer],
                "spearman": float(np.mean(agreement["spearman"][layer])),
                "other_spearman": agreement["other_spearman"][layer],
            }
            for layer in range(real.document["layers"])
        ],
    }


def _patch_at_centre(cell: int, coarse: tuple[int, ...], fine: tuple[int, ...]) -> int:
    """A coarse grid's cell -> the fine grid's patch that holds its centre."""
    row, col = divmod(cell, coarse[1])
    return fine[1] * ((2 * row + 1) * fine[0] // (2 * coarse[0])) + (2 * col + 1) * fine[1] // (2 * coarse[1])


def _place(index: int, cols: int) -> dict[str, int]:
    return {"row": index // cols, "col": index % cols}
