"""One colour map for every weight on the site: from near-black violet through magenta and orange to pale yellow.

The path is drawn in OKLCH (Ottosson 2020): lightness rises in equal steps, so equal steps in a weight's shade look
equal, and their order survives in greyscale print and for colour-blind readers. Hue turns in equal steps too.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ABSOLUTE_MAXIMUM: Final = 0.5
"""The weight that the absolute scale draws in the lightest colour; larger ones look the same."""

LEVELS: Final = 256

_LIGHTNESS = (0.13, 0.97)
"""OKLab L of the first and the last colour."""
_HUE = (283.0, 466.0)
"""Degrees of the first and the last colour, counted on past 360: violet to yellow by way of red."""
_CHROMA = (0.06, 0.22)
"""Wanted at the two ends, and in the middle."""
_SMOOTHNESS = 8

_OKLAB_TO_LMS = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
"""To the cube roots of cone responses."""
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
"""From cone responses to linear sRGB."""


@cache
def lut() -> npt.NDArray[np.uint8]:
    """-> (256, 3) uint8 sRGB, dark to light; read-only."""
    position = np.linspace(0, 1, LEVELS)
    lightness = _LIGHTNESS[0] + (_LIGHTNESS[1] - _LIGHTNESS[0]) * position
    hue = np.radians(_HUE[0] + (_HUE[1] - _HUE[0]) * position)
    wanted = _CHROMA[0] + (_CHROMA[1] - _CHROMA[0]) * np.sin(np.pi * position)
    # A smooth minimum of the wanted and the possible chroma: a hard one would show as a band where the two cross.
    possible = _largest_chroma(lightness, hue)
    chroma = (wanted**-_SMOOTHNESS + possible**-_SMOOTHNESS) ** (-1 / _SMOOTHNESS)
    colours = np.rint(255 * _gamma(np.clip(_linear_rgb(lightness, chroma, hue), 0, 1))).astype(np.uint8)
    colours.setflags(write=False)
    return colours


def hex_string() -> str:
    """The map as 256 x 6 hexadecimal digits, as the manifest hands it to the page."""
    return lut().tobytes().hex()


def shade(weights: npt.ArrayLike, maximum: float) -> npt.NDArray[np.uint8]:
    """Weights of any shape -> indices into the map: round(255 * sqrt(clip(w / maximum, 0, 1))).

    The square root opens up the dark end: most of the 49 weights in a row are small, and their differences matter.
    """
    if not maximum > 0:
        raise ValueError(f"the scale's maximum must be above 0, got {maximum}")
    share = np.clip(np.asarray(weights, dtype=np.float64) / maximum, 0, 1)
    # floor(x + 0.5) is JavaScript's Math.round; NumPy's rint differs on exact halves.
    return np.floor(255 * np.sqrt(share) + 0.5).astype(np.uint8)


def _largest_chroma(lightness: Array, hue: Array) -> Array:
    """(n,), (n,) -> (n,): the largest chroma that sRGB can show at each lightness and hue, by bisection."""
    low, high = np.zeros_like(hue), np.full_like(hue, 0.4)
    for _ in range(24):
        middle = (low + high) / 2
        rgb = _linear_rgb(lightness, middle, hue)
        shown = np.all((rgb >= 0) & (rgb <= 1), axis=1)
        low, high = np.where(shown, middle, low), np.where(shown, high, middle)
    return low


def _linear_rgb(lightness: Array, chroma: Array, hue: Array) -> Array:
    """(n,) OKLCH coordinates -> (n, 3) linear sRGB, outside [0, 1] where sRGB cannot show the colour."""
    oklab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    linear: Array = (oklab @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T
    return linear


def _gamma(linear: Array) -> Array:
    """Linear sRGB -> sRGB, both in [0, 1] (IEC 61966-2-1)."""
    encoded: Array = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded
