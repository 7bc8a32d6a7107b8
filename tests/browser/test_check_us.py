"""A reader's browser runs the model, and says how far its numbers are from the published ones."""

from pathlib import Path

import numpy as np
import pytest
from driving import choose, choose_photo, come_near, figure, published, text
from native import photo, stand_in
from playwright.sync_api import Locator, Page, expect
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


def checked(page: Page) -> Locator:
    """The figure, the model run on the page's photo."""
    root = figure(page, "check-us")
    come_near(root)
    root.locator("[data-begin]:visible, [data-again]:visible").click()
    expect(root.locator("[data-case]:visible")).to_have_count(1, timeout=60_000)
    return root


def line(root: Locator, name: str) -> dict[str, float]:
    row = root.locator(f'[data-line="{name}"]')
    return {what: float(text(row, what).inner_text()) for what in ("largest", "mean", "most")}


def report(root: Locator, name: str) -> list[float]:
    """The build's own columns."""
    return [float(words) for words in root.locator(f'[data-line="{name}"] td').all_text_contents()[-2:]]


def test_the_browsers_numbers_are_the_published_ones(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = checked(page)
    parity = published(site / "data/parity.json")["models"]["mobilenet_v2"]
    for name in ("chelsea", "china"):
        if name != "chelsea":
            choose_photo(page, name)
            expect(root.locator("[data-case]:visible")).to_have_count(0)
            checked(page)
        found = line(root, "layernorm")
        document = published(site / f"data/photos/{name}/mobilenet_v2.json")["attention"]["layernorm"]
        ours = stand_in(site, photo(site, name)).weights
        gap = np.abs(ours - np.array(document["weights"]))
        # Native and browser differ in the last digits of 32 bits, not in what the rounded weights of the file cost.
        assert found["largest"] == pytest.approx(gap.max(), abs=5e-6)
        assert found["mean"] == pytest.approx(gap.sum(axis=1).mean() / 2, abs=5e-6)
        assert found["most"] == pytest.approx(gap.sum(axis=1).max() / 2, abs=5e-6)
        for variant, measured in parity["variants"].items():
            assert line(root, variant)["most"] <= parity["tolerance"]["max"]
            assert report(root, variant) == pytest.approx([measured["mean"], measured["max"]], abs=6e-7)
        said = root.locator("[data-case]:visible")
        expect(said).to_contain_text("2,401 weights")
        expect(text(root, "greatest").first).to_have_text(said_of(found["largest"]))


def said_of(difference: float) -> str:
    """Two digits that say something, at most six places."""
    places = min(6, max(1, 1 - int(np.floor(np.log10(difference)))))
    return f"{difference:.{places}f}"


@ONCE
def test_the_real_model_too(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "check-us")
    come_near(root)
    choose(root, "check-us-model", "dinov2_vits14")
    expect(root.locator('[data-table="dinov2_vits14"]')).to_be_visible()
    checked(page)
    expect(root.locator("[data-case]:visible")).to_contain_text("4,755,528 weights")
    parity = published(site / "data/parity.json")["models"]["dinov2_vits14"]
    of_photo = next(entry for entry in parity["photos"] if entry["photo"] == "chelsea")
    # The published packs are rounded too, so that a little is added to what the build measured.
    rounding = parity["pack"]["mean"]
    assert line(root, "all")["mean"] == pytest.approx(of_photo["mean"], abs=rounding + 0.001)
    for number in range(1, 13):
        found = line(root, f"layer-{number}")
        assert 0 < found["mean"] < found["most"] < 0.5


@ONCE
def test_from_the_picture_on_the_page(visit: Visits) -> None:
    page = visit("lab.html")
    root = figure(page, "check-us")
    come_near(root)
    choose(root, "check-us-way", "picture")
    checked(page)
    expect(root.locator("[data-case]:visible")).to_contain_text("resized by your browser")
    # A picture compressed for the eye is another picture, and not a wholly different one.
    assert 0.0001 < line(root, "layernorm")["mean"] < 0.2


def test_only_http_reads_pictures(visit: Visits) -> None:
    page = visit("lab.html")
    root = figure(page, "check-us")
    come_near(root)
    root.hover()
    picture = root.locator('[name="check-us-way"][value="picture"]')
    if visit.address.startswith("http"):
        expect(picture).to_be_enabled()
    else:
        expect(picture).to_be_disabled()
