"""The figures of pixels, places and costs say what NumPy and plain arithmetic say, for every patch size."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from driving import choose, choose_photo, click_cell, come_near, figure, text
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""

SIZES = {8: (28, 784, 192), 14: (16, 256, 588), 16: (14, 196, 768), 32: (7, 49, 3072)}
"""Patch size in px: patches a side, patches, numbers in each: written out, not computed."""


def crop(site: Path, photo: str) -> npt.NDArray[np.uint8]:
    with Image.open(site / f"data/photos/{photo}/crop.png") as image:
        return np.asarray(image.convert("RGB"))


def cell_of(at: tuple[int, int], side: int) -> tuple[int, int]:
    """(x, y) px of the crop -> 0-based row and column."""
    return at[1] * side // 224, at[0] * side // 224


def choose_size(page: Page, size: int, name: str = "patch-grid") -> None:
    choose(figure(page, name), f"{name}-patch-size", str(size))


def thousands(number: int) -> str:
    return f"{number:,}"


@ONCE
def test_the_grid_counts_patches_and_their_numbers(visit: Visits) -> None:
    page = visit()
    root = figure(page, "patch-grid")
    for size, (side, patches, vector) in SIZES.items():
        choose_size(page, size)
        expect(text(root, "grid")).to_have_text(f"{side} × {side}")
        expect(text(root, "tokens").first).to_have_text(thousands(patches))
        expect(text(root, "vector").first).to_have_text(thousands(vector))
        row, col = cell_of((80, 80), side)
        expect(text(root, "row")).to_have_text(str(row + 1))
        expect(text(root, "number")).to_have_text(str(side * row + col + 1))
        expect(root.locator("tr[data-current]")).to_have_text(
            f"{size} px{side} × {side}{thousands(patches)}{thousands(vector)}", use_inner_text=False
        )
        lines = root.locator("[data-lines]").first.get_attribute("d") or ""
        assert lines.count("M") == 2 * (side - 1)
    click_cell(root.locator("[data-cells]"), (6, 0), 7, 7)
    expect(text(root, "number")).to_have_text("43")


@ONCE
def test_the_grid_answers_to_the_keyboard(visit: Visits) -> None:
    page = visit()
    root = figure(page, "patch-grid")
    cell = root.locator('[role="gridcell"]')
    cell.focus()
    for key in ("Control+End", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(text(root, "number")).to_have_text("195")
    expect(cell).to_have_attribute("aria-label", "row 14, column 13 of 14 by 14: patch 195 of 196")


def test_the_inspector_shows_the_crops_own_pixels(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "patch-inspector")
    expect_patch(root, crop(site, "chelsea"), 16, (80, 80))
    choose_photo(page, "flower")
    pixels = crop(site, "flower")
    for size in SIZES:
        choose_size(page, size, "patch-inspector")
        expect_patch(root, pixels, size, (80, 80))
    click_cell(root.locator("[data-cells]"), (6, 3), 7, 7)
    expect_patch(root, pixels, 32, (112, 208))


def expect_patch(root: Locator, pixels: npt.NDArray[np.uint8], size: int, at: tuple[int, int]) -> None:
    """The first twelve values, the enlarged patch, the strip, and a walk along the list."""
    come_near(root)
    row, col = cell_of(at, 224 // size)
    patch = pixels[row * size : (row + 1) * size, col * size : (col + 1) * size]
    vector = patch.reshape(-1)
    # The last of the twelve: when it is right, the figure has drawn, unless two patches agree in it.
    for index in reversed(range(12)):
        expect(text(root, f"value-{index // 3}-{index % 3}")).to_have_text(str(vector[index]))
        expect(text(root, f"scaled-{index // 3}-{index % 3}")).to_have_text(f"{vector[index] / 255:.3f}")
    expect(text(root, "row")).to_have_text(str(row + 1))
    expect(text(root, "column")).to_have_text(str(col + 1))
    drawn = canvas(root.locator("canvas[data-patch], canvas").first)
    assert np.array_equal(drawn[..., :3], patch) and np.all(drawn[..., 3] == 255)
    strip = canvas(root.locator(".inspector-strip canvas"))
    assert strip.shape == (size, 3 * size, 4)
    # Brighter where the value is larger, each channel in its own tint.
    for channel in range(3):
        shown = strip[:, channel::3, :3].max(axis=2).astype(int)
        values = patch[:, :, channel].astype(int)
        assert np.corrcoef(shown.ravel(), values.ravel())[0, 1] > 0.99
    slider = root.locator("[data-step]")
    expect(slider).to_have_attribute("max", str(vector.size))
    for step in (vector.size, 3 * size + 2):
        slider.fill(str(step))
        expect(text(root, "value")).to_have_text(str(vector[step - 1]))
        expect(text(root, "channel")).to_have_text(("red", "green", "blue")[(step - 1) % 3])
        expect(text(root, "pixelRow")).to_have_text(str((step - 1) // (3 * size) + 1))


def canvas(locator: Locator) -> npt.NDArray[np.uint8]:
    """A canvas -> (height, width, 4) RGBA."""
    height, width, rgba = locator.evaluate(
        "(c) => [c.height, c.width, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"
    )
    return np.array(rgba, np.uint8).reshape(height, width, 4)


@ONCE
def test_the_sequence_numbers_its_tokens(visit: Visits) -> None:
    page = visit()
    root = figure(page, "token-sequence")
    for size, (side, patches, _) in SIZES.items():
        choose_size(page, size)
        row, col = cell_of((80, 80), side)
        token = side * row + col
        expect(text(root, "sequence")).to_have_text(str(patches + 1))
        expect(text(root, "number")).to_have_text(str(token + 1))
        chosen = root.locator('[aria-selected="true"]')
        expect(chosen).to_have_count(1)
        expect(text(chosen, "place-number")).to_have_text(str(token + 1))
        expect(chosen.locator("[data-tile]")).to_have_attribute("viewBox", f"{col * size} {row * size} {size} {size}")
    sequence = root.get_by_role("listbox")
    sequence.focus()
    for key, number in (("ArrowRight", "18"), ("End", "49"), ("Home", "1"), ("ArrowLeft", "1")):
        page.keyboard.press(key)
        expect(text(root, "number")).to_have_text(number)
        expect(root.locator("[data-spoken]")).to_contain_text(f"token {number}:")
    root.locator('[data-kind="patch"][data-token="23"]').click()
    expect(text(root, "number")).to_have_text("24")


@ONCE
def test_the_position_map_compares_the_codes(visit: Visits) -> None:
    page = visit()
    root = figure(page, "position-map")
    root.get_by_text("As a table").click()
    for size in (16, 32):
        choose_size(page, size, "position-map")
        side = SIZES[size][0]
        row, col = cell_of((80, 80), side)
        likeness = likenesses(side)[side * row + col]
        expect(root.locator("tbody td")).to_have_text([f"{value:.3f}" for value in likeness])
        expect(text(root, "likeness")).to_have_text("1.000")
        expect(text(root, "least")).to_have_text(f"{likeness.min():.3f}")
    cell = root.locator('[role="gridcell"]')
    cell.focus()
    page.keyboard.press("Control+Home")
    expect(text(root, "likeness")).to_have_text(f"{likeness[0]:.3f}")
    expect(root.locator("[data-spoken]")).to_have_text(f"row 1, column 1, likeness {likeness[0]:.3f}")


def likenesses(side: int) -> npt.NDArray[np.float64]:
    """Cosines of all pairs of MAE's codes of 768 numbers on a square grid: (N, N)."""
    rows, cols = np.divmod(np.arange(side * side), side)
    angles = [place[:, None] * 10000.0 ** (-np.arange(192) / 192) for place in (cols, rows)]
    codes = np.concatenate([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
    found: npt.NDArray[np.float64] = codes @ codes.T / 384
    return found


def vit(dim: int, depth: int, patch: int, image: int) -> tuple[int, int, int, float]:
    """Tokens, parameters, multiply-adds and the quadratic share of the blocks' work, part by part."""
    side = image // patch
    tokens = side * side + 1
    block = 2 * 2 * dim + 4 * dim * (dim + 1) + 4 * dim * (dim + 1) + dim * (4 * dim + 1)
    parameters = (3 * patch**2 + 1) * dim + dim + tokens * dim + depth * block + 2 * dim + 1000 * (dim + 1)
    quadratic = depth * 2 * tokens**2 * dim
    linear = depth * tokens * 12 * dim**2
    work = side * side * 3 * patch**2 * dim + linear + quadratic + 1000 * dim
    return tokens, parameters, work, quadratic / (linear + quadratic)


def test_the_reference_counts_vit_b_16() -> None:
    tokens, parameters, work, share = vit(768, 12, 16, 224)
    assert (tokens, parameters, f"{work / 1e9:.2f}", f"{share:.3f}") == (197, 86_567_656, "17.56", "0.041")


@ONCE
def test_the_recipe_is_worked_out_for_the_photo(visit: Visits) -> None:
    page = visit()
    root = figure(page, "recipe")
    manifest = page.evaluate("JSON.parse(document.getElementById('manifest').textContent)")
    photo = next(entry for entry in manifest["photos"] if entry["id"] == "china")
    choose_photo(page, "china")
    choose_size(page, 32)
    tokens, parameters, _, _ = vit(768, 12, 32, 224)
    expect(text(root, "title")).to_have_text(photo["title"])
    expect(text(root, "photo-shape")).to_have_text(f"({photo['height']}, {photo['width']}, 3)")
    expect(text(root, "patches-shape")).to_have_text("(1, 49, 3072)")
    expect(text(root, "projection-parameters")).to_have_text(thousands(3073 * 768))
    expect(text(root, "encoder-shape")).to_have_text("(1, 50, 768)")
    expect(text(root, "positions-parameters")).to_have_text(thousands(tokens * 768))
    expect(text(root, "total-parameters")).to_have_text(thousands(parameters))
    choose_size(page, 16)
    expect(text(root, "total-parameters")).to_have_text("86,567,656")
    expect(text(root, "encoder-shape")).to_have_text("(1, 197, 768)")


@ONCE
@pytest.mark.parametrize(
    ("key", "dim", "depth", "image", "patch"),
    [("b", 768, 12, 224, 16), ("b", 768, 12, 224, 8), ("l", 1024, 24, 384, 14), ("ti", 192, 12, 1024, 32)],
)
def test_the_bill_is_right(visit: Visits, key: str, dim: int, depth: int, image: int, patch: int) -> None:
    page = visit()
    root = figure(page, "cost")
    choose_size(page, patch, "cost")
    choose(root, "cost-image-size", str(image))
    choose(root, "cost-width", key)
    base = vit(768, 12, 16, 224)[2]
    tokens, parameters, work, share = vit(dim, depth, patch, image)
    expect(text(root, "tokens")).to_have_text(thousands(tokens))
    expect(text(root, "pairs")).to_have_text(thousands(tokens**2))
    expect(text(root, "parameters")).to_have_text(thousands(parameters))
    expect(text(root, "work")).to_have_text(f"{work / 1e9:,.2f}")
    expect(text(root, "relative")).to_have_text(f"{work / base:,.2f}")
    expect(text(root, "attention-pairs-share")).to_have_text(f"{100 * share:.1f}%")
    for size in SIZES:
        row = vit(dim, depth, size, image)
        expect(text(root, f"tokens-{size}")).to_have_text(thousands(row[0]))
        expect(text(root, f"work-{size}")).to_have_text(f"{row[2] / 1e9:,.2f}")
        expect(text(root, f"share-{size}")).to_have_text(f"{100 * row[3]:.1f}%")
    expect(root.locator("[data-remainder]")).to_be_visible(visible=image % patch != 0)


@ONCE
def test_the_blocks_parts_explain_themselves(visit: Visits) -> None:
    page = visit()
    root = figure(page, "encoder-block")
    for part in root.locator("[data-part]").all():
        name = part.get_attribute("data-part")
        part.focus()
        page.keyboard.press("Enter" if name != "mlp" else " ")
        expect(part).to_have_attribute("aria-pressed", "true")
        expect(root.locator("[data-about][data-current]")).to_have_attribute("data-about", name or "")
        told = " ".join((root.locator("[data-about][data-current]").text_content() or "").split())
        assert (root.locator("[data-spoken]").text_content() or "").strip() == told and len(told) > 40
    expect(root.locator('[aria-pressed="true"]')).to_have_count(1)
    assert page.evaluate("location.hash") == ""
