"""First views of the figures that show the photo's own pixels and the fixed position codes, before any script.

P is the patch size in px of the 224 crop, N = rows*cols the number of patches; rows, columns and tokens are 0-based.
`token_window` has a tested twin in `site_templates/js/token-window.js`.
"""

import io
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from explainer import colormap
from explainer.attention import Matrix, sine_cosine_positions
from explainer.config import PATCH_SIZES
from explainer.digits import fixed
from explainer.first_view import FirstPictures, ViewInputs

DEFAULT_PATCH_SIZE: Final = 16
"""px: what a reader sees who has chosen nothing, as in `state.js`."""

FIRST_PIXELS: Final = 4
"""Pixels whose three values the inspector writes out: twelve numbers."""

CHANNEL_TINTS: Final = ((255, 106, 92), (92, 208, 122), (104, 160, 255))
"""RGB of the largest red, green and blue value in the strip; lighter than the pure ones, which blue would drown in."""

POSITION_TINT: Final = (230, 159, 0)
"""RGB of the codes' pictures: Okabe-Ito orange, clear on paper and on black."""

CODE_WIDTH: Final = 768
"""Numbers in a code of the position map: the width of ViT-B."""

SMALL_CODE: Final = (4, 8)
"""Lines and numbers a line of the small code under each token: sines and cosines of the column, then of the row."""

LIKENESS_FLOOR: Final = 0.55
"""Cosine similarity drawn darkest: just below the least that any two places of the finest grid have."""

PLACES: Final = 50
"""Of the token sequence: the whole of it for patches of 32 px, the CLS token among them."""
ENDS: Final = 12
"""Tokens shown at either end of a sequence that does not fit."""

Pixels = npt.NDArray[np.uint8]


def views(inputs: ViewInputs, pictures: FirstPictures) -> dict[str, dict[str, Any]]:
    """The default photo's pixels -> {figure name: what its template shows}."""
    size = inputs.config.image_size
    grid = grid_facts(DEFAULT_PATCH_SIZE, size)
    x, y = inputs.config.default_at
    row, col = y * grid["rows"] // size, x * grid["cols"] // size
    common = grid | {"query": {"row": row, "col": col}, "number": grid["cols"] * row + col + 1}
    sizes = [grid_facts(patch_size, size) for patch_size in PATCH_SIZES]
    return {
        "photo-picker": {},
        "patch-grid": common | {"sizes": sizes, "image_size": size},
        "patch-inspector": common | {"sizes": sizes} | _inspector_view(inputs.pixels, row, col, pictures),
        "token-sequence": common | {"sizes": sizes} | _sequence_view(common, sizes, pictures),
        "position-map": common | {"sizes": sizes} | _position_view(common, pictures),
    }


def grid_facts(patch_size: int, image_size: int) -> dict[str, int]:
    """P -> rows, cols, tokens N and vector_length 3 P^2. Raises ValueError where patches do not fill the image."""
    if image_size % patch_size:
        raise ValueError(f"image side {image_size} is not a multiple of patch side {patch_size}")
    side = image_size // patch_size
    return {
        "patch_size": patch_size,
        "rows": side,
        "cols": side,
        "tokens": side * side,
        "vector_length": 3 * patch_size**2,
    }


def patch_of(pixels: Pixels, row: int, col: int, patch_size: int) -> Pixels:
    """(S, S, 3) -> (P, P, 3): one patch."""
    top, left = row * patch_size, col * patch_size
    return pixels[top : top + patch_size, left : left + patch_size]


def token_window(tokens: int, chosen: int) -> list[dict[str, Any]]:
    """Which of N tokens to show in PLACES places: CLS, the ends, those around the chosen one, a gap for each rest.

    -> places with a `kind`: `cls`; `patch` with its `token`; `gap` with how many tokens are `hidden`.
    """

    def patches(start: int, stop: int) -> list[dict[str, Any]]:
        return [{"kind": "patch", "token": token} for token in range(start, stop)]

    cls: list[dict[str, Any]] = [{"kind": "cls"}]
    if tokens < PLACES:
        return cls + patches(0, tokens)
    middle, tail = PLACES - 1 - 2 * ENDS, tokens - ENDS
    # With a gap on both sides the middle gives up two places; where it touches an end, only one.
    start = chosen - (middle - 2) // 2
    end = start + middle - 2
    if start <= ENDS + 1:
        spans = [(0, ENDS + middle - 1)]
    elif end >= tail - 1:
        spans = [(0, ENDS), (tail - (middle - 1), tail)]
    else:
        spans = [(0, ENDS), (start, end)]
    places = cls
    for (span_start, span_end), following in zip(spans, [*(s for s, _ in spans[1:]), tail], strict=True):
        places = places + patches(span_start, span_end)
        if following > span_end:
            places.append({"kind": "gap", "hidden": following - span_end})
    return places + patches(tail, tokens)


def strip_pixels(patch: Pixels) -> Pixels:
    """(P, P, 3) -> (P, 3 P, 3): the vector, folded after each line of pixels, each value in its channel's tint."""
    side = patch.shape[0]
    tints = np.asarray(CHANNEL_TINTS, dtype=np.float64)  # (3, 3): channel, RGB
    tinted = patch[..., None] / 255.0 * tints  # (P, P, 3, 3)
    return np.rint(tinted).astype(np.uint8).reshape(side, 3 * side, 3)


def code_pixels(codes: Matrix) -> Pixels:
    """(H, W) numbers from -1 to 1 -> (H, W, 4): the position tint, as opaque as the number is large."""
    opacity = np.rint(255 * (codes + 1) / 2).astype(np.uint8)
    tint = np.broadcast_to(np.asarray(POSITION_TINT, dtype=np.uint8), (*codes.shape, 3))
    return np.dstack([tint, opacity])


def code_sheet(rows: int, cols: int) -> Pixels:
    """-> (4 rows, 8 cols, 4): every place's small code, laid out as the places are."""
    lines, width = SMALL_CODE
    codes = sine_cosine_positions(rows, cols, lines * width).reshape(rows, cols, lines, width)
    return code_pixels(codes.transpose(0, 2, 1, 3).reshape(rows * lines, cols * width))


def _inspector_view(pixels: Pixels, row: int, col: int, pictures: FirstPictures) -> dict[str, Any]:
    patch = patch_of(pixels, row, col, DEFAULT_PATCH_SIZE)
    first = patch.reshape(-1, 3)[:FIRST_PIXELS]  # raster order
    return {
        "picture": pictures.add("patch", _png(patch)),
        "strip": pictures.add("patch-strip", _png(strip_pixels(patch))),
        "tints": ",".join(bytes(tint).hex() for tint in CHANNEL_TINTS),
        "first": [
            {
                "css": f"rgb({red} {green} {blue})",
                "values": [{"value": int(value), "scaled": fixed(value / 255)} for value in (red, green, blue)],
            }
            for red, green, blue in first.tolist()
        ],
    }


def _sequence_view(common: dict[str, Any], sizes: list[dict[str, int]], pictures: FirstPictures) -> dict[str, Any]:
    places = token_window(common["tokens"], common["number"] - 1)
    for place in places:
        if place["kind"] == "patch":
            place["row"], place["col"] = divmod(place["token"], common["cols"])
    sheets = {
        str(size["patch_size"]): pictures.add(
            f"codes-{size['patch_size']}", _png(code_sheet(size["rows"], size["cols"]))
        )
        for size in sizes
    }
    return {"places": places, "sheets": sheets, "code": {"width": SMALL_CODE[1], "height": SMALL_CODE[0]}}


def _position_view(common: dict[str, Any], pictures: FirstPictures) -> dict[str, Any]:
    rows, cols = common["rows"], common["cols"]
    codes = sine_cosine_positions(rows, cols, CODE_WIDTH)
    own = codes[common["number"] - 1]
    # Every code has the squared length D/2: a sine and a cosine of each angle.
    likeness = (codes @ own / (CODE_WIDTH / 2)).reshape(rows, cols)
    share = np.clip((likeness - LIKENESS_FLOOR) / (1 - LIKENESS_FLOOR), 0, 1)
    least_row, least_col = divmod(int(likeness.argmin()), cols)
    return {
        "picture": pictures.add("likeness", _png(colormap.lut()[np.rint(255 * share).astype(np.uint8)])),
        "vector": pictures.add("position-vector", _png(code_pixels(own.reshape(4, -1)))),
        "tint": bytes(POSITION_TINT).hex(),
        "floor": LIKENESS_FLOOR,
        "width": CODE_WIDTH,
        "likeness": likeness.tolist(),
        "least": {"row": least_row, "col": least_col, "likeness": float(likeness.min())},
    }


def _png(pixels: Pixels) -> bytes:
    """(H, W, 3 or 4) -> a PNG of exactly these pixels."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
