"""Reading the content folder: a correct one becomes a Site, everything wrong in another is listed at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from explainer.config import MODELS
from explainer.content import PAGES, Site, load_site
from explainer.errors import ContentError
from explainer.inclusion import Build

ROOT = Path(__file__).resolve().parents[1]

FACTS = {"photo_count": "6"}
FIGURES = ("attention", "patch-grid")
REFERENCE = {"authors": "A", "title": "T", "venue": "V", "year": 2020, "url": "https://example.org/"}


def page(slug: str, body: str = "Words.", title: str = "A title") -> str:
    return f'---\ntitle: "{title}"\nslug: "{slug}"\n---\n\n{body}\n'


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small correct content folder, for a test to break."""
    folder = tmp_path / "content"
    for name in ("story", "pages", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "story/01-one.md").write_text(page("one", "The {{photo_count}} photos [@vit].\n\n::: data myths\n:::"))
    (folder / "story/02-two.md").write_text(page("two", "::: figure attention\nSee.\n:::\n\n::: references\n:::"))
    for name in PAGES:
        (folder / f"pages/{name}.md").write_text(page(name))
    (folder / "data/references.json").write_text(json.dumps({"vit": REFERENCE, "mae": REFERENCE}))
    (folder / "data/myths.json").write_text('[\n  {"claim": "It *sees*",\n   "answer": "No [@mae]"}\n]\n')
    return folder


def load(content: Path) -> Site:
    return load_site(content, FACTS, FIGURES, Build({}, ROOT))


def problems(content: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        load(content)
    return list(caught.value.problems)


def test_a_correct_folder(content: Path) -> None:
    site = load(content)
    assert [chapter.slug for chapter in site.chapters] == ["one", "two"]
    assert tuple(site.pages) == PAGES
    assert "The 6 photos" in site.chapters[0].prose.html
    assert site.data["myths"][0]["claim"] == "It *sees*"
    assert set(site.references) == {"vit", "mae"} and "references" not in site.data


def test_the_sites_own_content_has_only_facts_still_to_be_measured() -> None:
    class AnyFact(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return "1"

        def __contains__(self, name: object) -> bool:
            return True

    figures = [path.stem for path in (ROOT / "site_templates/figures").glob("*.html")]
    site = load_site(
        ROOT / "content", AnyFact(), figures, Build(dict.fromkeys([model.name for model in MODELS], True), ROOT)
    )
    assert len(site.chapters) == 15
    pages = (*site.chapters, *site.pages.values())
    placed = {part.name for page in pages for part in page.prose.parts if part.kind == "figure"}
    assert placed == set(figures)


def test_html_in_a_title_is_kept_as_text_for_the_template_to_escape(content: Path) -> None:
    (content / "story/01-one.md").write_text(page("one", "[@vit]\n\n```python\nx\n```", title="<b>Bold</b>"))
    chapter = load(content).chapters[0]
    assert chapter.title == "<b>Bold</b>"
    assert "<b>" not in chapter.prose.html


def test_facts_in_front_matter(content: Path) -> None:
    (content / "story/01-one.md").write_text(page("one", "[@vit]", title="{{photo_count}} photos"))
    assert load(content).chapters[0].title == "6 photos"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Words.", "content/story/01-one.md:1: no front matter"),
        ("---\ntitle: x\n", "content/story/01-one.md:1: no front matter"),
        ("---\ntitle: a: b\nslug: one\n---\n", "content/story/01-one.md:2: broken front matter: mapping values"),
        ("---\nslug: one\ntitle: [x\n---\n", "content/story/01-one.md:4: broken front matter"),
        ("---\njust words\n---\n", "content/story/01-one.md:2: broken front matter: write lines such as"),
        ("---\n---\nWords.", "content/story/01-one.md: front matter has no `title`"),
        ("---\ntitle: x\nslug: 404\n---\n", "content/story/01-one.md: front matter `slug` must be text"),
        ("---\ntitle: x\nslug: one\ntitel: x\n---\n", "content/story/01-one.md: unknown front matter `titel`"),
        ('---\ntitle: "{{no}}"\nslug: one\n---\n', "content/story/01-one.md: unknown fact `no`"),
        (page("One Two"), "content/story/01-one.md: slug `One Two` must be lower-case"),
        (page("two"), "content/story/02-two.md: slug `two` is already content/story/01-one.md's"),
        (
            page("one", "::: figure nothing\n:::"),
            "content/story/01-one.md:6: unknown figure `nothing`; known: atten",
        ),
        (page("one", "::: data nothing\n:::"), "content/story/01-one.md:6: unknown data `nothing`; known: myths"),
        (page("one", "{{nothing}}"), "content/story/01-one.md:6: unknown fact `nothing`; known: photo_count"),
        (page("one", "a\n\n$\\nope$"), "content/story/01-one.md:8: bad TeX in `\\nope`"),
        (page("one", "[@nobody]"), "content/story/01-one.md:6: dangling reference `nobody`"),
        (page("one", "::: figure attention\n:::"), "content/story/02-two.md:6: figure `attention` already stands at"),
    ],
)
def test_a_broken_chapter(content: Path, text: str, expected: str) -> None:
    (content / "story/01-one.md").write_text(text)
    assert problems(content)[0].startswith(expected)


def test_bytes_that_are_not_utf_8(content: Path) -> None:
    (content / "story/01-one.md").write_bytes(b"---\ntitle: caf\xe9\n---\n")
    assert problems(content) == ["content/story/01-one.md: not UTF-8 at byte 14; save it as UTF-8"]


def test_windows_lines_and_a_byte_order_mark_are_fine(content: Path) -> None:
    text = (content / "story/01-one.md").read_text().replace("\n", "\r\n")
    (content / "story/01-one.md").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(content).chapters[0].slug == "one"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{\n  "a": 1,\n  "b" 2\n}', "content/data/myths.json:3:7: invalid JSON: expecting ':' delimiter"),
        ("", "content/data/myths.json:1:1: invalid JSON: expecting value"),
        ('{"a": 1, "a": 2}', "content/data/myths.json: key `a` stands twice"),
        ('[\n  "fine [@mae]",\n  "bad $\\\\nope$"\n]', "content/data/myths.json:3: bad TeX in `\\nope`"),
        ('{"x": {"y": ["[@mae]",\n"[@nobody]"]}}', "content/data/myths.json:2: dangling reference `nobody`"),
    ],
)
def test_broken_data(content: Path, text: str, expected: str) -> None:
    (content / "data/myths.json").write_text(text)
    (found,) = problems(content)
    assert found.startswith(expected)


def test_an_unused_reference(content: Path) -> None:
    (content / "data/myths.json").write_text("[]")
    assert problems(content) == ["content/data/references.json: `mae` is never cited; cite it or take it out"]


def test_broken_references_hide_no_dangling_ones_behind_them(content: Path) -> None:
    (content / "data/references.json").write_text('{"vit": 1}')
    (found,) = problems(content)
    assert found.startswith("content/data/references.json: `vit` must hold exactly")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: (c / "story/02-two.md").rename(c / "story/two.md"), "two.md: a chapter's file is named like 03-"),
        (lambda c: (c / "story/01-more.md").write_text(page("more")), "chapter number 01 is already 01-more.md's"),
        (lambda c: (c / "pages/lab.md").unlink(), "content/pages: lab.md is missing"),
        (lambda c: (c / "pages/lap.md").write_text(page("lap")), "content/pages/lap.md: no page of this name"),
        (lambda c: (c / "pages/lab.md").write_text(page("lap")), "slug `lap` must be the file's name, `lab`"),
    ],
)
def test_misnamed_files(content: Path, change: Any, expected: str) -> None:
    change(content)
    assert any(expected in problem for problem in problems(content))


def test_no_chapter_and_no_folder(content: Path) -> None:
    for path in (content / "story").iterdir():
        path.unlink()
    assert any("content/story: no chapter" in problem for problem in problems(content))
    (content / "story").rmdir()
    with pytest.raises(ContentError, match="no such folder"):
        load(content)


def test_all_problems_of_all_files_at_once(content: Path) -> None:
    (content / "story/01-one.md").write_text(page("one", "{{no}} and $\\nope$"))
    (content / "pages/lab.md").write_text("no front matter")
    (content / "data/myths.json").write_text('["[@nobody]"]')
    (content / "story/02-two.md").write_text(page("two", "::: figure nothing\n:::"))
    found = problems(content)
    files = ("story/01-one.md:6", "story/01-one.md:6", "pages/lab.md:1", "data/myths.json:1", "story/02-two.md:6")
    for file in files:
        assert any(problem.startswith(f"content/{file}") for problem in found)
    assert len(found) == 5
