"""First views of the figures about the model itself: its position table, its patch filters, a run without positions.

P patches of a rows x cols grid, H heads, N = 1 + P tokens, CLS first; rows, columns and layers are 0-based but where a
name says otherwise. `line_means` and `nearest` have tested twins in `site_templates/js/model-views.js`.
"""

import io
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from explainer import colormap, pictures
from explainer import vit_attention as va
from explainer.attention import Matrix, effective_number
from explainer.config import DINOV2_VITS14
from explainer.first_view import FirstPictures, RealView, ViewInputs

CELL: Final = 2
"""px of a cell in the picture of all places' maps: about as large as it is shown, so that scaling keeps it even."""
GAP: Final = 2
"""px around each of these maps, transparent."""

MAXIMUM: Final = 0.2
"""Weight drawn in the lightest colour, as in the other maps of the real ViT."""

FARTHEST: Final = 150
"""px: the top of the plot of attention distances, above that of an even look at the whole crop."""


def views(inputs: ViewInputs, pictures_out: FirstPictures) -> dict[str, dict[str, Any]]:
    """The real ViT's own files -> {figure name: what its template shows}; `present` is False without the model."""
    real = inputs.real.get(DINOV2_VITS14.name)
    if real is None:
        return {name: {"present": False} for name in ("position-table", "patch-filters", "positions-off")}
    rows, cols = real.document["grid"]
    x, y = inputs.config.default_at
    side = inputs.config.image_size
    common = {
        "present": True,
        "rows": rows,
        "cols": cols,
        "query": {"row": y * rows // side, "col": x * cols // side},
    }
    return {
        "position-table": common | _table_view(real, common["query"], pictures_out),
        "patch-filters": {"present": True} | _filters_view(real),
        "positions-off": common | _off_view(real, common["query"], inputs.config.layer, pictures_out),
    }


def line_means(values: npt.ArrayLike, row: int, col: int) -> dict[str, Any]:
    """(rows, cols) likeness to one place -> its mean along that place's row, its column, and elsewhere; the least.

    The place itself counts nowhere: it is like itself.
    """
    grid = np.asarray(values, dtype=np.float64)
    same_row, same_col = np.zeros(grid.shape, bool), np.zeros(grid.shape, bool)
    same_row[row], same_col[:, col] = True, True
    least = int(grid.argmin())
    return {
        "row": float(grid[same_row & ~same_col].mean()),
        "column": float(grid[same_col & ~same_row].mean()),
        "elsewhere": float(grid[~same_row & ~same_col].mean()),
        "least": {"row": least // grid.shape[1], "col": least % grid.shape[1], "likeness": float(grid.min())},
    }


def nearest(kept: Sequence[int], layer: int) -> int:
    """The kept layer next to `layer`; of two equally near, the first."""
    return min(kept, key=lambda other: abs(other - layer))


def field_png(similarity: npt.ArrayLike, rows: int, cols: int, floor: float) -> bytes:
    """(P, P) likeness of all places -> a PNG of all P maps, laid out as the places are, with gaps to see through.

    Colours run from `floor` to 1 in proportion.
    """
    # Colour 0 stands for the gaps; the darkest two colours of the map look alike.
    shades = np.clip(_shades(similarity, floor), 1, 255).reshape(rows, cols, rows, cols)
    maps = shades.repeat(CELL, axis=2).repeat(CELL, axis=3)
    maps = np.pad(maps, ((0, 0), (0, 0), (GAP, GAP), (GAP, GAP)))  # (rows, cols, tile, tile)
    sheet = maps.transpose(0, 2, 1, 3).reshape(rows * maps.shape[2], cols * maps.shape[3])
    image = Image.fromarray(sheet.astype(np.uint8), "L").copy()
    image.putpalette(colormap.lut().tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, transparency=0)
    return buffer.getvalue()


def _table_view(real: RealView, query: dict[str, int], pictures_out: FirstPictures) -> dict[str, Any]:
    rows, cols = real.document["grid"]
    similarity = real.positions
    floor = math.floor(10 * float(similarity.min())) / 10
    own = similarity[cols * query["row"] + query["col"]].reshape(rows, cols)
    share = _shades(own, floor) / 255
    return {
        "floor": floor,
        "field": pictures_out.add("position-table", field_png(similarity, rows, cols, floor)),
        "field_size": cols * (cols * CELL + 2 * GAP),
        # Squared, since heatmaps read weights by their root and likenesses are shown in proportion.
        "picture": pictures_out.add("position-likeness", pictures.heatmap_png(share**2, 1.0)),
        "likeness": own.tolist(),
        "means": line_means(own, query["row"], query["col"]),
        "overall": real.model_document["positions"],
    }


def _filters_view(real: RealView) -> dict[str, Any]:
    """`explained`: shares of variance; `together`: of the first n; `even`: of each, were all directions alike."""
    explained = real.model_document["filters"]["explained"]
    width = real.document["embed_dim"]
    return {
        "patch_size": real.document["patch_size"],
        "width": width,
        "explained": explained,
        "together": np.cumsum(explained).tolist(),
        "even": 1 / width,
        "top": math.ceil(100 * max(explained)) / 100,
    }


def _off_view(real: RealView, query: dict[str, int], chosen: int, pictures_out: FirstPictures) -> dict[str, Any]:
    """The default patch in the mean of heads, with and without positions, at the kept layer next to the chosen one."""
    rows, cols = real.document["grid"]
    off = real.document["positions_off"]
    kept = [number - 1 for number in off["layers"]]
    layer = nearest(kept, chosen)
    token = 1 + cols * query["row"] + query["col"]
    maps = {}
    for name, positions in (("with", True), ("without", False)):
        q, k = real.layer(layer + 1, positions)
        maps[name] = va.weights(q[:, token : token + 1], k)[:, 0].mean(axis=0)  # (N,)
    distance = {
        "with": np.mean(real.document["measures"]["mean_distance"], axis=1).tolist(),
        "without": np.mean(off["mean_distance"], axis=1).tolist(),
    }
    return {
        "tokens": rows * cols + 1,
        "layer": layer,
        "layers": real.document["layers"],
        "heads": real.document["heads"],
        "kept": kept,
        "maximum": MAXIMUM,
        "maps": {name: _map_view(row, cols, f"positions-{name}", pictures_out) for name, row in maps.items()},
        "moved": float(va.total_variation(maps["with"], maps["without"])),
        "moved_mean": float(np.mean(off["total_variation"][layer])),
        "cls_cosine": off["cls_cosine"],
        "patch_cosine": off["patch_cosine"],
        "distance": distance,
        "uniform": real.model_document["uniform_distance"],
        "farthest": FARTHEST,
    }


def _map_view(row: Matrix, cols: int, name: str, pictures_out: FirstPictures) -> dict[str, Any]:
    patches = row[1:].reshape(-1, cols)
    most = int(patches.argmax())
    return {
        "map": pictures_out.add(name, pictures.heatmap_png(patches, MAXIMUM)),
        "weights": patches.tolist(),
        "effective": float(effective_number(row)),
        "most": {"row": most // cols, "col": most % cols, "weight": float(patches.max())},
    }


def _shades(likeness: npt.ArrayLike, floor: float) -> npt.NDArray[np.int64]:
    """Likeness from `floor` to 1 -> 0 to 255, in proportion."""
    share = (np.asarray(likeness, dtype=np.float64) - floor) / (1 - floor)
    return np.rint(255 * np.clip(share, 0, 1)).astype(np.int64)
