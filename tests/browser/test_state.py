"""One state for the whole page: every figure follows it, the address holds it, and a link brings it back."""

import re
from pathlib import Path

import pytest
from driving import (
    View,
    choose,
    choose_photo,
    click_cell,
    come_near,
    expect_attention,
    expect_weights,
    figure,
    set_temperature,
    text,
)
from playwright.sync_api import Page, expect
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


@pytest.mark.parametrize("path", ["index.html", "lab.html"])
def test_every_figure_comes_to_life(visit: Visits, path: str) -> None:
    page = visit(path, wait=False)
    figures = page.locator("[data-figure]")
    assert figures.count() >= 4
    for root in figures.all():
        root.scroll_into_view_if_needed()
        expect(root).to_have_attribute("data-mounted", "")
    expect(page.locator(".figure-error:visible")).to_have_count(0)
    assert {request.url.partition(":")[0] for request in visit.requests} <= {
        visit.address.partition(":")[0],
        "data",
        "blob",
    }


def test_the_story_has_all_its_figures(visit: Visits) -> None:
    names = visit().locator("[data-figure]").evaluate_all("(all) => all.map((figure) => figure.dataset.figure)")
    assert sorted(names) == [
        "attention", "attention-distance", "attention-matrix", "cls-stand-in", "cost", "encoder-block",
        "head-map", "head-wall", "patch-filters", "patch-grid", "patch-inspector", "photo-picker", "position-map",
        "position-table", "positions-off", "recipe", "rollout", "shuffle", "stand-in-or-real", "token-norms",
        "token-sequence",
    ]  # fmt: skip


def test_a_photo_chosen_anywhere_is_every_figures(visit: Visits, site: Path) -> None:
    page = visit()
    choose(figure(page, "photo-picker"), "photo-picker-photo", "rocket")
    expect_photo(page, site, "rocket")
    choose_photo(page, "coffee")
    expect_photo(page, site, "coffee")


def expect_photo(page: Page, site: Path, photo: str) -> None:
    manifest = page.evaluate("JSON.parse(document.getElementById('manifest').textContent)")
    entry = next(entry for entry in manifest["photos"] if entry["id"] == photo)
    view = View(site, photo)
    expect_attention(page, view)
    expect_weights(figure(page, "attention-matrix"), view.matrix[16])
    expect_weights(figure(page, "cls-stand-in"), view.summary)
    for name in ("attention", "attention-matrix", "cls-stand-in", "photo-picker", "patch-grid"):
        picture = figure(page, name).locator("picture img").first
        expect(picture).to_have_attribute("alt", entry["alt"])
        expect(picture).to_have_attribute("src", entry["display"]["src"])
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert f"/{photo}-" in picture.evaluate("(image) => image.currentSrc")
    expect(text(figure(page, "photo-picker"), "title")).to_have_text(entry["title"])
    expect(text(figure(page, "photo-picker"), "licence")).to_have_attribute("href", entry["licence_url"])
    expect(text(figure(page, "recipe"), "title")).to_have_text(entry["title"])
    address = f"{entry['crop']['path']}?v={entry['crop']['version']}"
    expect(figure(page, "patch-inspector").locator("[data-crop]")).to_have_attribute("src", address)
    tile = figure(page, "token-sequence").locator("[data-tile] img").first
    expect(tile).to_have_attribute("src", address)
    expect(figure(page, "shuffle").locator("[data-pending]")).to_be_visible()
    for name in ("bar-photo", "photo-picker-photo"):
        expect(page.locator(f'input[name="{name}"]:checked')).to_have_value(photo)


@ONCE
def test_the_shuffle_follows_the_photo_once_it_has_been_asked(visit: Visits) -> None:
    page = visit()
    root = figure(page, "shuffle")
    root.locator('[data-act="shuffle"]').click()
    expect(root.locator('[data-computed="page"]')).to_be_visible()
    choose_photo(page, "china")
    expect(root.locator("image").first).to_have_attribute("href", re.compile(r"^assets/photos/china-\d+\.\w+\.webp$"))


@ONCE
def test_a_query_and_a_patch_size_chosen_anywhere_are_every_figures(visit: Visits, site: Path) -> None:
    page = visit()
    choose(figure(page, "position-map"), "position-map-patch-size", "32")
    for name in ("patch-grid", "patch-inspector", "token-sequence", "position-map", "recipe", "cost"):
        expect(figure(page, name).locator(f'input[name="{name}-patch-size"]:checked')).to_have_value("32")
    click_cell(figure(page, "cls-stand-in").locator("[data-cells]"), (5, 1))
    expect_attention(page, View(site, cell=(5, 1)))
    for name in ("patch-grid", "patch-inspector", "position-map", "token-sequence"):
        come_near(figure(page, name))
        expect(text(figure(page, name), "row").first).to_have_text("6")
        expect(text(figure(page, name), "column").first).to_have_text("2")
    figure(page, "attention").scroll_into_view_if_needed()
    expect(page.locator("[data-bar-row]")).to_have_text("6")
    expect(page.locator("[data-bar-column]")).to_have_text("2")


def test_a_link_brings_back_the_view(visit: Visits, site: Path) -> None:
    page = visit("index.html#attention")
    choose_photo(page, "astronaut")
    click_cell(figure(page, "attention").locator("[data-cells]"), (1, 3))
    choose(figure(page, "attention"), "attention-variant", "raw")
    set_temperature(page, 2)
    choose(figure(page, "attention"), "attention-direction", "by")
    choose(figure(page, "attention"), "attention-scale", "stretched")
    choose(figure(page, "patch-grid"), "patch-grid-patch-size", "8")
    page.wait_for_url("**/index.html#attention?*patchSize=8*")
    assert page.evaluate("history.length") <= 2, "a choice is no page to go back to"
    link = page.url.removeprefix(visit.address)

    again = visit(link)
    expect(again.locator("#attention h2")).to_be_in_viewport()
    view = View(site, "astronaut", (1, 3), "raw", 2.0, "by")
    expect_attention(again, view)
    root = figure(again, "attention")
    expect(root.locator('[name="attention-scale"]:checked')).to_have_value("stretched")
    expect(root.locator('[name="attention-direction"]:checked')).to_have_value("by")
    expect(root.locator("[data-maximum]")).to_have_text(f"{view.weights.max():.3f}")
    expect(text(figure(again, "patch-grid"), "tokens").first).to_have_text("784")
    assert again.evaluate("location.href") == page.url


@ONCE
def test_a_chapters_link_leaves_the_state_alone(visit: Visits, site: Path) -> None:
    page = visit()
    choose_photo(page, "flower")
    page.locator('.contents a[href="#cost"]').click()
    expect(page.locator("#cost h2")).to_be_in_viewport()
    expect_attention(page, View(site, "flower"))
    page.wait_for_url("**/index.html#cost?photo=flower")
    page.evaluate("location.hash = '#attention?photo=china'")
    expect(page.locator("#attention h2")).to_be_in_viewport()
    expect_attention(page, View(site, "china"))


@ONCE
@pytest.mark.parametrize(
    "link",
    [
        "#?photo=%3Cimg%20src=x%20onerror=alert(1)%3E&at=999,-1&temperature=1e9&variant=__proto__&patchSize=7",
        "#attention?photo=constructor&at=a,b&scale=&direction=%00&temperature=NaN",
        "#%3Cscript%3Ealert(1)%3C/script%3E?at=80,80,80&constructor=1&__proto__[x]=1",
        "#a%20b?%E0%A4%A&photo=../../etc",
    ],
)
def test_a_hostile_link_shows_the_usual_view(visit: Visits, site: Path, link: str) -> None:
    page = visit(f"index.html{link}")
    expect_attention(page, View(site))
    expect(page.locator('[name="bar-photo"]:checked')).to_have_value("chelsea")
    expect(text(figure(page, "patch-grid"), "tokens").first).to_have_text("196")
    choose_photo(page, "coffee")
    expect_attention(page, View(site, "coffee"))
