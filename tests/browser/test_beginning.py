"""Figures below the first screen come to life with the first sign of a reader, or where one is near, and not before."""

import re
from collections.abc import Callable

import pytest
from driving import come_near, figure, text
from playwright.sync_api import Page, expect
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
SCRIPT = re.compile(r"/assets/figures\.\w+\.js$")


def fetched(visit: Visits) -> int:
    return sum(bool(SCRIPT.search(request.url)) for request in visit.requests)


def begin_by_key(page: Page) -> None:
    page.keyboard.press("Tab")


def begin_by_wheel(page: Page) -> None:
    page.mouse.wheel(0, 100)


def begin_by_touch(page: Page) -> None:
    page.touchscreen.tap(5, 200)


@pytest.mark.parametrize("begin", [begin_by_key, begin_by_wheel, begin_by_touch])
def test_the_first_sign_of_a_reader_brings_all_figures_once(visit: Visits, begin: Callable[[Page], None]) -> None:
    page = visit(wait=False, has_touch=True, viewport={"width": 1280, "height": 800})
    expect(figure(page, "photo-picker")).to_have_attribute("data-mounted", "")
    page.wait_for_load_state("networkidle")
    assert fetched(visit) == 0
    assert page.locator("[data-mounted]").count() == 1
    begin(page)
    expect(page.locator("[data-figure]:not([data-mounted])")).to_have_count(0)
    assert fetched(visit) == 1


def test_a_link_to_a_far_figure_finds_it_alive(visit: Visits) -> None:
    page = visit("index.html#attention?temperature=2", wait=False)
    root = figure(page, "attention")
    expect(root).to_have_attribute("data-mounted", "")
    expect(text(root, "temperature")).to_have_text("2.00")


@ONCE
def test_a_figure_whose_script_does_not_come_says_so_and_tries_again(visit: Visits) -> None:
    page = visit.blank()
    page.route(SCRIPT, lambda route: route.abort())
    page.goto(visit.address + "lab.html")
    root = figure(page, "attention")
    come_near(root)
    error = root.locator(".figure-error")
    expect(error).to_have_text(re.compile(r"^assets/figures\.\w+\.js could not be read: check the connection"))
    expect(root.locator("img.heatmap-map")).to_be_visible()
    page.unroute(SCRIPT)
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.locator("footer").scroll_into_view_if_needed()
    come_near(root)
    expect(root).to_have_attribute("data-mounted", "")
    expect(error).to_be_hidden()
    assert visit.trouble and all("figures" in trouble or "ERR_FAILED" in trouble for trouble in visit.trouble)
    visit.trouble.clear()
