"""Squares of the photo are changed and hidden in the browser: the figures say what native ONNX Runtime says."""

import re
from pathlib import Path

import numpy as np
import pytest
from driving import SIDE, Cell, choose, choose_photo, click_cell, come_near, figure, text
from native import Look, edited, expect_moved, moved, photo, real, spearman, stand_in, turned
from playwright.sync_api import Locator, Page, expect
from visits import Visits

from explainer.attention_views import permutation

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""

EYE = SIDE * 2 + 2
"""The patch that the page opens with."""


def begun(page: Page, name: str = "what-if") -> Locator:
    """The figure with its model loaded and run once."""
    root = figure(page, name)
    come_near(root)
    root.locator("[data-begin]").click()
    expect(root.locator("[data-case]:visible").first).to_be_visible()
    return root


def number(root: Locator, name: str) -> float:
    words = text(root, name).first.text_content() or ""
    return float(words.rstrip("°").replace("−", "-"))


def expect_change(root: Locator, before: Look, after: Look, chosen: list[int], token: int, squares: int = SIDE) -> None:
    """Every number of the figure; `token` counts CLS where the model has one."""
    first = len(before.weights) - len(before.patches)
    expect(text(root, "changed-squares")).to_have_text(str(len(chosen)))
    expect(text(root, "all-squares")).to_have_text(str(squares**2))
    expect_moved(root, before, after, first + token)
    one, other = before.weights[first + token], after.weights[first + token]
    assert number(root, "summary-moved") == pytest.approx(
        moved(before.summary_weights, after.summary_weights), abs=0.002
    )
    angles = turned(before.patches, after.patches)
    assert number(root, "turned") == pytest.approx(angles[token], abs=0.15)
    assert number(root, "summary-turned") == pytest.approx(turned(before.summary, after.summary), abs=0.15)
    if squares**2 == len(before.patches):
        left = np.setdiff1d(np.arange(squares**2), chosen)
        assert number(root, "others-turned") == pytest.approx(angles[left].mean(), abs=0.15)
        assert number(root, "held-before") == pytest.approx(one[first:][chosen].sum(), abs=0.002)
        assert number(root, "held-after") == pytest.approx(other[first:][chosen].sum(), abs=0.002)


def cells(root: Locator) -> Locator:
    return root.locator("[data-editor] [data-cells]")


def stroke(page: Page, root: Locator, start: Cell, end: Cell, squares: int = SIDE) -> None:
    """Draws over squares with the mouse."""
    box = cells(root).bounding_box()
    assert box
    (x, y), (to_x, to_y) = (
        (box["x"] + (col + 0.5) * box["width"] / squares, box["y"] + (row + 0.5) * box["height"] / squares)
        for row, col in (start, end)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=8)
    page.mouse.up()


@ONCE
def test_the_photo_to_change_is_the_pages_before_anything_has_run(visit: Visits) -> None:
    page = visit("lab.html")
    picture = figure(page, "what-if").locator("picture img")
    expect(picture).to_have_attribute("src", re.compile("chelsea"))
    choose_photo(page, "rocket")
    expect(picture).to_have_attribute("src", re.compile("rocket"))
    expect(picture).to_have_attribute("alt", re.compile("rocket"))


def test_blanked_squares_change_what_the_model_says(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "what-if")
    come_near(root)
    expect(root.locator("[data-gate]")).to_be_visible()
    expect(root.locator("[data-result]")).to_be_hidden()
    begun(page)
    expect(root.locator('[data-case="none"]')).to_be_visible()
    stroke(page, root, (2, 5), (3, 5))
    expect(root.locator('[data-case="changed"]')).to_be_visible()
    pixels = photo(site, "chelsea")
    before, chosen = stand_in(site, pixels), [SIDE * 2 + 5, SIDE * 3 + 5]
    expect(text(root, "chosen")).to_have_text("2")
    expect_change(root, before, stand_in(site, edited(pixels, chosen, SIDE, "blank")), chosen, EYE)

    # Another patch asks, and another photo is asked; a stroke that begins on a chosen square takes it away.
    click_cell(root.locator('[data-map="after"] [data-cells]'), (5, 1))
    expect(text(root, "row").first).to_have_text("6")
    expect_change(root, before, stand_in(site, edited(pixels, chosen, SIDE, "blank")), chosen, SIDE * 5 + 1)
    stroke(page, root, (2, 5), (2, 5))
    choose_photo(page, "rocket")
    expect(root).to_have_attribute("data-shows", "rocket")
    expect(text(root, "changed-squares")).to_have_text("1")
    pixels = photo(site, "rocket")
    after = stand_in(site, edited(pixels, chosen[1:], SIDE, "blank"))
    expect_change(root, stand_in(site, pixels), after, chosen[1:], SIDE * 5 + 1)


@ONCE
def test_by_keyboard_grey_shuffled_inverted_and_cleared(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "what-if")
    come_near(root)
    root.locator("[data-begin]").focus()
    page.keyboard.press("Enter")
    expect(root.locator('[data-case="none"]')).to_be_visible()
    pixels = photo(site, "chelsea")
    before = stand_in(site, pixels)
    cell = root.locator('[data-editor] [role="gridcell"]')
    expect(cell).to_be_focused()
    for key in ("Control+Home", "Enter"):
        page.keyboard.press(key)
    expect(cell).to_have_attribute("aria-label", "row 1, column 1, changed")
    expect(cell).to_have_attribute("aria-selected", "true")
    expect(root.locator("[data-spoken]")).to_have_text("1 of 49 squares blanked")
    choose(root, "what-if-how", "shuffle")
    expect(root.locator('[data-case="one"]')).to_be_visible()
    cell.focus()
    for key in ("ArrowRight", " ", "Control+End", "Enter", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    chosen = [0, 1, 34, 48]
    expect(text(root, "changed-squares")).to_have_text("4")
    order = [int(slot) for slot in permutation(1, 4)]
    expect_change(root, before, stand_in(site, edited(pixels, chosen, SIDE, "shuffle", order)), chosen, EYE)

    choose(root, "what-if-how", "grey")
    expect(text(root, "done")).to_have_text("turned grey")
    expect_change(root, before, stand_in(site, edited(pixels, chosen, SIDE, "grey")), chosen, EYE)
    root.locator('[data-act="invert"]').click()
    expect(text(root, "changed-squares")).to_have_text("45")
    others = [square for square in range(SIDE**2) if square not in chosen]
    expect_change(root, before, stand_in(site, edited(pixels, others, SIDE, "grey")), others, EYE)
    root.locator('[data-act="clear"]').click()
    expect(root.locator('[data-case="none"]')).to_be_visible()
    expect(root.locator("[data-result]")).to_be_hidden()


def test_the_real_model_loses_the_other_eye(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "what-if")
    come_near(root)
    choose(root, "what-if-squares", "16")
    choose(root, "what-if-model", "dinov2_vits14")
    expect(root.locator("[data-begin]")).to_contain_text("DINOv2")
    begun(page)
    eye = [(6, 12), (6, 13), (7, 12), (7, 13)]
    for cell in eye:
        click_cell(cells(root), cell, 16, 16)
    expect(text(root, "changed-squares")).to_have_text("4")
    chosen = [16 * row + col for row, col in eye]
    pixels = photo(site, "chelsea")
    after = real(site, edited(pixels, chosen, 16, "blank"))
    expect_change(root, real(site, pixels), after, chosen, 16 * 5 + 5, 16)
    assert number(root, "held-before") > 5 * number(root, "held-after")


@ONCE
def test_by_finger_on_a_phone(visit: Visits) -> None:
    page = visit("lab.html", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    root = figure(page, "what-if")
    come_near(root)
    root.locator("[data-begin]").tap()
    expect(root.locator('[data-case="none"]')).to_be_visible()
    box = cells(root).bounding_box()
    assert box
    cells(root).tap(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    expect(text(root, "changed-squares")).to_have_text("1")
    expect(text(root, "chosen")).to_have_text("1")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@ONCE
def test_a_model_that_cannot_be_loaded_is_told_and_can_be_tried_again(visit: Visits) -> None:
    page = visit("lab.html")
    page.route(re.compile("/models/mobilenet_v2"), lambda route: route.abort())
    root = figure(page, "what-if")
    come_near(root)
    root.locator("[data-begin]").click()
    says = root.locator("[data-gate-says]")
    expect(says).to_contain_text("mobilenet_v2")
    expect(root.locator("[data-result]")).to_be_hidden()
    page.unroute(re.compile("/models/mobilenet_v2"))
    begun(page)
    visit.trouble.clear()


def test_occlusion_beside_attention(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "occlusion")
    come_near(root)
    root.locator("[data-begin]").click()
    expect(root.locator('[data-case="always"]')).to_be_visible(timeout=60_000)
    pixels = photo(site, "chelsea")
    whole = stand_in(site, pixels)
    hidden = [stand_in(site, edited(pixels, [square], SIDE, "blank")) for square in range(SIDE**2)]
    degrees = np.array([turned(whole.patches, look.patches) for look in hidden])

    for token in (EYE, SIDE * 6 + 3):
        row, col = divmod(token, SIDE)
        click_cell(root.locator('[data-map="attention"] [data-cells]'), (row, col))
        expect(text(root, "who").first).to_have_text(f"row {row + 1}, column {col + 1}")
        others = np.delete(np.arange(SIDE**2), token)
        weights, lost = whole.weights[token][others], degrees[:, token][others]
        correlation = spearman(weights, lost)
        assert number(root, "correlation") == pytest.approx(correlation, abs=0.011)
        told = "agree" if correlation >= 0.7 else "partly" if correlation >= 0.3 else "disagree"
        expect(root.locator(f'[data-case="{told}"]')).to_be_visible()
        expect(root.locator("[data-case]:visible")).to_have_count(2)
        loud, strong = others[weights.argmax()], others[lost.argmax()]
        assert (number(root, "favourite-row"), number(root, "favourite-column")) == (loud // 7 + 1, loud % 7 + 1)
        assert number(root, "favourite-degrees") == pytest.approx(degrees[loud, token], abs=0.15)
        assert (number(root, "strongest-row"), number(root, "strongest-column")) == (strong // 7 + 1, strong % 7 + 1)
        assert number(root, "strongest-weight") == pytest.approx(whole.weights[token][strong], abs=0.001)

    choose(root, "occlusion-turning", "cls")
    expect(text(root, "who").first).to_have_text("CLS")
    lost = np.array([turned(whole.summary, look.summary) for look in hidden])
    assert number(root, "correlation") == pytest.approx(spearman(whole.summary_weights, lost), abs=0.011)
    cell = root.locator('[data-map="occlusion"] [role="gridcell"]')
    cell.focus()
    page.keyboard.press("Control+Home")
    spoken = re.fullmatch(r"row 1, column 1: ([\d.]+)°", cell.get_attribute("aria-label") or "")
    assert spoken and float(spoken[1]) == pytest.approx(lost[0], abs=0.15)


@ONCE
def test_occlusion_can_be_called_off_and_begun_again(visit: Visits) -> None:
    page = visit("lab.html")
    root = figure(page, "occlusion")
    come_near(root)
    root.locator("[data-begin]").click()
    stop = root.locator("[data-stop]")
    expect(text(root, "progress")).to_contain_text("of 49 squares")
    stop.click()
    expect(text(root, "progress")).to_contain_text("Called off")
    expect(root.locator('[data-case="always"]')).to_be_hidden()
    again = root.locator("[data-again]")
    expect(again).to_contain_text("49 runs")
    again.click()
    choose_photo(page, "coffee")
    expect(again).to_be_visible()
    expect(root.locator("[data-map]").first).to_be_hidden()


@ONCE
def test_without_scripts_a_sentence_stands_for_them(visit: Visits) -> None:
    page = visit("lab.html", java_script_enabled=False)
    for name in ("what-if", "occlusion", "check-us"):
        root = figure(page, name)
        expect(root.locator(".without-script")).to_be_visible()
        expect(root.locator("[data-begin]")).to_be_hidden()
        expect(root.locator("[data-map]:visible, [data-case]:visible")).to_have_count(0)
