"""How far the stand-in and a real ViT agree: the same question to both, their answers on the stand-in's cells."""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from explainer import vit_attention as va
from explainer.attention import DEFAULT_TEMPERATURE, Matrix
from explainer.config import STAND_IN_GRID
from explainer.digits import rounded

VARIANT: Final = "layernorm"
"""Of the stand-in's scores, at the temperature that it is published at."""

DEFINITION: Final = (
    "Asked at the centre of each of the stand-in's 7x7 cells. The real map (mean over heads, CLS left out, the rest "
    "made whole) is pooled from its grid to 7x7 by area. overlap: sum of min(a, b), 1 minus total variation; spearman: "
    "rank correlation. Baselines: the same against the real maps of the 48 other cells (other), and the mean overlap "
    "over all orders of the real map's own cells (shuffled); the rank correlation's mean over all orders is 0."
)


def agreement(layers: Iterable[Matrix], stand_in: npt.ArrayLike, grid: tuple[int, int]) -> dict[str, Any]:
    """How far each layer agrees with the stand-in's (49, 49) weights; see DEFINITION.

    A layer: (49, N), the head-mean rows of the patches that hold the stand-in's cells' centres.
    """
    theirs = np.asarray(stand_in, dtype=np.float64)
    cells = len(theirs)
    pair_up = ~np.eye(cells, dtype=bool)
    found: dict[str, list[Any]] = {}
    for rows in layers:
        ours = va.pool(rows, grid, STAND_IN_GRID)  # (49, 49)
        for name, measure_of in (("overlap", va.overlap), ("spearman", va.spearman)):
            table = measure_of(theirs[:, None], ours[None])  # (49, 49): stand-in's cell, real cell
            found.setdefault(name, []).append(rounded(np.diagonal(table)))
            found.setdefault(f"other_{name}", []).append(rounded(table[pair_up].mean()))
        found.setdefault("shuffled_overlap", []).append(rounded(va.chance_overlap(theirs, ours).mean()))
    return {
        "definition": DEFINITION,
        "variant": VARIANT,
        "temperature": DEFAULT_TEMPERATURE[VARIANT],
        "grid": list(STAND_IN_GRID),
        **found,
    }


def patches_at_centres(coarse: tuple[int, int], grid: tuple[int, int]) -> npt.NDArray[np.intp]:
    """-> the patch of `grid` that holds the centre of each cell of `coarse`, row by row."""
    row, col = np.divmod(np.arange(coarse[0] * coarse[1]), coarse[1])
    # (row + 1/2) / coarse * grid, rounded down, in integers.
    rows, cols = (2 * row + 1) * grid[0] // (2 * coarse[0]), (2 * col + 1) * grid[1] // (2 * coarse[1])
    return np.asarray(grid[1] * rows + cols, dtype=np.intp)
