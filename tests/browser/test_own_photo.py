"""A photo that nobody has seen becomes the page's seventh: every figure speaks of it, with the numbers of Python."""

import re
from pathlib import Path

import numpy as np
import pytest
from driving import choose, choose_photo, click_cell, come_near, figure, text
from own import (
    CLOSE,
    LIVE,
    PIXELS,
    REAL,
    STAND_IN,
    Native,
    card,
    choose_file,
    dialog,
    expect_shown,
    given,
    own,
    photo,
    shown_pixels,
    use_square,
    weights_in,
)
from playwright.sync_api import Page, expect
from visits import PATIENCE, Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


def modes(page: Page, name: str) -> list[str]:
    """What the figure's badges say of how its numbers came to be."""
    return figure(page, name).locator("[data-mode]").all_inner_texts()


def test_every_figure_speaks_of_it(visit: Visits, site: Path) -> None:
    page = visit()
    address = page.url
    own(page)
    for name in PIXELS:
        expect_shown(page, name, "own-1")
        assert modes(page, name) == ["live: your own photo’s pixels"]
    native = Native(site, shown_pixels(page))

    for name in STAND_IN:
        expect_shown(page, name, "own-1")
        assert modes(page, name) == [LIVE], name
    for variant, published in native.document["attention"].items():
        choose(figure(page, "attention"), "attention-variant", variant)
        weights = np.array(published["weights"])
        expect(text(figure(page, "attention"), "loudest").first).not_to_have_text("")
        assert np.abs(weights_in(figure(page, "attention")) - weights[16]).max() < CLOSE, variant
        summary = np.array(native.document["cls"]["attention"][variant]["weights"])
        come_near(figure(page, "cls-stand-in"))
        assert np.abs(weights_in(figure(page, "cls-stand-in")) - summary).max() < CLOSE, variant
    expect(text(figure(page, "recipe"), "original")).to_have_text("640 × 480")
    expect(text(figure(page, "recipe"), "square")).to_have_text("480 × 480")
    expect(text(figure(page, "recipe"), "title")).to_have_text("Your photo")
    badge = figure(page, "attention").locator("[data-badge]")
    badge.locator("summary").click()
    expect(badge).to_contain_text("models/mobilenet_v2.onnx")
    expect(badge.locator("code").last).to_have_text(re.compile(r"^[0-9a-f]{64}$"))

    # What is about the models, not about a photo, is not marked.
    for name in ("patch-filters", "position-map", "position-table", "encoder-block", "cost"):
        assert not any("live" in mode for mode in modes(page, name)), name
    assert page.url.partition("#")[2] in ("", "?variant=layernorm_position") and "own" not in page.url
    assert address.partition("#")[0] == page.url.partition("#")[0]


def test_the_real_vit_runs_on_request(visit: Visits, site: Path) -> None:
    page = visit()
    own(page)
    for name in (*REAL, "positions-off"):
        come_near(figure(page, name))
        offer = figure(page, name).locator(".offer")
        expect(offer).to_contain_text("Still Chelsea the cat: DINOv2 has not run on your photo")
        expect(offer.get_by_role("button")).to_have_text(re.compile(r"Run DINOv2 on your photo.* \(\d+\.\d MB\)"))
        assert figure(page, name).get_attribute("data-shows") in (None, "chelsea")
        assert LIVE not in modes(page, name)
    figure(page, "head-map").locator(".offer").get_by_role("button").click()
    for name in REAL:
        expect_shown(page, name, "own-1")
        expect(figure(page, name).locator(".offer")).to_have_count(0)
        assert set(modes(page, name)) == {LIVE}

    native = Native(site, shown_pixels(page))
    maps, measured = native.real
    asking = 1 + 16 * 5 + 5
    table = figure(page, "head-map")
    assert np.abs(weights_in(table) - maps[10].mean(axis=0)[asking, 1:]).max() < CLOSE
    choose(figure(page, "head-map"), "head-map-asker", "cls")
    expect(figure(page, "head-map").locator("[data-query-cell]")).to_have_count(0)
    assert np.abs(weights_in(table) - maps[10].mean(axis=0)[0, 1:]).max() < CLOSE
    come_near(figure(page, "attention-distance"))
    cells = figure(page, "attention-distance").locator("[data-cell]").all_text_contents()
    wanted = measured.per_head["mean_distance"].ravel()
    assert np.abs(np.array(cells, dtype=float) - wanted).max() < 0.75
    come_near(figure(page, "rollout"))
    shares = measured.rollout[0][-1][1:] * 257
    assert np.abs(weights_in(figure(page, "rollout")) - shares).max() < 0.05

    off = figure(page, "positions-off")
    come_near(off)
    expect(off.locator(".offer")).to_contain_text("without its positions")
    off.locator(".offer").get_by_role("button").click()
    expect_shown(page, "positions-off", "own-1")
    choose(off, "positions-off-asker", "cls")
    plain = off.locator('[data-run="without"]')
    expect(off.locator('.off-kept[data-asking="cls"]')).to_be_visible()
    assert np.abs(weights_in(plain) - native.without_positions[10].mean(axis=0)[0, 1:]).max() < CLOSE


@ONCE
def test_back_to_a_published_photo_and_to_ones_own_again(visit: Visits) -> None:
    page = visit()
    own(page)
    expect_shown(page, "attention", "own-1")
    choose_photo(page, "coffee")
    expect_shown(page, "attention", "coffee")
    assert modes(page, "attention") == ["precomputed"]
    expect(figure(page, "attention").locator("[data-live-fact]")).to_have_count(0)
    expect_shown(page, "head-wall", "coffee")
    expect(figure(page, "head-wall").locator(".offer")).to_have_count(0)
    page.wait_for_function("() => location.hash.includes('photo=coffee')")
    card(page).get_by_role("button", name="Show it").click()
    expect_shown(page, "attention", "own-1")
    assert modes(page, "attention") == [LIVE]
    page.wait_for_function("() => !location.hash.includes('photo')")


@ONCE
def test_another_photo_replaces_it_and_it_can_be_removed(visit: Visits) -> None:
    page = visit("lab.html")
    choose_photo(page, "rocket")
    own(page)
    expect_shown(page, "attention", "own-1")
    before = weights_in(figure(page, "attention"))
    card(page).get_by_role("button", name="Another photo").click()
    dialog(page).locator("input[type=file]").set_input_files(given(photo(hue=2)))
    use_square(page)
    expect_shown(page, "attention", "own-2")
    assert np.abs(weights_in(figure(page, "attention")) - before).max() > CLOSE
    expect(page.locator("[name=bar-photo]")).to_have_count(7)
    expect(page.locator("[name=bar-photo]:checked")).to_have_value("own-2")
    card(page).get_by_role("button", name="Remove it").click()
    expect(card(page).locator("[data-own-open]")).to_be_focused()
    expect_shown(page, "attention", "rocket")
    expect(page.locator("[name=bar-photo]")).to_have_count(6)
    assert modes(page, "attention") == ["precomputed"]


@ONCE
def test_reloading_forgets_it(visit: Visits) -> None:
    page = visit()
    own(page)
    click_cell(figure(page, "attention").locator("[data-cells]"), (4, 4))
    page.wait_for_function("() => location.hash.includes('at=')")
    assert "own" not in page.url
    page.wait_for_load_state("networkidle")
    page.reload()
    expect_shown(page, "attention", "chelsea")
    expect(page.locator("[name=bar-photo]")).to_have_count(6)
    kept = "async () => (await indexedDB.databases()).length + localStorage.length + sessionStorage.length"
    assert page.evaluate(kept) == 0
    # Nor can an address ask for one.
    page.goto(page.url.partition("#")[0] + "#?photo=own-1")
    expect_shown(page, "attention", "chelsea")


@ONCE
def test_the_same_photo_cut_anew(visit: Visits) -> None:
    page = visit()
    choose_file(page, given(photo()))
    dialog(page).locator(".crop-stage").focus()
    page.keyboard.press("r")
    page.keyboard.press("+")
    place = dialog(page).locator(".crop-place").inner_text()
    use_square(page)
    card(page).get_by_role("button", name="Change the square").click()
    expect(dialog(page).locator(".crop-place")).to_have_text(place)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect_shown(page, "attention", "own-1")


@ONCE
def test_what_left_this_machine_is_counted(visit: Visits) -> None:
    page = visit("lab.html")
    page.wait_for_load_state("networkidle")
    own(page)
    panel = card(page).locator(".left-machine")
    panel.locator("summary").first.click()
    models, *others = panel.locator("tbody tr").all()
    for line in others:
        expect(line.locator("td").first).to_have_text("0")
    card(page).get_by_role("button", name="Run DINOv2").click()
    expect(card(page).locator(".offer")).to_be_hidden(timeout=3 * PATIENCE)
    models.get_by_text("which").click()
    expect(models).to_contain_text("models/dinov2_vits14.onnx")
    expect(models.locator("td").last).to_have_text(re.compile(r"\d\.\d MB"))
    for line in others:
        expect(line.locator("td").first).to_have_text("0")
    page.evaluate("() => fetch('https://example.org/x').catch(() => {})")
    expect(others[-1].locator("td").first).to_have_text("1")
    visit.trouble.clear()
