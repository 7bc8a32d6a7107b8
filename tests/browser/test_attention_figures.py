"""The figures of the stand-in's attention say the published numbers, whatever is chosen and by whatever means."""

import re
from pathlib import Path

import numpy as np
import pytest
from driving import (
    SIDE,
    USUAL_TEMPERATURE,
    Cell,
    Numbers,
    View,
    choose,
    choose_photo,
    click_cell,
    come_near,
    effective,
    expect_attention,
    expect_weights,
    figure,
    map_colours,
    place,
    printed,
    set_temperature,
    text,
    weights_of,
)
from playwright.sync_api import Locator, expect
from published_files import open_pack
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


@pytest.mark.parametrize(("photo", "cells"), [("chelsea", [(0, 0), (2, 5)]), ("rocket", [(6, 6)]), ("china", [(3, 1)])])
def test_attention_says_the_published_numbers(visit: Visits, site: Path, photo: str, cells: list[Cell]) -> None:
    page = visit()
    root = figure(page, "attention")
    expect_attention(page, View(site))
    choose_photo(page, photo)
    for cell in cells:
        click_cell(root.locator("[data-cells]"), cell)
        for variant, usual in USUAL_TEMPERATURE.items():
            choose(root, "attention-variant", variant)
            expect_attention(page, View(site, photo, cell, variant, usual))
    last = View(site, photo, cells[-1], "layernorm_position", 2.0)
    set_temperature(page, 2)
    expect_attention(page, last)
    choose(root, "attention-direction", "by")
    expect_attention(page, View(site, photo, last.cell, last.variant, 2.0, "by"))


@ONCE
def test_scores_bring_their_temperature_until_the_reader_sets_one(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "attention")
    reset = root.locator("[data-reset]")
    expect(reset).to_be_disabled()
    set_temperature(page, 8)
    expect(reset).to_be_enabled()
    choose(root, "attention-variant", "raw")
    expect_attention(page, View(site, variant="raw", temperature=8.0))
    reset.click()
    expect_attention(page, View(site, variant="raw", temperature=1.0))
    choose(root, "attention-variant", "layernorm")
    expect_attention(page, View(site, temperature=4.0))


@ONCE
def test_the_colour_scale_is_absolute_or_stretched_to_the_map(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "attention")
    view = View(site)
    expect_attention(page, view)
    end = root.locator("[data-maximum]")
    expect(end).to_have_text("0.5+")
    drawn = [map_colours(root)]
    choose(root, "attention-scale", "stretched")
    expect(end).to_have_text(printed(view.weights.max()))
    drawn.append(map_colours(root))
    lut = page.evaluate("JSON.parse(document.getElementById('manifest').textContent).colormap")
    for colours, maximum in zip(drawn, (0.5, view.weights.max()), strict=True):
        shades = np.floor(255 * np.sqrt(np.clip(view.weights / maximum, 0, 1)) + 0.5).astype(int)
        assert colours == [lut[6 * shade : 6 * shade + 6] for shade in shades]


def test_the_keyboard_reads_and_asks(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "attention")
    cell = root.locator('[role="gridcell"]')
    view = View(site)
    expect_attention(page, view)
    cell.focus()
    moves: list[tuple[str, Cell]] = [
        ("ArrowRight", (2, 3)), ("ArrowDown", (3, 3)), ("ArrowLeft", (3, 2)), ("ArrowUp", (2, 2)), ("Home", (2, 0)),
        ("ArrowLeft", (2, 0)), ("End", (2, 6)), ("ArrowRight", (2, 6)), ("Control+Home", (0, 0)), ("ArrowUp", (0, 0)),
        ("Control+End", (6, 6)), ("ArrowDown", (6, 6)),
    ]  # fmt: skip
    for key, (row, col) in moves:
        page.keyboard.press(key)
        token = SIDE * row + col
        said = f"{place(token)}, weight {printed(view.weights[token])}"
        expect(cell).to_have_attribute("aria-label", said)
        expect(cell).to_have_attribute("aria-colindex", str(col + 1))
        expect(root.locator('[role="row"]')).to_have_attribute("aria-rowindex", str(row + 1))
        expect(root.locator("[data-readout]")).to_have_text(said)
        expect(root.locator("[data-spoken]")).to_have_text(said)
        expect(cell).to_have_attribute("aria-selected", str((row, col) == (2, 2)).lower())
    page.keyboard.press("Enter")
    expect_attention(page, View(site, cell=(6, 6)))
    expect(root.locator("[data-spoken]")).to_contain_text(place(48))
    page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    expect_attention(page, View(site, cell=(5, 6)))
    expect(cell).to_be_focused()


@ONCE
def test_pointing_reads_and_leaves_the_query_alone(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "attention")
    readout = root.locator("[data-readout]")
    cells = root.locator("[data-cells]")
    expect_attention(page, View(site))
    resting = readout.inner_text()
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 4.5 / 7, box["y"] + box["height"] * 1.5 / 7)
    expect(readout).to_have_text(f"row 2, column 5, weight {printed(View(site).weights[11])}")
    page.mouse.move(2, 2)
    expect(readout).to_have_text(resting)
    expect_attention(page, View(site))


@ONCE
def test_a_tap_asks(visit: Visits, site: Path) -> None:
    page = visit(has_touch=True, viewport={"width": 390, "height": 800})
    cells = figure(page, "attention").locator("[data-cells]")
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box
    cells.tap(position={"x": box["width"] * 1.5 / 7, "y": box["height"] * 4.5 / 7})
    expect_attention(page, View(site, cell=(4, 1)))


def test_the_matrix_and_the_map_follow_each_other(visit: Visits, site: Path) -> None:
    page = visit()
    matrix = figure(page, "attention-matrix")
    band = matrix.locator("[data-band]").first
    for variant in ("layernorm", "raw"):
        choose(figure(page, "attention"), "attention-variant", variant)
        for asking in (0, 24, 40):
            click_cell(figure(page, "attention").locator("[data-cells]"), divmod(asking, SIDE))
            view = View(site, cell=divmod(asking, SIDE), variant=variant, temperature=USUAL_TEMPERATURE[variant])
            expect_weights(matrix, view.weights)
            expect(band).to_have_attribute("y", str(asking - 0.25))
            others = [token for token in np.argsort(-view.weights, kind="stable") if token != asking]
            expect_reading(matrix, view.matrix, asking, int(others[0]))
    view = View(site, cell=(4, 4), variant="raw", temperature=1.0)
    click_cell(matrix.locator("[data-cells]"), (32, 7), 49, 49)
    expect_attention(page, view)
    expect_weights(matrix, view.weights)
    matrix.locator('[role="gridcell"]').focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    expect_reading(matrix, view.matrix, 1, 48)
    expect(matrix.locator("[data-spoken]")).to_have_text(
        f"query {place(1)}; key {place(48)}; weight {printed(view.matrix[1, 48])}"
    )
    page.keyboard.press("Enter")
    expect_attention(page, View(site, cell=(0, 1), variant="raw", temperature=1.0))


def expect_reading(matrix: Locator, weights: Numbers, query: int, key: int) -> None:
    come_near(matrix)
    expect(text(matrix, "query-place")).to_have_text(place(query))
    expect(text(matrix, "key-place")).to_have_text(place(key))
    expect(text(matrix, "weight")).to_have_text(printed(weights[query, key]))


@ONCE
def test_the_matrix_paints_every_weight(visit: Visits, site: Path) -> None:
    page = visit()
    expect_weights(figure(page, "attention-matrix"), View(site).weights)
    lut = page.evaluate("JSON.parse(document.getElementById('manifest').textContent).colormap")
    shades = np.floor(255 * np.sqrt(np.clip(View(site).matrix.ravel() / 0.5, 0, 1)) + 0.5).astype(int)
    expected = [lut[6 * shade : 6 * shade + 6] for shade in shades]
    assert map_colours(figure(page, "attention-matrix")) == expected


def test_the_summary_says_the_published_numbers(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "cls-stand-in")
    for photo, variant, temperature in (
        ("chelsea", "layernorm", 4.0),
        ("astronaut", "raw", 1.0),
        ("astronaut", "raw", 0.5),
    ):
        choose_photo(page, photo)
        choose(figure(page, "attention"), "attention-variant", variant)
        set_temperature(page, temperature)
        view = View(site, photo, variant=variant, temperature=temperature)
        expect_weights(root, view.summary)
        expect(text(root, "effective")).to_have_text(effective(view.summary))
        expect(text(root, "loudest")).to_have_text(printed(view.summary.max()))
        loudest = int(view.summary.argmax())
        expect(text(root, "loudest-row")).to_have_text(str(loudest // SIDE + 1))
        expect(text(root, "loudest-column")).to_have_text(str(loudest % SIDE + 1))
        expect(root.locator("[data-readout]")).to_have_text(f"{place(16)}, weight {printed(view.summary[16])}")


def test_the_shuffle_prints_the_true_difference(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "shuffle")
    choose_photo(page, "coffee")
    expect(root.locator("[data-pending]")).to_be_visible()
    for act in ("shuffle", "shuffle", "swap"):
        before = order_shown(root)
        root.locator(f'[data-act="{act}"]').click()
        expect(root.locator('[data-computed="page"]')).to_be_visible()
        order = order_shown(root)
        assert sorted(order) == list(range(49)) and order != before
        assert act != "swap" or sum(a != b for a, b in zip(order, before, strict=True)) == 2
        expect_comparison(root, site, "coffee", order)
    root.locator('[data-act="reset"]').click()
    expect(root.locator('[data-order="still"]')).to_be_visible()
    assert order_shown(root) == list(range(49))


def test_the_shuffle_of_the_build_is_true_too(visit: Visits, site: Path) -> None:
    page = visit(java_script_enabled=False)
    root = figure(page, "shuffle")
    order = [-1] * 49
    for token, tile in enumerate(root.locator("[data-tile]").all()):
        across, down = re.findall(r"\d+", tile.get_attribute("transform") or "")
        order[SIDE * (int(down) // 32) + int(across) // 32] = token
    expect_comparison(root, site, "chelsea", order)


def order_shown(root: Locator) -> list[int]:
    """order[slot] is the token whose tile stands there, from where the tiles are."""
    moved: list[str] = root.locator("[data-tile]").evaluate_all(
        "(tiles) => tiles.map((tile) => tile.style.transform || tile.getAttribute('transform'))"
    )
    order = [-1] * 49
    for token, transform in enumerate(moved):
        across, down = re.findall(r"\d+", transform)
        order[SIDE * (int(down) // 32) + int(across) // 32] = token
    return order


def expect_comparison(root: Locator, site: Path, photo: str, order: list[int]) -> None:
    """Attention of the shuffled tokens against the shuffled attention, by NumPy from the features pack."""
    features = open_pack((site / f"data/photos/{photo}/mobilenet_v2_features.bin").read_bytes())[1].astype(np.float64)
    largest = text(root, "layernorm-largest")
    expect(largest).to_have_text(re.compile(r"^(0|\d\.\d × 10⁻¹[³⁴⁵⁶⁷⁸⁹])$"))
    expect(text(root, "layernorm-changed")).to_have_text("0")
    placed = [attention(features[list(rows)]) for rows in (range(49), order)]
    expected = placed[0][np.ix_(order, order)]
    difference = np.abs(placed[1] - expected)
    favourites = [np.argmax(np.where(np.eye(49) > 0, -1, weights), axis=1) for weights in (placed[1], expected)]
    expect(text(root, "layernorm_position-largest")).to_have_text(printed(difference.max()))
    expect(text(root, "layernorm_position-changed")).to_have_text(str(int(np.sum(favourites[0] != favourites[1]))))


def attention(features: Numbers) -> Numbers:
    """(49, 1280), in the order of their slots -> (49, 49): LayerNorm, the slots' positions added, T = 4."""
    centred = features - features.mean(axis=1, keepdims=True)
    rows, cols = np.divmod(np.arange(49), SIDE)
    angles = [place[:, None] * 10000.0 ** (-np.arange(320) / 320) for place in (cols, rows)]
    codes = np.concatenate([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
    tokens = centred / np.sqrt(features.var(axis=1, keepdims=True) + 1e-6) + codes
    return weights_of(tokens @ tokens.T / np.sqrt(1280), 4.0)


@ONCE
def test_tokens_of_the_shuffled_map_ask_too(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "shuffle")
    root.locator('[data-act="shuffle"]').click()
    expect(root.locator('[data-computed="page"]')).to_be_visible()
    order = order_shown(root)
    click_cell(root.locator('[data-map="shuffled"] [data-cells]'), (0, 0))
    expect_attention(page, View(site, cell=divmod(order[0], SIDE)))
    expect(text(root, "after-row")).to_have_text("1")
    expect(text(root, "before-row")).to_have_text(str(order[0] // SIDE + 1))
