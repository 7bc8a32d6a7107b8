"""The content policy holds over http and from a folder, and a missing file is told where it is missed."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from driving import choose_photo, come_near, figure
from playwright.sync_api import Browser, Page, expect
from visits import Visits, mounted, serve

ELSEWHERE = "https://example.org/"

ATTEMPTS = [
    ("script-src", f"import('{ELSEWHERE}a.js').catch(() => {{}})"),
    (
        "style-src",
        "const s = document.createElement('style'); s.textContent = '* {color: red}'; document.head.append(s)",
    ),
    ("style-src", "document.body.setAttribute('style', 'color: red')"),
    ("img-src", f"const i = new Image(); i.src = '{ELSEWHERE}a.png'; document.body.append(i)"),
    ("connect-src", f"fetch('{ELSEWHERE}data.json').catch(() => {{}})"),
    ("font-src", f"new FontFace('x', 'url({ELSEWHERE}a.woff2)').load().catch(() => {{}})"),
    ("frame-src", f"const f = document.createElement('iframe'); f.src = '{ELSEWHERE}'; document.body.append(f)"),
    (
        "form-action",
        f"const f = document.body.appendChild(document.createElement('form')); f.action = '{ELSEWHERE}'; f.submit()",
    ),
    ("base-uri", f"const b = document.createElement('base'); b.href = '{ELSEWHERE}'; document.head.append(b)"),
    ("trusted-types", "trustedTypes.createPolicy('other', {})"),
    ("require-trusted-types-for", "document.body.innerHTML = '<i>x</i>'"),
    ("require-trusted-types-for", "document.createElement('script').text = 'window.ran = 1'"),
    ("require-trusted-types-for", f"document.createElement('script').src = '{ELSEWHERE}a.js'"),
    ("require-trusted-types-for", "document.body.setAttribute('onclick', 'window.ran = 1')"),
    ("require-trusted-types-for", "new Worker(URL.createObjectURL(new Blob(['window.ran = 1'])))"),
]
"""The directive that must stop it, and what an attacker's words in a page might try."""


@pytest.mark.parametrize(("directive", "attempt"), ATTEMPTS)
def test_the_policy_stops(visit: Visits, directive: str, attempt: str) -> None:
    page = visit("404.html")
    page.evaluate(f"() => {{ try {{ {attempt} }} catch {{ }} }}")
    expect_blocked(visit, page, directive)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert page.evaluate("document.body.childElementCount") > 3
    assert {request.failure for request in visit.requests if request.url.startswith(ELSEWHERE)} <= {"csp"}
    visit.trouble.clear()


def expect_blocked(visit: Visits, page: Page, directive: str) -> None:
    """Waits for the violation; those of `script-src` are told as `script-src-elem` and the like."""
    for _ in range(50):
        if any(re.match(rf"policy: {directive}(-elem|-attr)? blocked", trouble) for trouble in visit.trouble):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"nothing was blocked by {directive}: {visit.trouble}")


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "file"])
def test_markup_smuggled_into_a_page_does_nothing(
    browser: Browser, site: Path, tmp_path: Path, over_http: bool
) -> None:
    smuggled = (
        '<script>window.ran = 1</script><img src="x.png" onerror="window.ran = 2"><style>body {color: red}</style>'
        '<p id="smuggled" style="color: red">x</p><a href="javascript:window.ran = 3">y</a>'
    )
    page_html = (site / "404.html").read_text(encoding="utf-8")
    assert page_html.count("</main>") == 1
    (tmp_path / "index.html").write_text(page_html.replace("</main>", f"{smuggled}</main>"), encoding="utf-8")
    shutil.copytree(site / "assets", tmp_path / "assets")
    for address in serve(tmp_path) if over_http else [f"{tmp_path.as_uri()}/"]:
        visit = Visits(browser, address)
        page = visit()
        page.locator("a", has_text="y").last.click()
        assert page.evaluate("window.ran") is None
        assert page.evaluate("getComputedStyle(document.getElementById('smuggled')).color") != "rgb(255, 0, 0)"
        for directive in ("script-src-elem", "script-src-attr", "style-src-elem", "style-src-attr"):
            assert f"policy: {directive} blocked inline" in visit.trouble
        visit.close()


class Markup(HTMLParser):
    """What a page's HTML loads, and what it says inline."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self.tags: list[str] = []
        self.policies: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append((len(self.tags), given["content"]))
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.inline.append(f"<{tag}>")
        if tag == "link" or (tag in ("img", "image", "script", "source", "use", "iframe", "video", "audio", "object")):
            self.loaded += [given[name] for name in ("src", "href", "data") if name in given]
            self.loaded += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]


def test_no_page_holds_inline_code_or_loads_from_elsewhere(site: Path) -> None:
    pages = sorted(site.glob("*.html"))
    assert len(pages) == 6
    policies = set()
    for page in pages:
        markup = Markup()
        markup.feed(page.read_text(encoding="utf-8"))
        assert markup.inline == [], page.name
        assert len(markup.loaded) >= 4
        assert [url for url in markup.loaded if re.match(r"[a-z+.-]+:|/", url)] == [], page.name
        [(place, policy)] = markup.policies
        # html, head, meta charset, then the policy: nothing is loaded before it is in force.
        assert place == 4 and markup.tags[2] == "meta"
        policies.add(policy)
    [policy] = policies
    # WebAssembly may be compiled; no text may become a script.
    assert re.findall(r"[\w-]*unsafe[\w-]*", policy) == ["wasm-unsafe-eval"]
    assert "*" not in policy and "http" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:;")


def test_styles_load_nothing_from_elsewhere(site: Path) -> None:
    sheets = [sheet.read_text(encoding="utf-8") for sheet in site.glob("assets/*.css")]
    addresses = [url for sheet in sheets for url in re.findall(r"url\(\s*['\"]?([^'\")]+)", sheet)]
    assert len(sheets) == 2
    assert addresses and [url for url in addresses if re.match(r"(?!data:)[a-z+.-]+:|/", url)] == []


@pytest.fixture(params=["http", "file"])
def broken(request: pytest.FixtureRequest, browser: Browser, site: Path, tmp_path: Path) -> Iterator[Visits]:
    """A copy of the site in which one photo's data files are not there."""
    copy = tmp_path / "site"
    shutil.copytree(site, copy, ignore=lambda folder, names: names if Path(folder).name == "coffee" else [])
    for address in serve(copy) if request.param == "http" else [f"{copy.as_uri()}/"]:
        visits = Visits(browser, address)
        yield visits
        visits.close()


def test_a_missing_file_is_told_and_the_picture_stays(broken: Visits) -> None:
    page = broken()
    root = figure(page, "attention")
    picture = root.locator("picture img").first
    come_near(root)
    expect(root.locator("canvas.heatmap-map")).to_have_count(1)
    before = picture.get_attribute("src")
    told = "could not be fetched" if broken.address.startswith("http") else "could not be read"
    assert all("coffee" not in trouble for trouble in broken.trouble if not trouble.startswith(("console", "failed")))
    choose_photo(page, "coffee")
    for name in ("attention", "attention-matrix", "cls-stand-in", "patch-inspector"):
        line = figure(page, name).locator(".figure-error")
        come_near(figure(page, name))
        expect(line).to_be_visible()
        expect(line).to_contain_text(told)
        expect(line).to_contain_text("data/photos/coffee/")
    assert picture.get_attribute("src") == before
    choose_photo(page, "rocket")
    for name in ("attention", "attention-matrix", "cls-stand-in", "patch-inspector"):
        come_near(figure(page, name))
        expect(figure(page, name).locator(".figure-error")).to_be_hidden()
    assert not [trouble for trouble in broken.trouble if trouble.startswith(("exception", "policy", "left"))]


def test_a_figure_without_its_data_keeps_the_builds_picture(broken: Visits) -> None:
    page = broken("index.html#?photo=coffee", wait=False)
    mounted(page)
    root = figure(page, "attention")
    come_near(root)
    expect(root.locator(".figure-error")).to_be_visible()
    expect(root.locator("img.heatmap-map")).to_be_visible()
    # What is read from the picture are the build's numbers, never a nought for want of data.
    written = root.locator("[data-weight-cell]").nth(17).text_content() or ""
    root.locator('[role="gridcell"]').focus()
    for key in ("Control+Home", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(root.locator("[data-readout]")).to_have_text(f"row 3, column 4, weight {written}")
    assert float(written) > 0.01
    matrix = figure(page, "attention-matrix")
    matrix.locator('[role="gridcell"]').focus()
    page.keyboard.press("ArrowDown")
    expect(matrix.locator("[data-spoken]")).to_have_text("query row 1, column 2; key row 1, column 1")
    # The story goes on: what needs no data works.
    expect(figure(page, "cost").locator(".figure-error")).to_be_hidden()
    expect(page.locator('[name="bar-photo"]:checked')).to_have_value("coffee")
