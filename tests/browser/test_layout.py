"""Nothing jumps, nothing sticks out, the first view is light, and without scripts every figure still teaches."""

import gzip
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from driving import View, come_near, figure, place, printed
from playwright.sync_api import Page, Request, expect
from visits import Visits, mounted

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""

PAGES = ("index.html", "lab.html", "tables.html", "data.html", "credits.html", "404.html")
WIDTHS = (390, 820, 1440)
MOST_SHIFT = 0.02
MOST_COMPRESSED = 150_000
"""Bytes of the first view but for photos: pages, styles, scripts, fonts and data, as a server would compress them."""
MOST_FOR_BEGINNING = 25_000
"""Bytes more as soon as the reader begins to read: the figures' script."""
MOST_FOR_LARGEST_PICTURE = 120_000
COMPRESSED_ALREADY = (".woff2", ".png", ".webp", ".avif", ".jpg")

WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const moved = entry.sources.map((source) => source.node?.outerHTML?.slice(0, 80) ?? String(source.node));
    window.shifts.push([entry.value, moved]);
  }
}).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest = entry.url;
}).observe({ type: 'largest-contentful-paint', buffered: true });
"""


@ONCE
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["index.html", "lab.html"])
def test_nothing_jumps_while_loading_and_reading(visit: Visits, path: str, width: int) -> None:
    page = visit.blank(viewport={"width": width, "height": 900})
    page.add_init_script(WATCH)
    page.goto(visit.address + path)
    height: int = page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 600):
        page.evaluate("(top) => scrollTo({ top, behavior: 'instant' })", top)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    mounted(page)
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < MOST_SHIFT, json.dumps(sorted(shifts, reverse=True)[:5], indent=1)
    # A page that grows when its figures come to life moves what lies below them.
    assert abs(page.evaluate("document.documentElement.scrollHeight") - height) <= 2


@ONCE
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out(visit: Visits, path: str, scheme: str) -> None:
    page = visit(path, color_scheme=scheme)
    page.evaluate("() => { for (const box of document.querySelectorAll('details')) box.open = true; }")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert sticking_out(page) == [], width


def sticking_out(page: Page) -> list[str]:
    """What is seen beyond the screen's sides, or text cut off in its own box, unless the box scrolls."""
    found: list[str] = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            const scrolls = (e) => /auto|scroll/.test(getComputedStyle(e).overflowX);
            const inBox = (e) => e !== document.body
                && (getComputedStyle(e).overflowX !== 'visible' || inBox(e.parentElement));
            const aside = 'svg, math, .visually-hidden, .skip-link';
            return [...document.querySelectorAll('body *')].filter((e) => {
                if (!e.checkVisibility({ visibilityProperty: true }) || e.closest(aside)) return false;
                if (getComputedStyle(e).position === 'absolute' && e.matches('input')) return false;
                const { left, right } = e.getBoundingClientRect();
                if (right > left && (right > width + 0.5 || left < -0.5) && !inBox(e.parentElement)) return true;
                return e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'hidden' && !scrolls(e);
            }).map((e) => e.outerHTML.slice(0, 120));
        }"""
    )
    return found


@ONCE
def test_what_sticks_out_or_jumps_is_seen(visit: Visits) -> None:
    page = visit.blank(viewport={"width": 820, "height": 900})
    page.add_init_script(WATCH)
    page.goto(visit.address + "404.html")
    assert sticking_out(page) == []
    page.evaluate(
        """() => {
            const box = document.createElement('p');
            box.append('wide');
            box.style.setProperty('width', '900px');
            box.style.setProperty('height', '300px');
            document.querySelector('main').prepend(box);
        }"""
    )
    assert [found[:2] for found in sticking_out(page)] == ["<p"]
    page.wait_for_function("() => window.shifts.reduce((sum, [value]) => sum + value, 0) > 0.02")


@ONCE
def test_the_first_view_is_light(visit: Visits, site: Path) -> None:
    page = visit.blank(viewport={"width": 1440, "height": 900})
    page.add_init_script(WATCH)
    page.goto(visit.address, wait_until="load")
    expect(figure(page, "photo-picker")).to_have_attribute("data-mounted", "")
    page.wait_for_load_state("networkidle")
    first = compressed(visit, site)
    assert {Path(name).suffix for name in first} >= {".html", ".js", ".css", ".woff2"}
    assert sum(first.values()) <= MOST_COMPRESSED, listing(first)
    mounted(page)
    page.wait_for_load_state("networkidle")
    then = {name: size for name, size in compressed(visit, site).items() if name not in first}
    assert [re.sub(r"\.\w+\.js", ".js", name) for name in then] == ["assets/figures.js"]
    assert sum(then.values()) <= MOST_FOR_BEGINNING, listing(then)


def compressed(visit: Visits, site: Path) -> dict[str, int]:
    """Everything asked for so far but photos: path -> bytes, as a server would send them."""
    weights: dict[str, int] = {}
    for request in visit.requests:
        file = served(request, visit.address, site)
        if file and "assets/photos" not in file.as_posix() and file.name != "crop.png":
            content = file.read_bytes()
            size = len(content if file.suffix in COMPRESSED_ALREADY else gzip.compress(content, 9))
            weights[file.relative_to(site).as_posix()] = size
    return weights


def listing(weights: dict[str, int]) -> str:
    lines = [f"{size:8} {name}" for name, size in sorted(weights.items(), key=lambda item: -item[1])]
    return "\n".join([f"{sum(weights.values())} bytes:", *lines])


def served(request: Request, address: str, site: Path) -> Path | None:
    """The file of the site that a request asks for."""
    path = unquote(urlsplit(request.url).path.removeprefix(urlsplit(address).path)) or "index.html"
    return site / path if request.url.startswith(address) else None


@ONCE
@pytest.mark.parametrize(("width", "density"), [(390, 3), (1440, 1), (1440, 2)])
def test_the_largest_picture_of_the_first_screen_is_small(visit: Visits, site: Path, width: int, density: int) -> None:
    page = visit.blank(viewport={"width": width, "height": 900}, device_scale_factor=density)
    page.add_init_script(WATCH)
    page.goto(visit.address, wait_until="load")
    chosen = page.locator(".hero img").first.evaluate("(image) => image.currentSrc")
    for url in {chosen, page.evaluate("window.largest") or chosen}:
        assert "assets/photos/" in url
        file = site / unquote(urlsplit(url).path.removeprefix(urlsplit(visit.address).path))
        assert file.stat().st_size <= MOST_FOR_LARGEST_PICTURE


@ONCE
def test_no_model_and_no_features_are_fetched_unasked(visit: Visits) -> None:
    page = visit()
    page.locator("#references").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    asked = [request.url for request in visit.requests if re.search(r"\.onnx|features\.bin|\.wasm", request.url)]
    assert asked == []
    # Of data, only those of the photo on show.
    others = [request.url for request in visit.requests if re.search(r"/data/photos/(?!chelsea)", request.url)]
    assert others == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_scripts_every_figure_teaches(visit: Visits, site: Path, scheme: str) -> None:
    page = visit(java_script_enabled=False, color_scheme=scheme)
    figures = page.locator("[data-figure]")
    assert figures.count() == 21
    for root in figures.all():
        root.scroll_into_view_if_needed()
        name = root.get_attribute("data-figure")
        shown = root.locator("img:visible, svg:visible, table:visible")
        assert shown.count() >= 1, name
        assert re.search(r"\d", root.inner_text()), name
        expect(root.locator("figcaption")).to_be_visible()
        controls = root.locator("button, input, select").all()
        assert [control for control in controls if control.is_visible()] == [], f"{name} shows controls that do nothing"
    pictures = page.locator("[data-figure] img:visible")
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).not_to_have_js_property("naturalWidth", 0)
    view = View(site)
    root = figure(page, "attention")
    expect(root.locator("[data-weight-cell]")).to_have_text([printed(weight) for weight in view.weights])
    expect(root.locator("[data-case]:visible")).to_contain_text(place(view.token))
    expect(root.locator('[data-text="effective"]')).to_have_text(view.effective)
    expect(page.locator(".bar")).to_be_hidden()


@ONCE
def test_figures_look_the_same_before_and_after_they_come_to_life(visit: Visits) -> None:
    """The live map is the build's picture, cell by cell, and no figure changes its size."""
    still = visit(java_script_enabled=False)
    live = visit()
    for name in ("attention", "attention-matrix", "cls-stand-in"):
        assert colours(still, name, "img") == colours(live, name, "canvas"), name


def colours(page: Page, name: str, tag: str) -> str:
    """A map drawn at its own size: what a screenshot of each cell would show, as data."""
    come_near(figure(page, name))
    found: str = page.locator(f"#figure-{name} {tag}.heatmap-map").evaluate(
        """async (picture) => {
            if (picture.decode) { picture.loading = 'eager'; await picture.decode(); }
            const canvas = document.createElement('canvas');
            canvas.width = picture.naturalWidth || picture.width;
            canvas.height = picture.naturalHeight || picture.height;
            const brush = canvas.getContext('2d');
            brush.drawImage(picture, 0, 0);
            return [...brush.getImageData(0, 0, canvas.width, canvas.height).data].join();
        }"""
    )
    return found
