"""Pages from content, manifest and templates: escaped, numbered, embedded; a template's mistake names its line."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import small_manifest
from small_manifest import SCRIPTS

from explainer.assets import Assets
from explainer.content import PAGES, load_site
from explainer.errors import ContentError
from explainer.inclusion import Build
from explainer.manifest import Artifact, Manifest, to_json
from explainer.page_manifest import for_page
from explainer.render import CONTENT_POLICY, render

ROOT = Path(__file__).resolve().parents[1]

REFERENCE = {"authors": "A", "title": "T", "venue": "V", "year": 2020, "url": "https://example.org/"}
PHOTO = replace(small_manifest.PHOTO, title="A cat </script><script>alert(1)</script>")
MANIFEST = replace(small_manifest.MANIFEST, photos=(PHOTO,))
ASSETS = Assets("assets/main.js", "assets/figures.js", "assets/site.css", "assets/offline.js", SCRIPTS, b"")
ARTIFACTS = [Artifact(small_manifest.FILE, "A file")]

PAGE = """<html><meta content="{{ csp }}"><title>{{ page.title }}</title><link href="{{ root }}{{ assets.stylesheet }}">
{% for link in nav %}<a href="{{ link.href }}"{% if link.current %} aria-current="page"{% endif %}>{{ link.title }}</a>
{% endfor %}
<main>{{ page.html }}</main><script type="application/json" id="manifest">{{ manifest_json }}</script>"""
STORY = """{% for chapter in chapters %}<section id="{{ chapter.slug }}">
<h2>{{ chapter.number }} {{ chapter.title }}</h2>{{ chapter.html }}</section>{% endfor %}"""
FIGURE = """{% from "part.html" import shown %}<figure id="figure-attention">{{ view.weight | fixed(3) }}
{{ shown() }}<figcaption>{{ caption }}</figcaption></figure>"""


def page(slug: str, body: str = "Words.", title: str = "A title") -> str:
    return f'---\ntitle: "{title}"\nslug: "{slug}"\n---\n\n{body}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small content/ and templates/ folders."""
    for name in ("content/story", "content/pages", "content/data", "templates/figures", "templates/data"):
        (tmp_path / name).mkdir(parents=True)
    write = {
        "content/story/01-one.md": page(
            "one", "One [@b].\n\n::: figure attention\nSee [@a].\n:::", "<b>One</b> & more"
        ),
        "content/story/02-two.md": page("two", "::: data list\n:::\n\nAgain [@b].\n\n::: references\n:::"),
        "content/data/references.json": json.dumps({"a": REFERENCE, "b": REFERENCE, "c": REFERENCE}),
        "content/data/list.json": '[{"text": "The *point* [@c] <i>"}]',
        "templates/story.html": PAGE + STORY,
        "templates/figures/attention.html": FIGURE,
        "templates/part.html": "{% macro shown() %}{{ photo.id }} of {{ manifest.photos | length }}{% endmacro %}",
        "templates/data/list.html": "<ul>{% for item in data %}<li>{{ item.text | md }}</li>{% endfor %}</ul>",
    }
    write |= {f"content/pages/{name}.md": page(name) for name in PAGES}
    write |= {f"templates/{name}.html": PAGE for name in PAGES if name != "index"}
    for path, text in write.items():
        (tmp_path / path).write_text(text)
    return tmp_path


def build(folder: Path, manifest: Manifest = MANIFEST, view: dict[str, Any] | None = None) -> dict[str, str]:
    site = load_site(folder / "content", manifest.facts, ["attention"], Build({}, folder))
    views = {"attention": {"weight": 0.30123} if view is None else view}
    return render(site, manifest, views, ASSETS, ARTIFACTS, folder / "templates")


def failure(folder: Path, view: dict[str, Any] | None = None) -> str:
    with pytest.raises(ContentError) as caught:
        build(folder, view=view)
    (problem,) = caught.value.problems
    return problem


def test_every_page_is_rendered(folder: Path) -> None:
    assert sorted(build(folder)) == ["404.html", "credits.html", "data.html", "index.html", "lab.html", "tables.html"]


def test_html_in_a_title_stays_text(folder: Path) -> None:
    html = build(folder)["index.html"]
    assert "<h2>1 &lt;b&gt;One&lt;/b&gt; &amp; more</h2>" in html


def test_a_figure_is_rendered_in_its_place(folder: Path) -> None:
    html = build(folder)["index.html"]
    figure = html[html.index("<figure") : html.index("</figure>")]
    assert "0.301\ncat of 1" in figure
    assert "<figcaption><p>See <span" in figure
    assert "<!--" not in html


def test_citations_are_numbered_in_the_order_of_the_finished_page(folder: Path) -> None:
    html = build(folder)["index.html"]
    assert re.findall(r'id="(cite-[^"]*)"[^>]*>(\d)<', html) == [
        ("cite-b-1", "1"),
        ("cite-a-1", "2"),
        ("cite-c-1", "3"),
        ("cite-b-2", "1"),
    ]
    assert re.findall(r'<li id="ref-(\w)">', html) == ["b", "a", "c"]
    assert set(re.findall(r'href="#(cite-[^"]*)"', html)) == set(re.findall(r'id="(cite-[^"]*)"', html))


def test_another_page_cites_the_storys_list(folder: Path) -> None:
    (folder / "content/pages/lab.md").write_text(page("lab", "See [@c]."))
    assert '<a href="index.html#ref-c" aria-label="Reference 3: A, 2020">3</a>' in build(folder)["lab.html"]


def test_data_strings_are_inline_markdown(folder: Path) -> None:
    assert '<li>The <em>point</em> <span class="citation">' in build(folder)["index.html"]
    assert "&lt;i&gt;</li>" in build(folder)["index.html"]


def test_the_manifest_cannot_end_its_block_and_reads_back(folder: Path) -> None:
    for html in build(folder).values():
        (block,) = re.findall(r'<script type="application/json" id="manifest">(.*?)</script>', html, re.DOTALL)
        assert "<" not in block
        assert json.loads(block) == json.loads(json.dumps(to_json(for_page(MANIFEST, SCRIPTS))))


def test_policy_and_navigation(folder: Path) -> None:
    html = build(folder)["lab.html"]
    assert CONTENT_POLICY.replace("'", "&#39;") in html
    assert html.count('aria-current="page"') == 1
    assert '<a href="lab.html" aria-current="page">Lab</a>' in html


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert CONTENT_POLICY.startswith("default-src 'none'")
    assert re.findall(r"[\w-]*unsafe[\w-]*", CONTENT_POLICY) == ["wasm-unsafe-eval"]
    assert "http" not in CONTENT_POLICY and "*" not in CONTENT_POLICY
    assert "require-trusted-types-for 'script'" in CONTENT_POLICY


def test_only_the_404_page_is_told_where_the_site_is(folder: Path) -> None:
    (folder / "templates/404.html").write_text('{% if base %}<base href="{{ base }}">{% endif %}{{ csp }}')
    (folder / "templates/lab.html").write_text("{{ base }} {{ csp }}")
    site = load_site(folder / "content", MANIFEST.facts, ["attention"], Build({}, folder))
    pages = render(site, MANIFEST, {"attention": {"weight": 1.0}}, ASSETS, ARTIFACTS, folder / "templates", None, "/a/")
    assert pages["404.html"].startswith('<base href="/a/">') and "base-uri &#39;self&#39;" in pages["404.html"]
    assert pages["lab.html"].startswith("None ") and "base-uri &#39;none&#39;" in pages["lab.html"]
    assert "<base" not in build(folder)["404.html"]


def test_same_input_same_bytes(folder: Path) -> None:
    assert build(folder) == build(folder)


def test_filters(folder: Path) -> None:
    text = "{{ 1280 | thousands }} {{ 812 | filesize }} {{ 13600 | filesize }} {{ 4.7e6 | filesize }} {{ 0.5 | fixed }}"
    (folder / "templates/lab.html").write_text(text)
    assert build(folder)["lab.html"] == "1,280 812 bytes 14 kB 4.7 MB 0.500"


def test_a_name_that_is_not_there_is_an_error_with_its_line(folder: Path) -> None:
    (folder / "templates/lab.html").write_text("<p>\n\n{{ pgae.title }}")
    assert failure(folder) == "site_templates/lab.html:3: 'pgae' is undefined"


def test_a_first_view_without_a_number_is_an_error_with_its_line(folder: Path) -> None:
    problem = failure(folder, view={"weigth": 1.0})
    assert problem.startswith("site_templates/figures/attention.html:1: ") and "weight" in problem


def test_a_figure_without_a_first_view(folder: Path) -> None:
    assert "'dict object' has no attribute 'weight'" in failure(folder, view={})


@pytest.mark.parametrize("name", ["figures/attention.html", "data/list.html", "story.html", "part.html"])
def test_a_missing_template_is_named(folder: Path, name: str) -> None:
    (folder / "templates" / name).unlink()
    assert failure(folder).startswith(f"site_templates/{name}: no such template")


def test_a_template_with_broken_syntax_is_named(folder: Path) -> None:
    (folder / "templates/figures/attention.html").write_text("<figure>\n{% if %}")
    assert failure(folder).startswith("site_templates/figures/attention.html:2: ")


def test_the_default_photo_is_the_one_named(folder: Path) -> None:
    manifest = replace(MANIFEST, photos=(replace(PHOTO, id="cup"), PHOTO))
    assert "cat of 2" in build(folder, manifest)["index.html"]


@pytest.mark.parametrize("use", ["fixed", "thousands", "filesize", "md"])
def test_a_filter_names_what_is_missing(folder: Path, use: str) -> None:
    (folder / "templates/lab.html").write_text(f"{{{{ page.missing | {use} }}}}")
    assert "has no attribute 'missing'" in failure(folder)
