"""Positions, filters and the run without positions say the published numbers, by whatever means they are asked."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from driving import Cell, Numbers, come_near, figure, map_colours, place, text
from hands import MEANS, Finger, Keyboard, Mouse
from PIL import Image
from playwright.sync_api import Page, expect
from real_numbers import KEPT, LAYERS, MAXIMUM, SIDE, RealView, colours, document, fixed, lut, model_document, values
from real_numbers import effective as effective_number
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)


def likenesses(site: Path, cell: Cell) -> Numbers:
    """(256,) of every place's code to one's."""
    return values(site / "data/models/dinov2_vits14_positions.bin")[SIDE * cell[0] + cell[1]]


def lowest(site: Path) -> float:
    """The likeness that is drawn darkest: a round number below the least."""
    return math.floor(10 * values(site / "data/models/dinov2_vits14_positions.bin").min()) / 10


def minus(value: float) -> str:
    return fixed(value, 3).replace("-", "−")


def expect_table(page: Page, site: Path, cell: Cell) -> None:
    """One place's likeness to all others: map, numbers and table."""
    root = figure(page, "position-table")
    come_near(root)
    likeness = likenesses(site, cell)
    expect(root.locator("[data-weight-cell]")).to_have_text([fixed(value, 3) for value in likeness])
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    same_row, same_col = row == cell[0], col == cell[1]
    means = {
        "row": likeness[same_row & ~same_col].mean(),
        "column": likeness[same_col & ~same_row].mean(),
        "elsewhere": likeness[~same_row & ~same_col].mean(),
    }
    for name, mean in means.items():
        expect(text(root, f"mean-{name}")).to_have_text(minus(mean))
    least = int(likeness.argmin())
    expect(root.locator(".position-side .readout").first).to_have_text(
        f"Least alike: {place(least, SIDE)}, likeness {minus(likeness.min())}"
    )
    expect(root.locator(".position-one .figure-heading")).to_have_text(
        f"One of them: {place(SIDE * cell[0] + cell[1], SIDE)}"
    )
    floor = lowest(site)
    share = np.clip((likeness - floor) / (1 - floor), 0, 1)
    # In proportion, as the legend says.
    expected = [lut(site)[int(shade)] for shade in np.floor(255 * share + 0.5)]
    assert map_colours(root) == expected
    overall = model_document(site)["positions"]
    cells = root.locator(".position-likeness td:last-child")
    expect(cells).to_have_text([fixed(overall[name], 3) for name in ("same_row", "same_column", "elsewhere")])


@MEANS
def test_positions_say_the_published_numbers(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "position-table")
    hands.press(root.locator(".weight-table summary"))
    expect_table(page, site, (5, 5))
    for box, cell in (("places", (0, 15)), ("one", (9, 2)), ("places", (15, 8))):
        hands.pick(root.locator(f"[data-{box}] [data-cells]"), cell, SIDE, SIDE)
        expect_table(page, site, cell)
        expect(root.locator("[data-spoken]")).to_have_text(f"Shown large: row {cell[0] + 1}, column {cell[1] + 1}")
    readout = root.locator("[data-readout]")
    read = f"row 4, column 12, likeness {minus(likenesses(site, (15, 8))[3 * SIDE + 11])}"
    places = root.locator("[data-places] [data-cells]")
    if not isinstance(hands, Finger):  # which reads nothing without choosing it
        hands.point(places, (3, 11), SIDE, SIDE)
        expect(readout).to_have_text(read)
    if isinstance(hands, Keyboard):
        expect(root.locator("[data-spoken]")).to_have_text(read)


@ONCE
def test_the_field_of_all_places_is_painted_from_the_pack(visit: Visits, site: Path) -> None:
    root = figure(visit(), "position-table")
    address = root.locator("[data-places] img").get_attribute("src") or ""
    with Image.open(io.BytesIO((site / address).read_bytes())) as picture:
        field = np.asarray(picture.convert("RGBA"))
    side = len(field) // SIDE
    for cell in ((0, 0), (7, 3), (15, 15)):
        share = np.clip((likenesses(site, cell) - lowest(site)) / (1 - lowest(site)), 0, 1)
        expected = [lut(site)[int(shade)] for shade in np.maximum(np.floor(255 * share + 0.5), 1)]
        tile = field[cell[0] * side : (cell[0] + 1) * side, cell[1] * side : (cell[1] + 1) * side]
        seen = tile[..., 3] > 0  # the gaps between the maps are transparent
        tile = tile[np.ix_(seen.any(axis=1), seen.any(axis=0))]
        step = len(tile) // SIDE
        found = [bytes(pixel[:3]).hex() for pixel in tile[step // 2 :: step, step // 2 :: step].reshape(-1, 4)]
        assert found == expected, cell


@MEANS
def test_every_filter_can_be_seen_large(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "patch-filters")
    come_near(root)
    explained = model_document(site)["filters"]["explained"]
    assert len(explained) == 28
    for number in (1, 2, 9, 28):
        hands.choose(root, "patch-filters", str(number))
        expect(text(root, "number")).to_have_text(str(number))
        expect(text(root, "share")).to_have_text(f"{fixed(100 * explained[number - 1], 1)}%")
        expect(text(root, "together")).to_have_text(f"{fixed(100 * sum(explained[:number]), 1)}%")
        address = root.locator("[data-large]").get_attribute("src") or ""
        assert address.partition("?")[0].endswith(f"data/models/dinov2_vits14_filter_{number:02d}.png")
        assert root.locator("[data-large]").evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 14
        expect(root.locator("[data-chosen]")).to_have_attribute("data-bar", str(number))


def expect_off(page: Page, view: RealView) -> None:
    """Both runs' maps, what moved between them, and how far patches look; `view.layer` is the one that is shown."""
    root = figure(page, "positions-off")
    come_near(root)
    plain = RealView(view.site, view.photo, view.cell, view.layer, view.head, view.asker, prefix="no_positions_")
    runs = {"with": view, "without": plain}
    maximum = MAXIMUM if view.scale == "absolute" else max(run.patches.max() for run in runs.values())
    for name, run in runs.items():
        part = root.locator(f'[data-run="{name}"]')
        expect(part.locator("[data-weight-cell]")).to_have_text([fixed(weight, 3) for weight in run.patches])
        assert map_colours(part) == colours(view.site, run.patches, maximum), name
        expect(text(part, "effective")).to_have_text(fixed(effective_number(run.map), 1))
        most = run.order[0]
        expect(part.locator("dt").last).to_have_text(f"heaviest patch: {place(most, SIDE)}")
        expect(text(part, "most")).to_have_text(fixed(run.patches[most], 3))
    expect(root.locator(".legend [data-maximum]")).to_have_text(
        "0.2+" if view.scale == "absolute" else fixed(maximum, 3)
    )
    off = document(view.site, view.photo)["positions_off"]
    moved = np.abs(view.map - plain.map).sum() / 2
    every = off["total_variation"][view.layer]
    asks = "CLS" if view.asker == "cls" else place(view.patch, SIDE)
    heads = "mean of 6 heads" if view.head == "mean" else f"head {int(view.head) + 1}"
    says = root.locator(".off-says")
    expect(says).to_contain_text(f"({asks} asks, layer {view.layer + 1}, {heads})", use_inner_text=True)
    expect(text(says, "moved")).to_have_text(f"{fixed(100 * moved, 0)}%")
    mean = np.mean(every) if view.head == "mean" else every[int(view.head)]
    expect(text(says, "moved-mean")).to_have_text(f"{fixed(100 * mean, 0)}%")
    for name in ("cls", "patch"):
        expect(text(root, f"{name}-cosine")).to_have_text(fixed(off[f"{name}_cosine"], 3))
    sources = {"with": document(view.site, view.photo)["measures"], "without": off}
    height, farthest = (float(root.get_attribute(f"data-{name}") or "") for name in ("plot-height", "farthest"))
    for name, source in sources.items():
        table = np.array(source["mean_distance"])
        distances = table.mean(axis=1) if view.head == "mean" else table[:, int(view.head)]
        expect(root.locator(f'[data-distance="{name}"]')).to_have_text([fixed(value, 0) for value in distances])
        drawn = root.locator(f'[data-dot="{name}"]').evaluate_all(
            "(all) => all.map((dot) => Number(dot.getAttribute('cy')))"
        )
        np.testing.assert_allclose(drawn, height * (1 - distances / farthest), atol=0.006)
    expect(root.locator("input[data-layer]:checked")).to_have_value(str(view.layer))


@MEANS
def test_both_runs_say_the_published_numbers(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "positions-off")
    come_near(root)
    for summary in root.locator(".weight-table summary").all():
        hands.press(summary)
    # Layer 11 is the page's; of the kept ones 12 is the nearest.
    expect_off(page, RealView(site, layer=11))
    disabled = root.locator("input[data-layer]:disabled")
    expect(disabled).to_have_count(LAYERS - len(KEPT))
    for layer in KEPT:
        hands.choose(root, "positions-off-layer", str(layer))
        expect_off(page, RealView(site, layer=layer))
    hands.choose(root, "positions-off-layer", "3")
    hands.choose(root, "positions-off-head", "1")
    hands.choose(root, "positions-off-scale", "stretched")
    expect_off(page, RealView(site, layer=3, head="1", scale="stretched"))
    hands.choose(root, "positions-off-asker", "cls")
    expect(disabled).to_have_count(0)
    expect_off(page, RealView(site, layer=3, head="1", asker="cls", scale="stretched"))
    hands.choose(root, "positions-off-layer", "5")
    hands.choose(root, "positions-off-scale", "absolute")
    expect_off(page, RealView(site, layer=5, head="1", asker="cls"))
    # A patch that is chosen asks, in CLS's place, at the kept layer nearest to CLS's.
    hands.pick(root.locator('[data-run="without"] [data-cells]'), (10, 3), SIDE, SIDE)
    expect_off(page, RealView(site, cell=(10, 3), layer=3, head="1"))
    expect(root.locator("[data-spoken]")).to_contain_text("(row 11, column 4 asks, layer 4, head 2)")
    hands.pick(root.locator('[data-run="with"] [data-cells]'), (1, 14), SIDE, SIDE)
    hands.choose(root, "positions-off-head", "mean")
    hands.choose(page.locator("[data-bar]"), "bar-photo", "astronaut")
    expect_off(page, RealView(site, "astronaut", cell=(1, 14), layer=3))
