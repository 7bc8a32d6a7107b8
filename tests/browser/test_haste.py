"""A reader who does not wait: whatever is asked for while something else runs comes, and the last of it stays."""

from pathlib import Path

import numpy as np
import pytest
from driving import SIDE, choose, choose_photo, click_cell, come_near, figure, text
from native import edited, expect_moved, real
from native import photo as published_photo
from own import (
    CLOSE,
    Native,
    card,
    choose_file,
    dialog,
    drop,
    expect_done,
    expect_shown,
    given,
    own,
    photo,
    shown_pixels,
    use_square,
    weights_in,
)
from playwright.sync_api import expect
from runs import expect_held, hold, let_go, watching
from visits import PATIENCE, Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


@ONCE
def test_a_photo_comes_although_squares_are_being_hidden(visit: Visits) -> None:
    page = watching(visit, "lab.html")
    hold(page)
    choose_file(page, given(photo()))
    use = dialog(page).get_by_role("button", name="Use this square")
    expect(use).to_be_visible()
    # The model has begun its first run, to be warm, when both ask for it: the figure behind the dialog, and the photo.
    expect_held(page)
    page.evaluate("() => document.querySelector('#figure-occlusion [data-begin]').click()")
    use.click()
    expect(dialog(page)).to_contain_text("Computing")
    page.wait_for_timeout(500)
    let_go(page)
    expect_done(page)
    expect_shown(page, "attention", "own-1")


@ONCE
def test_a_second_run_does_not_call_off_what_if(visit: Visits, site: Path) -> None:
    """DINOv2 is asked by two figures at once; each gets its answer, and no run is made twice."""
    page = watching(visit, "lab.html")
    own(page)
    pixels = shown_pixels(page)
    card(page).get_by_role("button", name="Run DINOv2").click()
    expect_shown(page, "head-map", "own-1")
    root = figure(page, "what-if")
    come_near(root)
    choose(root, "what-if-model", "dinov2_vits14")
    root.locator("[data-begin]").click()
    expect(root.locator('[data-case="none"]')).to_be_visible()
    page.evaluate("() => runs.splice(0)")
    come_near(figure(page, "positions-off"))
    figure(page, "positions-off").get_by_role("button", name="Run DINOv2").click()
    click_cell(root.locator("[data-editor] [data-cells]"), (3, 3))
    expect(text(root, "changed-squares")).to_have_text("1")
    expect_shown(page, "positions-off", "own-1")
    chosen = [SIDE * 3 + 3]
    before, after = real(site, pixels), real(site, edited(pixels, chosen, SIDE, "blank"))
    asking = 1 + 16 * 5 + 5
    expect_moved(root, before, after, asking)
    asked = page.evaluate("() => runs.filter(([model]) => model === 'dinov2_vits14').map(([, positions]) => positions)")
    assert sorted(asked) == [False, True]


@ONCE
def test_the_real_vit_follows_photos_that_come_faster_than_it(visit: Visits, site: Path) -> None:
    page = visit()
    own(page)
    card(page).get_by_role("button", name="Run DINOv2").click()
    # It is still on its way, then running, when others come.
    for hue in (1, 2, 3):
        drop(page, given(photo(hue=hue)))
        use_square(page)
    expect_shown(page, "head-map", "own-4")
    maps, _ = Native(site, shown_pixels(page, "own-4")).real
    asking = 1 + 16 * 5 + 5
    assert np.abs(weights_in(figure(page, "head-map")) - maps[10].mean(axis=0)[asking, 1:]).max() < CLOSE
    expect(card(page).locator(".offer")).to_be_hidden()


@ONCE
def test_what_if_stays_with_the_last_of_many_photos(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "what-if")
    come_near(root)
    choose(root, "what-if-model", "dinov2_vits14")
    root.locator("[data-begin]").click()
    expect(root.locator('[data-case="none"]')).to_be_visible(timeout=3 * PATIENCE)
    click_cell(root.locator("[data-editor] [data-cells]"), (2, 2))
    for name in ("coffee", "rocket", "china", "flower", "coffee", "rocket"):
        choose_photo(page, name)
    expect(root).to_have_attribute("data-shows", "rocket", timeout=3 * PATIENCE)
    expect(text(root, "changed-squares")).to_have_text("1")
    pixels, asking = published_photo(site, "rocket"), 1 + 16 * 5 + 5
    before, after = real(site, pixels), real(site, edited(pixels, [SIDE * 2 + 2], SIDE, "blank"))
    expect_moved(root, before, after, asking)
    expect(root.locator(".figure-error")).to_be_hidden()
