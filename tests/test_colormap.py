"""The map's order must be readable by everyone: in print, in greyscale, and with any colour vision."""

import numpy as np
import numpy.typing as npt
import pytest

from explainer import colormap

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear sRGB.
COLOUR_BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "achromatopsia": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}


def lightness(blindness: str) -> npt.NDArray[np.float64]:
    """(256,) CIE L* of the map as seen, 0 to 100."""
    encoded = colormap.lut() / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ COLOUR_BLINDNESS[blindness].T, 0, 1)
    luminance = seen @ [0.2126, 0.7152, 0.0722]
    return 116 * np.where(luminance > 0.008856, np.cbrt(luminance), 7.787 * luminance + 16 / 116) - 16


@pytest.mark.parametrize("blindness", COLOUR_BLINDNESS)
def test_lightness_rises_from_end_to_end_for_every_eye(blindness: str) -> None:
    seen = lightness(blindness)
    assert (np.diff(seen[::4]) > 0).all()  # Neighbours may be equal after rounding to 8 bits; four steps never.
    assert np.diff(seen).min() > -0.25
    assert seen[0] < 6
    assert seen[-1] > 90


def test_equal_steps_look_equal() -> None:
    """Lightness stays within 6 of the straight line between the ends, of 95."""
    seen = lightness("none")
    assert np.abs(seen - np.linspace(seen[0], seen[-1], 256)).max() < 6


def test_no_step_shows_as_a_band() -> None:
    steps = np.abs(np.diff(colormap.lut().astype(int), axis=0)).max(axis=1)
    assert steps.max() <= 4
    assert (steps > 0).all()


def test_the_map_is_one_and_read_only() -> None:
    lut = colormap.lut()
    assert (lut.shape, lut.dtype) == ((256, 3), np.uint8)
    with pytest.raises(ValueError, match="read-only"):
        lut[0] = 0
    assert bytes.fromhex(colormap.hex_string()) == lut.tobytes()


def test_shade_is_the_square_root_rule() -> None:
    weights = np.array([[0.0, 0.005, 0.02], [0.125, 0.5, 0.9]])
    assert colormap.shade(weights, 0.5).tolist() == [[0, 26, 51], [128, 255, 255]]
    assert colormap.shade(-0.1, 0.5) == 0
    with pytest.raises(ValueError, match="above 0"):
        colormap.shade(weights, 0)
