"""The link checker finds each kind of dead address, and lets live ones pass."""

import pytest

from explainer import links

PAGES = ("index.html", "lab.html", "sub/index.html")
OUTPUTS = (*PAGES, "assets/site.css", "assets/a.avif", "assets/b.avif", "data/x.json")


def problems(html: str, path: str = "index.html") -> list[str]:
    pages = {"lab.html": '<h2 id="grid">Grid</h2>', "sub/index.html": "", path: html}
    return links.check(pages, OUTPUTS)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="lab.html">',
        '<a href="lab.html#grid">',
        '<a href="#here"></a><p id="here">',
        '<a href="lab.html#grid?photo=chelsea&amp;at=80,80">',
        '<a href="data/x.json?v=1" download>',
        '<a href="./">',
        '<a href="sub/">',
        '<a href="#">',
        '<a href="https://arxiv.org/abs/2010.11929">',
        '<a href="mailto:someone@example.org">',
        '<img src="data:image/png;base64,AAAA">',
        '<img srcset="assets/a.avif 320w, assets/b.avif 640w" src="assets/a.avif">',
        '<svg><use href="#mark"></use><g id="mark"></g></svg>',
        '<link rel="canonical" href="https://example.org/">',
    ],
)
def test_live(html: str) -> None:
    assert problems(html) == []


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<a href="nowhere.html">', "nowhere.html, which is not on the site"),
        ('<a href="lab.html#nowhere">', "#nowhere, an id that lab.html has not"),
        ('<a href="#nowhere?photo=chelsea">', "#nowhere, an id that index.html has not"),
        ('<a href="../index.html">', "../index.html, which is not on the site"),
        ('<a href="/index.html">', "relative to the page"),
        ('<a href="//example.org/">', "relative to the page"),
        ('<a href="javascript:alert(1)">', "relative to the page"),
        ('<a href="file:///etc/passwd">', "relative to the page"),
        ('<img src="https://example.org/a.png">', "fetched from another machine"),
        ('<script src="https://cdn.example.org/a.js"></script>', "fetched from another machine"),
        ('<link rel="stylesheet" href="assets/none.css">', "assets/none.css, which is not on the site"),
        ('<source srcset="assets/a.avif 320w, assets/none.avif 640w">', "assets/none.avif"),
        ('<svg><use href="#none"></use></svg>', "#none"),
        ('<a href="http://[broken">', "is no address"),
    ],
)
def test_dead(html: str, told: str) -> None:
    found = problems(f"\n{html}")
    assert len(found) == 1
    assert found[0].startswith("index.html:2: `")
    assert told in found[0]


def test_addresses_are_relative_to_their_page() -> None:
    assert problems('<a href="../lab.html#grid">', "sub/index.html") == []
    assert problems('<a href="lab.html">', "sub/index.html") != []


def test_stylesheets_are_checked() -> None:
    assert links.check({"assets/site.css": "a{background:url(a.avif)}b{src:url('b.avif')}"}, OUTPUTS) == []
    found = links.check({"assets/site.css": 'a{src:url("fonts/none.woff2") format("woff2")}'}, OUTPUTS)
    assert found == ["assets/site.css: `fonts/none.woff2` leads to assets/fonts/none.woff2, "
                     "which is not on the site; correct the address"]  # fmt: skip
