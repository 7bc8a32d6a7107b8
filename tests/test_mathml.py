"""TeX to MathML: concept colours as classes, no inline style, one clear line for bad TeX."""

import json
import re
from pathlib import Path

import pytest

from explainer.errors import ContentError
from explainer.fonts import drawn
from explainer.mathml import to_mathml

ROOT = Path(__file__).resolve().parents[1]


def inline(tex: str) -> str:
    return to_mathml(tex, display=False, where="a.md:3")


def test_attention_formula() -> None:
    html = to_mathml(
        r"\operatorname{softmax}\left(\frac{\query{Q}\key{K}^\top}{\sqrt{d_k}}\right)\val{V}",
        display=True,
        where="a.md:1",
    )
    assert html.startswith('<math display="block">')
    assert "<mi>softmax</mi>" in html and "<msqrt>" in html and "<mfrac>" in html
    for name, letter in (("query", "Q"), ("key", "K"), ("value", "V")):
        assert f'<mrow class="c-{name}"><mi>{letter}</mi></mrow>' in html


@pytest.mark.parametrize(
    ("macro", "name"), [("query", "query"), ("key", "key"), ("val", "value"), ("cls", "cls"), ("pos", "position")]
)
def test_each_concept_has_its_class(macro: str, name: str) -> None:
    assert f'class="c-{name}"' in inline(rf"\{macro}{{x}}_i")


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{cases} a & b \\ c & d \end{cases}",
        r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}",
        r"a\!b",
        r"\left.\frac{a}{b}\right|_x",
        r"\query{\key{x}}",
    ],
)
def test_no_inline_style_is_left(tex: str) -> None:
    html = inline(tex)
    assert " style=" not in html
    assert "<math" in html


def test_aligned_columns_keep_their_sides() -> None:
    html = inline(r"\begin{aligned} a &= b \end{aligned}")
    assert '<mtd class="math-right math-flush-right"><mi>a</mi></mtd>' in html
    assert '<mtd class="math-left math-flush-left"><mo>=</mo><mi>b</mi></mtd>' in html


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\frac{1", "end of input"),
        (r"\nonsense x", r'Unknown command "\nonsense"'),
        ("a & b", '"&"'),
        (r"\textcolor{red}{x}", r"\query, \key, \val, \cls, \pos"),
        (r"\color{red} x", "colour a concept"),
        (r"\boxed{x}", "boxed"),
        (r"\begin{array}{l|r} a & b \end{array}", "inline style `border-right"),
    ],
)
def test_bad_tex_names_place_formula_and_reason(tex: str, reason: str) -> None:
    with pytest.raises(ContentError) as caught:
        inline(tex)
    (problem,) = caught.value.problems
    assert problem.startswith(f"a.md:3: bad TeX in `{tex}`: ")
    assert reason in problem
    assert "\n" not in problem and "\x1b" not in problem


def test_a_formula_over_several_lines_gives_one_line() -> None:
    with pytest.raises(ContentError) as caught:
        inline("\\frac{1}\n  {2")
    assert r"`\frac{1} {2`" in str(caught.value)


def _font() -> set[int]:
    """The code points of the mathematics font, from the list that it was made with."""
    text = (ROOT / "site_templates/fonts/math-unicodes.txt").read_text(encoding="utf-8")
    found: set[int] = set()
    for word in " ".join(line.split("#")[0] for line in text.splitlines()).split():
        first, _, last = word.partition("-")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


def test_every_formula_of_the_site_is_in_the_font() -> None:
    font, missing, formulas = _font(), {}, 0
    for file in sorted((ROOT / "content").rglob("*.md")) + sorted((ROOT / "content").rglob("*.json")):
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            text = json.dumps(json.loads(text), ensure_ascii=False).replace("\\\\", "\\")
        for tex in re.findall(r"\$\$(.+?)\$\$|(?<![\\\w$])\$(?!\s)([^$\n]+?)(?<!\s)\$(?!\d)", text, re.DOTALL):
            formula = "".join(tex)
            if "{{" in formula:
                continue
            formulas += 1
            shown = drawn(to_mathml(formula, display=False, where=str(file)))
            if lacking := {character for character in shown if ord(character) not in font}:
                missing[formula] = lacking
    assert formulas > 20
    assert missing == {}


def test_the_font_lacks_what_it_does_not_hold() -> None:
    assert "∮" in drawn(inline(r"\oint x")) and ord("∮") not in _font()
