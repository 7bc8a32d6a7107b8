"""Parts of the prose that depend on the build's models, and our own sources shown as code."""

import html
import re
from pathlib import Path

import pytest

from explainer.errors import ContentError
from explainer.inclusion import Build, definitions
from explainer.markdown import Markdown, Prose

ROOT = Path(__file__).resolve().parents[1]
MARKDOWN = Markdown({"here": "6"}, {"vit", "mae"}, Build({"dinov2": True, "vit_b": False}, ROOT))


def page(text: str) -> Prose:
    return MARKDOWN.page(text, file="story/02-x.md", first_line=7, slug="x", title="X")


def problems(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        page(text)
    return list(caught.value.problems)


def text_of(prose: Prose) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", prose.html))


def test_a_part_stays_only_where_its_model_is_there() -> None:
    assert page("::: with dinov2\nyes\n:::\n\n::: with vit_b\nno\n:::").html == "<p>yes</p>\n"
    assert page("::: without dinov2\nno\n:::\n\n::: without vit_b\nyes\n:::").html == "<p>yes</p>\n"


def test_a_part_that_is_left_out_may_ask_for_anything() -> None:
    prose = page("::::: with vit_b\n{{missing}}\n\n:::: note\n$\\broken{$\n::::\n\n## Gone\n:::::\n\nstays {{here}}")
    assert prose.html == "<p>stays 6</p>\n"
    assert prose.headings == ()


def test_a_part_that_stays_is_checked() -> None:
    assert "unknown fact `missing`" in problems("::: with dinov2\n{{missing}}\n:::")[0]


def test_figures_and_gates_nest_in_gates() -> None:
    text = "::::: with dinov2\n\n:::: without vit_b\n\n::: figure map\ncaption\n:::\n\n::::\n\n:::::"
    assert [part.name for part in page(text).parts] == ["map"]
    assert page(text.replace("without vit_b", "with vit_b")).parts == ()


def test_a_citation_counts_as_cited_wherever_it_stands() -> None:
    assert page("::: with vit_b\n[@mae]\n:::").cited == {"mae"}
    assert page("::: with vit_b\n[@nobody]\n:::").cited == frozenset()


def test_every_mistake_is_named() -> None:
    assert "takes the name of one model: dinov2, vit_b" in problems("::: with\nx\n:::")[0]
    assert "takes the name of one model: dinov2, vit_b" in problems("::: without dino\nx\n:::")[0]
    assert problems("a\n\n::: with dinov2\nx")[0].startswith("story/02-x.md:9: `::: with` is never closed")


def test_a_source_is_shown_as_it_is() -> None:
    shown = text_of(page("::: source explainer/vit.py\n:::"))
    assert shown.strip() == (ROOT / "explainer" / "vit.py").read_text(encoding="utf-8").strip()


def test_named_parts_of_a_source_are_shown_in_the_order_asked_for() -> None:
    shown = text_of(page("::: source explainer/vit.py Block ViTShape\n:::"))
    assert shown.startswith("class Block(nn.Module):")
    assert "\n\n\n@dataclass(frozen=True)\nclass ViTShape:" in shown
    assert "class Attention" not in shown


def test_a_source_must_be_ours() -> None:
    assert "there is no `explainer/none.py`" in problems("::: source explainer/none.py\n:::")[0]
    assert "there is no `../secret.py`" in problems("::: source ../secret.py\n:::")[0]
    assert "there is no `README.md`" in problems("::: source README.md\n:::")[0]
    assert "no `Blok` in explainer/vit.py; known: ViTShape" in problems("::: source explainer/vit.py Blok\n:::")[0]
    assert "holds no text" in problems("::: source explainer/vit.py\ntext\n:::")[0]


def test_definitions_bring_their_decorators() -> None:
    assert definitions("x = 1\n\n\n@wrap\ndef f():\n    pass\n\n\nclass C: ...\n") == {
        "f": "@wrap\ndef f():\n    pass",
        "C": "class C: ...",
    }


def test_links_hold_facts() -> None:
    assert 'href="#x?layer=6"' in page("[a](#x?layer={{here}})").html
    assert "unknown fact `there`" in problems("[a](#x?layer={{there}})")[0]
