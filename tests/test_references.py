"""Citations: numbered by first appearance, linked both ways."""

import pytest

from explainer.errors import ContentError
from explainer.references import LIST_TOKEN, Bibliography, Reference, citation_token, cited_keys, parse_references

ENTRY = {
    "authors": "A. Author",
    "title": "On <i>x</i> & y",
    "venue": "ICLR",
    "year": 2021,
    "url": "https://example.org/?a=1&b",
}


def some(*keys: str) -> dict[str, Reference]:
    return parse_references(dict.fromkeys(keys, ENTRY), "references.json")


def test_numbers_follow_the_first_appearance_in_the_story() -> None:
    story = f"{citation_token(['b'])} {citation_token(['c', 'b'])}"
    bibliography = Bibliography(some("a", "b", "c"), story, [citation_token(["a"])])
    assert [entry.key for entry in bibliography.entries] == ["b", "c", "a"]
    html = bibliography.link(story)
    assert '<span class="citation">[<a href="#ref-b" id="cite-b-1"' in html
    assert (
        'id="cite-c-1" role="doc-biblioref" aria-label="Reference 2: A. Author, 2021">2</a>, <a href="#ref-b"' in html
    )
    assert 'id="cite-b-2"' in html


@pytest.mark.parametrize(
    ("authors", "spoken"),
    [
        ("He, K., Zhang, X., Ren, S. and Sun, J.", "He and others"),
        ("Ba, J. L. and Hinton, G. E.", "Ba and Hinton"),
        ("Melo, C.", "Melo"),
        ("PyTorch contributors.", "PyTorch contributors"),
    ],
)
def test_a_citation_is_spoken_in_short(authors: str, spoken: str) -> None:
    entry = ENTRY | {"authors": authors, "year": "2015 (CVPR 2016)"}
    story = citation_token(["a"]) + LIST_TOKEN
    html = Bibliography(parse_references({"a": entry}, "references.json"), story).link(story)
    assert f'aria-label="Reference 1: {spoken}, 2015"' in html and authors in html


def test_the_list_links_back_to_every_citation() -> None:
    story = citation_token(["b"]) * 2 + citation_token(["a"]) + LIST_TOKEN
    html = Bibliography(some("a", "b"), story).link(story)
    for anchor in ("cite-b-1", "cite-b-2", "cite-a-1"):
        assert html.count(f'id="{anchor}"') == 1
        assert html.count(f'href="#{anchor}"') == 1
    assert html.index('<li id="ref-b">') < html.index('<li id="ref-a">')
    assert "↩<sup>2</sup>" in html and html.count("<sup>") == 2


def test_other_pages_link_to_the_story_and_have_no_anchors() -> None:
    page = citation_token(["a"])
    html = Bibliography(some("a", "b"), citation_token(["b", "a"]), [page]).link(page, "lab.html")
    assert 'href="index.html#ref-a"' in html and ">2</a>" in html
    assert "id=" not in html


def test_a_reference_cited_elsewhere_only_is_listed_without_a_way_back() -> None:
    html = Bibliography(some("a"), LIST_TOKEN, [citation_token(["a"])]).link(LIST_TOKEN)
    assert '<li id="ref-a">' in html and "doc-backlink" not in html


def test_text_of_references_is_escaped() -> None:
    html = Bibliography(some("a"), citation_token(["a"])).link(LIST_TOKEN)
    assert "On &lt;i&gt;x&lt;/i&gt; &amp; y" in html
    assert 'href="https://example.org/?a=1&amp;b"' in html


def test_cited_keys_repeat_as_they_do() -> None:
    assert cited_keys(citation_token(["a", "b"]) + "text" + citation_token(["a"])) == ["a", "b", "a"]


def test_all_malformed_entries_at_once() -> None:
    broken = {
        "1st": ENTRY,
        "short": {"title": "x"},
        "odd": ENTRY | {"doi": "x"},
        "empty": ENTRY | {"title": " "},
        "script": ENTRY | {"url": "javascript:alert(1)"},
        "good": ENTRY,
    }
    with pytest.raises(ContentError) as caught:
        parse_references(broken, "data/references.json")
    assert len(caught.value.problems) == 5
    assert all(problem.startswith("data/references.json: ") for problem in caught.value.problems)
    for name, problem in zip(("1st", "short", "odd", "empty", "script"), caught.value.problems, strict=True):
        assert f"`{name}`" in problem


def test_references_are_an_object() -> None:
    with pytest.raises(ContentError, match="must be an object"):
        parse_references([], "references.json")
