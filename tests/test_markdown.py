"""The dialect of Markdown: what each thing becomes, and that every mistake is named with its line."""

from pathlib import Path

import pytest

from explainer.errors import ContentError
from explainer.inclusion import Build
from explainer.markdown import Heading, Markdown, Prose

MARKDOWN = Markdown({"photo_count": "6", "sign": "<6 & 7>"}, {"vit", "mae"}, Build({}, Path()))


def page(text: str, shift: int = 0) -> Prose:
    return MARKDOWN.page(text, file="story/02-x.md", first_line=7, slug="x", title="Patches & more", shift=shift)


def problems(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        page(text)
    return list(caught.value.problems)


def test_raw_html_stays_text() -> None:
    html = page("<script>alert(1)</script>\n\nand <b>x</b> <!--cite:vit-->").html
    assert "<script" not in html and "<b>" not in html and "<!--" not in html
    assert "&lt;script&gt;" in html


def test_links_do_not_run_scripts() -> None:
    assert "href" not in page("[x](javascript:alert(1))").html


def test_concept_spans() -> None:
    assert '<span class="query">queries</span>' in page("[queries]{.query} and more").html


def test_quotes_dashes_and_dots_are_typographic() -> None:
    assert page('"It\'s" -- so... (C) and (P) stay').html == "<p>“It’s” – so… (C) and (P) stay</p>\n"
    assert "a---b" not in page("a---b").html
    assert "--out" in page("`--out`").html


def test_facts_are_text() -> None:
    assert page("{{photo_count}} photos, {{sign}}").html == "<p>6 photos, &lt;6 &amp; 7&gt;</p>\n"


def test_facts_in_formulas() -> None:
    assert "<mn>6</mn>" in page("$N = {{photo_count}}$").html


def test_facts_are_left_alone_in_code() -> None:
    assert "{{nothing}}" in page("`{{nothing}}`").html


def test_headings_are_shifted_and_link_to_themselves() -> None:
    prose = page("## Why *sixteen*?\n\n### Part\n\n## Why sixteen", shift=1)
    assert prose.headings == (
        Heading("x-why-sixteen", "Why sixteen?", 3),
        Heading("x-part", "Part", 4),
        Heading("x-why-sixteen-2", "Why sixteen", 3),
    )
    opening = '<h3 id="x-why-sixteen"><a class="heading-anchor" href="#x-why-sixteen">'
    assert f"{opening}Why <em>sixteen</em>?</a></h3>" in prose.html


def test_code_is_highlighted_and_reachable() -> None:
    html = page('```python\nx = "<b>"\n```').html
    assert (
        '<div class="code" role="region" aria-label="Python code 1, Patches &amp; more" tabindex="0"><pre><code' in html
    )
    assert 'x = <span class="s">"&lt;b&gt;"</span></code></pre>' in html
    assert "style=" not in html


def test_code_may_carry_a_flag_for_the_tests() -> None:
    assert '<code class="language-python">' in page("```python norun\nx\n```").html


def test_regions_have_names_of_their_own() -> None:
    html = page("```python\nx\n```\n\n```python\ny\n```\n\n|a|\n|-|\n|b|").html
    for name in ("Python code 1", "Python code 2", "Table 1"):
        assert html.count(f'aria-label="{name}, ') == 1


def test_tables_align_by_class() -> None:
    html = page("| a | b |\n|--:|:-:|\n| 1 | 2 |").html
    assert '<th class="align-right" scope="col">a</th>' in html
    assert '<td class="align-center">2</td>' in html
    assert 'tabindex="0">\n<table>' in html and "</table>\n</div>" in html
    assert "style=" not in html


def test_formulas() -> None:
    html = page("A $x$ costs \\$5.\n\n$$\ny\n$$").html
    assert "<math><mi>x</mi></math> costs $5." in html
    assert '<div class="math-display" role="group" aria-label="Formula" tabindex="0"><math display="block">' in html


def test_citations_leave_tokens() -> None:
    prose = page("So [@vit] and [@mae; @vit].")
    assert "<!--cite:vit-->" in prose.html and "<!--cite:mae;vit-->" in prose.html
    assert prose.cited == {"vit", "mae"}


def test_a_figure_is_a_part_with_a_caption() -> None:
    prose = page("One.\n\n::: figure attention\nThe *eye* [@vit].\n:::\n\nTwo.")
    (part,) = prose.parts
    assert (part.kind, part.name, part.line) == ("figure", "attention", 9)
    assert part.caption == "<p>The <em>eye</em> <!--cite:vit-->.</p>"
    assert prose.html == "<p>One.</p>\n<!--part:0-->\n<p>Two.</p>\n"
    assert prose.cited == {"vit"}


def test_data_and_references() -> None:
    prose = page("::: data myths\n:::\n\n::: references\n:::")
    assert prose.html == "<!--part:0-->\n<!--references-->\n"
    assert prose.parts[0].kind == "data"


def test_note_and_aside_hold_markdown() -> None:
    html = page(":::: aside\nThe *summary*\nA first line.\n\n::: note\nInside.\n:::\n::::").html
    assert '<details class="aside">\n<summary>The <em>summary</em></summary>' in html
    assert "<p>A first line.</p>" in html
    assert '<div class="note" role="note">\n<p>Inside.</p>\n</div>' in html
    assert html.rstrip().endswith("</div>\n</details>")


def test_an_aside_with_a_summary_of_its_own() -> None:
    assert "<summary>Summary</summary>\n" in page("::: aside\nSummary\n\nBody.\n:::").html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n\n{{unknown}}", "story/02-x.md:9: unknown fact `unknown`; known: photo_count, sign"),
        ("a\nb $\\nope$", "story/02-x.md:8: bad TeX in `\\nope`"),
        ("$$\n\\nope\n$$", "story/02-x.md:7: bad TeX"),
        ("a\nb\nc [@nobody]", "story/02-x.md:9: dangling reference `nobody`"),
        ("| a |\n|---|\n| [@nobody] |", "story/02-x.md:9: dangling reference `nobody`"),
        ("[@vit, @mae]", "story/02-x.md:7: citation `[@vit, @mae]` is not of the form"),
        (
            "::: figur x\n:::",
            "story/02-x.md:7: unknown directive `figur`; known: figure, data, note, aside, references",
        ),
        ("a\n\n::: figure\n:::", "story/02-x.md:9: `::: figure` takes one name"),
        ("::: note x\n:::", "story/02-x.md:7: `::: note` takes no name"),
        ("::: note\nopen", "story/02-x.md:7: `::: note` is never closed"),
        ("a\n\n:::", "story/02-x.md:9: a `:::` that belongs to no directive"),
        ("::: data x\nwords\n:::", "story/02-x.md:7: `::: data` holds no text"),
        ("::: aside\n- a\n:::", "story/02-x.md:7: `::: aside` opens with a line of text"),
        ("# Title", "story/02-x.md:7: `#` is the title's"),
        ("## A [link](x)", "story/02-x.md:7: a heading links to itself"),
        ("![cat](cat.png)", "story/02-x.md:7: pictures come as figures"),
        ("[x]{.qurey}", "story/02-x.md:7: a span carries one of the classes query, key, value, cls, position"),
        ('[x]{.query style="color:red"}', "story/02-x.md:7: a span carries"),
        ("```pyton\nx\n```", "story/02-x.md:7: code in `pyton`"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, expected: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(expected)


def test_all_mistakes_at_once_in_the_order_of_the_text() -> None:
    found = problems("{{one}}\n\n::: wrong\n:::\n\n$\\two$\n\n[@three]\n\n# Four")
    assert [int(problem.split(":")[1]) for problem in found] == [7, 9, 12, 14, 16]


def test_inline_text_of_data_files() -> None:
    prose = MARKDOWN.inline("A *b* [k]{.key} $x$ [@vit] <i>", "data/x.json", 4)
    assert prose.html.startswith('A <em>b</em> <span class="key">k</span> <math>')
    assert "&lt;i&gt;" in prose.html and prose.cited == {"vit"}
    with pytest.raises(ContentError, match=r"^data/x.json:4: dangling reference `no`"):
        MARKDOWN.inline("[@no]", "data/x.json", 4)
