"""What a figure shows can be taken away: the numbers are the published ones, and every file says where it is from."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driving import View, choose, choose_photo, click_cell, come_near, expect_weights, figure, published
from PIL import Image
from playwright.sync_api import Download, Locator, Page, expect
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


def opened(root: Locator) -> Locator:
    """The figure's "Take it away", open and ready."""
    come_near(root)
    box = root.locator("[data-take-away]")
    box.locator("summary").click()
    expect(box.locator('[data-take="csv"]')).to_be_enabled()
    return box


def taken(page: Page, box: Locator, what: str) -> Download:
    with page.expect_download() as download:
        box.locator(f'[data-take="{what}"]').click()
    expect(box.locator("[data-take-says]")).to_have_text(f"Saved as {download.value.suggested_filename}.")
    return download.value


def table(download: Download) -> tuple[dict[str, str], list[list[str]]]:
    """A CSV -> its remarks by name, and its lines, the header first."""
    text = Path(download.path()).read_text(encoding="utf-8")
    lines = text.splitlines()
    remarks = dict(line.removeprefix("# ").split(": ", 1) for line in lines if line.startswith("# "))
    return remarks, list(csv.reader(io.StringIO("\n".join(line for line in lines if not line.startswith("# ")))))


def manifest(site: Path) -> dict[str, Any]:
    return published(site / "data/manifest.json")


def test_the_numbers_of_a_map_are_the_published_ones(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    root = figure(page, "attention")
    box = opened(root)
    click_cell(root.locator("[data-cells]"), (3, 4))
    view = View(site, cell=(3, 4))
    expect_weights(root, view.weights)

    download = taken(page, box, "csv")
    assert download.suggested_filename == "chelsea-mobilenet-v2-row4-column5.csv"
    remarks, lines = table(download)
    assert lines[0] == ["token", "row", "column", "weight"]
    numbers = np.array(lines[1:], np.float64)
    assert numbers[:, :3].astype(int).tolist() == [[i, i // 7 + 1, i % 7 + 1] for i in range(49)]
    assert np.abs(numbers[:, 3] - view.weights).max() < 1e-6
    model = manifest(site)["models"][0]
    photo = manifest(site)["photos"][0]
    assert remarks["models.0.weights_sha256"] == model["weights_sha256"]
    assert remarks["models.0.preprocessing"] == model["preprocessing"]
    assert (remarks["photo.author"], remarks["photo.licence"]) == (photo["author"], photo["licence"])
    assert remarks["citation"] == published(site / "data/provenance.json")["citation"] != ""
    assert (remarks["view.query.row"], remarks["view.query.column"]) == ("4", "5")

    told = json.loads(Path(taken(page, box, "json").path()).read_text(encoding="utf-8"))
    assert [row[3] for row in told["rows"]] == numbers[:, 3].tolist()
    assert told["models"][0]["checkpoint"] == model["checkpoint"]
    assert ("link" in told) == visit.address.startswith("http")


def test_the_whole_matrix_at_any_temperature(visit: Visits, site: Path) -> None:
    page = visit("lab.html#?photo=coffee&variant=raw&temperature=2")
    box = opened(figure(page, "attention-matrix"))
    download = taken(page, box, "csv")
    assert download.suggested_filename == "coffee-mobilenet-v2-matrix-raw-t2.csv"
    _, lines = table(download)
    assert lines[0][:3] == ["query", "row1-column1", "row1-column2"]
    numbers = np.array([line[1:] for line in lines[1:]], np.float64)
    assert np.abs(numbers - View(site, "coffee", variant="raw", temperature=2.0).matrix).max() < 1e-6


@ONCE
def test_the_real_heads(visit: Visits, site: Path) -> None:
    page = visit("lab.html#?layer=3&head=4")
    one = taken(page, opened(figure(page, "head-map")), "csv")
    assert one.suggested_filename == "chelsea-dinov2-vits14-layer4-head5-row6-column6.csv"
    _, lines = table(one)
    assert lines[1][:3] == ["0", "", ""]
    weights = np.array([line[3] for line in lines[1:]], np.float64)
    assert weights.shape == (257,)
    assert abs(weights.sum() - 1) < 1e-5

    every = taken(page, opened(figure(page, "head-wall")), "csv")
    assert every.suggested_filename == "chelsea-dinov2-vits14-all-heads-row6-column6.csv"
    _, lines = table(every)
    assert len(lines) == 258
    assert lines[0][3:][22:25] == ["layer4_head2", "layer4_head3", "layer4_head4"]
    found = np.array([line[3:] for line in lines[1:]], np.float64)
    assert found.shape == (257, 84)
    assert np.abs(found.sum(axis=0) - 1).max() < 1e-5
    assert found[:, lines[0][3:].index("layer4_head5")].tolist() == weights.tolist()


def test_the_picture_shows_the_map_on_the_photo(visit: Visits, site: Path) -> None:
    page = visit("lab.html", color_scheme="light")
    root = figure(page, "attention")
    box = opened(root)
    expect_weights(root, View(site).weights)
    download = taken(page, box, "png")
    assert download.suggested_filename == "chelsea-mobilenet-v2-row3-column3.png"
    with Image.open(download.path()) as opened_picture:
        picture = np.asarray(opened_picture.convert("RGB"), np.float64)
    height, width, _ = picture.shape
    assert width == 1216
    assert 1300 < height < 1700
    # The paper at the edge, and further down a square of 1120 px, brightest where the weights are.
    assert picture[5, 5].tolist() == [251, 250, 246]
    dark = (picture.max(axis=2) < 200).mean(axis=1) > 0.8
    top = int(np.argmax(dark))
    tiles = picture[top : top + 1120, 48:1168].reshape(7, 160, 7, 160, 3)
    cells = tiles[:, 20:140, :, 20:140].mean(axis=(1, 3, 4)).ravel()
    weights = View(site).weights
    assert cells[weights > 0.04].min() > cells[weights < 0.005].mean()
    assert np.argmax(cells) in np.argsort(weights)[-3:]


@ONCE
@pytest.mark.parametrize("name", ["attention-matrix", "cls-stand-in", "head-map", "head-wall", "stand-in-or-real"])
def test_every_map_gives_a_picture(visit: Visits, name: str) -> None:
    page = visit("lab.html")
    download = taken(page, opened(figure(page, name)), "png")
    with Image.open(download.path()) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 700


def test_a_link_leads_to_the_same_view(visit: Visits, site: Path) -> None:
    page = visit("lab.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose_photo(page, "rocket")
    root = figure(page, "attention")
    choose(root, "attention-variant", "raw")
    choose(root, "attention-direction", "by")
    box = opened(root)
    box.locator('[data-take="link"]').click()
    says = box.locator("[data-take-says]")
    expect(says).to_contain_text("Link copied.")
    expect(box.locator("[data-take-link]")).to_be_hidden()
    link: str = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{visit.address}lab.html#figure-attention?photo=rocket&variant=raw&temperature=1&direction=by"
    folder = not visit.address.startswith("http")
    assert ("this machine alone" in says.inner_text()) == folder
    other = visit(link.removeprefix(visit.address))
    expect_weights(
        figure(other, "attention"), View(site, "rocket", variant="raw", temperature=1.0, direction="by").weights
    )


@ONCE
def test_without_a_clipboard_the_link_is_there_to_be_copied(visit: Visits) -> None:
    page = visit.blank()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(visit.address + "lab.html")
    box = opened(figure(page, "attention"))
    box.locator('[data-take="link"]').click()
    field = box.locator("[data-take-link]")
    expect(field).to_be_focused()
    expect(field).to_have_value(f"{visit.address}lab.html#figure-attention")
    assert page.evaluate("getSelection().toString()") == field.input_value()


@ONCE
def test_by_keyboard_and_on_a_phone(visit: Visits) -> None:
    page = visit("lab.html", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    root = figure(page, "cls-stand-in")
    come_near(root)
    box = root.locator("[data-take-away]")
    box.locator("summary").focus()
    page.keyboard.press("Enter")
    button = box.locator('[data-take="json"]')
    expect(button).to_be_enabled()
    button.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "chelsea-mobilenet-v2-cls.json"
    expect(box.locator('[role="status"]')).to_contain_text("Saved as")


@ONCE
def test_nothing_of_it_is_loaded_before_it_is_asked_for(visit: Visits) -> None:
    page = visit("lab.html")
    script: str = page.evaluate("JSON.parse(document.getElementById('manifest').textContent).live.script")
    assert not [request.url for request in visit.requests if script in request.url]
    opened(figure(page, "attention"))
    assert [request.url for request in visit.requests if script in request.url]


@ONCE
def test_a_part_that_cannot_be_loaded_is_told(visit: Visits) -> None:
    page = visit("lab.html")
    page.route("**/assets/live.*", lambda route: route.abort())
    root = figure(page, "attention")
    come_near(root)
    root.locator("[data-take-away] summary").click()
    says = root.locator("[data-take-says]")
    expect(says).to_contain_text("live.")
    expect(root.locator('[data-take="csv"]')).to_be_disabled()
    page.unroute("**/assets/live.*")
    root.locator("[data-take-away] summary").click()
    root.locator("[data-take-away] summary").click()
    expect(root.locator('[data-take="csv"]')).to_be_enabled()
    visit.trouble.clear()


def test_the_credits_say_how_to_cite(site: Path) -> None:
    page = (site / "credits.html").read_text(encoding="utf-8")
    told = published(site / "data/provenance.json")
    assert told["citation"] in page
    assert told["bibtex"].splitlines()[0] in page
