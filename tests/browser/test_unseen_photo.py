"""A photo that nobody has seen, dropped on index.html as a double click opens it, with no network: what the page then
shows is what Python, from the same file and with the published weights, says by Pillow, PyTorch and NumPy."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
import twins
from driving import Numbers, choose, click_cell, come_near, figure, map_colours
from own import card, drop, expect_shown, given, use_square
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect
from real_numbers import HEADS, LAYERS, MAXIMUM, colours
from test_real_maps import wall_colours
from test_take_away import opened, table, taken
from visits import PATIENCE, Visits

from explainer import attention, decode, mobilenet, photos, preprocess, vit_run
from explainer import vit_attention as va

if TYPE_CHECKING:
    from torch import nn

    from explainer.vit import VisionTransformer

ALPHA = 1.0
"""How much of the position code the third variant adds."""
SQUARED = 0.5
"""The weight that the absolute scale of a stand-in's map draws brightest."""


def unseen() -> bytes:
    """Two of the site's photos, mirrored, one through the other: textures of photographs, and no published picture."""
    size = (900, 640)
    with Image.open(twins.ROOT / "photos/china.jpg") as one, Image.open(twins.ROOT / "photos/flower.jpg") as other:
        first, second = (ImageOps.mirror(ImageOps.fit(picture.convert("RGB"), size)) for picture in (one, other))
    file = io.BytesIO()
    Image.blend(first, second, 0.4).save(file, "JPEG", quality=90)
    return file.getvalue()


def seen_by_python(content: bytes, folder: Path) -> npt.NDArray[np.float32]:
    """(1, 3, 224, 224): what models are given of the photo's middle square."""
    file = folder / "unseen.jpg"
    file.write_bytes(content)
    with decode.opened(file) as image:
        square = decode.crop_to_srgb(image, photos.crop_box(*decode.oriented_size(image)))
    size = (preprocess.IMAGE_SIZE, preprocess.IMAGE_SIZE)
    return preprocess.to_input(np.array(square.resize(size, Image.Resampling.BICUBIC)))


def numbers(page: Page, name: str, first: int) -> Numbers:
    """The figure's table, saved: its columns from `first` on."""
    box = figure(page, name).locator("[data-take-away]")
    _, lines = table(taken(page, box if box.get_attribute("open") is not None else opened(figure(page, name)), "csv"))
    return np.array([line[first:] for line in lines[1:]], np.float64)


def apart(one: Numbers, other: Numbers) -> Numbers:
    """(..., N), (..., N) -> total variation of each row."""
    return np.asarray(np.abs(one - other).sum(axis=-1) / 2)


@pytest.mark.parametrize("address", ["file"], indirect=True)
def test_its_attention_is_what_python_says(
    visit: Visits, site: Path, tmp_path: Path, real_trunk: "nn.Module", dinov2: "VisionTransformer"
) -> None:
    content = unseen()
    pixels = seen_by_python(content, tmp_path)
    page = visit(offline=True)
    drop(page, given(content, "unseen.jpg"))
    use_square(page)

    features = mobilenet.features(real_trunk, pixels)
    for variant, temperature in attention.DEFAULT_TEMPERATURE.items():
        choose(figure(page, "attention"), "attention-variant", variant)
        expect_shown(page, "attention-matrix", "own-1")
        found = numbers(page, "attention-matrix", 1)
        assert found.shape == (49, 49)
        asked = attention.tokens(features, variant, ALPHA)
        tv = apart(found, attention.softmax(attention.logits(asked, asked) / temperature))
        print(f"{variant}: total variation from Python's {tv.mean():.2g}, at most {tv.max():.2g}")
        assert tv.mean() <= twins.LIMITS[twins.STAND_IN]["mean"]
        assert tv.max() <= twins.LIMITS[twins.STAND_IN]["max"]
        expect_drawn(map_colours(figure(page, "attention-matrix")), colours(site, found.ravel(), SQUARED))

    come_near(figure(page, "head-wall"))
    figure(page, "head-wall").locator(".offer").get_by_role("button", name="Run DINOv2").click()
    expect(card(page).locator(".offer")).to_be_hidden(timeout=3 * PATIENCE)
    expect_shown(page, "head-wall", "own-1")
    run = vit_run.run(dinov2, pixels)
    maps = np.stack([va.weights(q, k) for q, k in zip(run.query, run.key, strict=True)])
    gaps = []
    for cell in [(5, 5), (2, 11), (13, 4)]:
        click_cell(figure(page, "head-map").locator("[data-cells]"), cell, 16, 16)
        found = numbers(page, "head-wall", 3).T.reshape(LAYERS, HEADS + 1, 257)
        gaps.append(apart(found[:, :HEADS], maps[:, :, 1 + 16 * cell[0] + cell[1]]))
        for drawn, weights in zip(wall_colours(figure(page, "head-wall")), found.reshape(-1, 257), strict=True):
            expect_drawn(drawn, colours(site, weights[1:], MAXIMUM))
    print(
        f"72 heads, {len(gaps)} patches: total variation from Python's {np.mean(gaps):.2g}, at most {np.max(gaps):.2g}"
    )
    assert np.mean(gaps) <= twins.LIMITS[twins.REAL]["mean"]
    assert not [request.url for request in visit.requests if not request.url.startswith(("file:", "blob:", "data:"))]


def expect_drawn(drawn: list[str], expected: list[str]) -> None:
    """Cell by cell; a number saved with seven digits may lie on the other side of a shade's edge."""
    assert len(drawn) == len(expected)
    assert sum(one != other for one, other in zip(drawn, expected, strict=True)) <= len(drawn) // 500
