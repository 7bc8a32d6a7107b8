"""What a reader is told when a model does not come, is not the published one, or is stopped: and that it then works."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from driving import SIDE, choose, click_cell, come_near, figure, text
from engine_pages import DINO, MOBILENET, Server, serving, spoil
from native import edited, expect_moved, stand_in
from native import photo as published_photo
from own import (
    CLOSE,
    Native,
    card,
    choose_file,
    dialog,
    expect_shown,
    given,
    photo,
    shown_pixels,
    use_square,
    weights_in,
)
from playwright.sync_api import Browser, Locator, Page, expect
from runs import expect_held, hold, let_go, watching
from visits import PATIENCE, Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""

STOPPED = "The browser stopped the part of the page that runs the models: try again."
NOT_PUBLISHED = "is not the file that was published (its checksum differs), so it is not used: reload the page."


@pytest.fixture
def server(site: Path) -> Iterator[Server]:
    with serving(site) as told:
        yield told


@pytest.fixture
def at_server(browser: Browser, server: Server) -> Iterator[Visits]:
    """Opens pages from a server that can be told to fail; a connection that broke is told by the browser too."""
    visits = Visits(browser, server.address)
    yield visits
    visits.close()
    assert [trouble for trouble in visits.trouble if ".onnx" not in trouble and "ERR_" not in trouble] == []


def use(page: Page) -> Locator:
    return dialog(page).get_by_role("button", name="Use this square")


def expect_untouched(page: Page) -> None:
    expect(page.locator("[name=bar-photo]:checked")).to_have_value("chelsea")
    expect(page.locator("[name=bar-photo]")).to_have_count(6)


def real_offer(page: Page) -> Locator:
    """Where DINOv2 is offered for the photo that is here."""
    return card(page).locator(".offer")


def expect_numbers(page: Page, site: Path, model: str) -> None:
    """Of the figure that shows the model's attention."""
    native = Native(site, shown_pixels(page))
    name = "attention" if model == MOBILENET else "head-map"
    expect_shown(page, name, "own-1")
    expected = (
        np.array(native.document["attention"]["layernorm"]["weights"])[16]
        if model == MOBILENET
        else native.real[0][10].mean(axis=0)[1 + 16 * 5 + 5, 1:]
    )
    assert np.abs(weights_in(figure(page, name)) - expected).max() < CLOSE


def test_a_line_that_breaks_under_a_download_is_told_and_the_rest_fetched(
    at_server: Visits, server: Server, site: Path
) -> None:
    page = at_server("lab.html")
    # What is fetched before the reader asks fails unseen.
    page.context.route("**/models/mobilenet_v2.onnx*", lambda route: route.abort())
    choose_file(page, given(photo()))
    expect(use(page)).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.context.unroute("**/models/mobilenet_v2.onnx*")
    server.cut["mobilenet_v2.onnx.deflate"] = 2_500_000
    use(page).click()
    alert = dialog(page).get_by_role("alert")
    expect(alert).to_have_text(re.compile(r"broke off after 2\.\d of \d\.\d MB: check the connection and try again"))
    expect_untouched(page)
    use_square(page)
    assert server.asked[-1] == ("mobilenet_v2.onnx.deflate", f"bytes={2 * 2**20}-")
    expect_numbers(page, site, MOBILENET)

    server.cut["dinov2_vits14.onnx.deflate"] = 5_500_000
    real_offer(page).get_by_role("button", name="Run DINOv2").click()
    expect(real_offer(page).get_by_role("alert")).to_contain_text("dinov2_vits14.onnx.deflate broke off after 5.")
    assert figure(page, "head-map").get_attribute("data-shows") in (None, "chelsea")
    real_offer(page).get_by_role("button", name="Try again").click()
    expect(real_offer(page)).to_be_hidden(timeout=3 * PATIENCE)
    assert server.asked[-1] == ("dinov2_vits14.onnx.deflate", f"bytes={5 * 2**20}-")
    expect_numbers(page, site, DINO)


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "file"])
def test_a_model_that_is_not_the_published_one_changes_nothing(
    browser: Browser, site: Path, tmp_path: Path, over_http: bool
) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site, copy, copy_function=lambda source, target: Path(target).symlink_to(source))
    for model in (MOBILENET, DINO):
        spoil(copy / f"models/{model}.onnx.deflate", -40)
        spoil(copy / f"models/{model}.onnx.deflate.1.js", -40)
    with serving(copy) as server:
        visit = Visits(browser, server.address if over_http else copy.as_uri() + "/")
        page = visit("lab.html")
        choose_file(page, given(photo()))
        use(page).click()
        expect(dialog(page).get_by_role("alert")).to_have_text(f"models/{MOBILENET}.onnx.deflate {NOT_PUBLISHED}")
        page.keyboard.press("Escape")
        expect_untouched(page)
        root = figure(page, "check-us")
        come_near(root)
        choose(root, "check-us-model", DINO)
        root.locator("[data-begin]").click()
        says = root.locator("[data-gate-says]")
        expect(says).to_have_text(f"models/{DINO}.onnx.deflate {NOT_PUBLISHED}", timeout=3 * PATIENCE)
        expect(root.locator("[data-case]:visible")).to_have_count(0)
        assert visit.trouble == []
        visit.close()


def test_a_worker_that_is_stopped_under_a_photo_is_told_and_begun_again(visit: Visits, site: Path) -> None:
    page = watching(visit, "lab.html")
    hold(page)
    choose_file(page, given(photo()))
    expect_held(page)
    use(page).click()
    expect(dialog(page)).to_contain_text("Computing")
    page.workers[0].evaluate("self.close()")
    expect(dialog(page).get_by_role("alert")).to_have_text(STOPPED)
    expect_untouched(page)
    let_go(page)
    use_square(page)
    expect_numbers(page, site, MOBILENET)

    hold(page)
    real_offer(page).get_by_role("button", name="Run DINOv2").click()
    expect_held(page)
    page.workers[0].evaluate("self.close()")
    expect(real_offer(page).get_by_role("alert")).to_have_text(STOPPED)
    let_go(page)
    real_offer(page).get_by_role("button", name="Try again").click()
    expect(real_offer(page)).to_be_hidden(timeout=3 * PATIENCE)
    expect_numbers(page, site, DINO)


@ONCE
def test_what_if_goes_on_after_its_worker_was_stopped(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "what-if")
    come_near(root)
    root.locator("[data-begin]").click()
    expect(root.locator('[data-case="none"]')).to_be_visible(timeout=3 * PATIENCE)
    page.workers[0].evaluate("self.close()")
    page.wait_for_function("() => navigator.locks.query().then(({ held }) => held.length === 0)")
    click_cell(root.locator("[data-editor] [data-cells]"), (2, 5))
    expect(text(root, "changed-squares")).to_have_text("1", timeout=3 * PATIENCE)
    pixels, asking = published_photo(site, "chelsea"), SIDE * 2 + 2
    before, after = stand_in(site, pixels), stand_in(site, edited(pixels, [SIDE * 2 + 5], SIDE, "blank"))
    expect_moved(root, before, after, asking)
    expect(root.locator(".figure-error")).to_be_hidden()
