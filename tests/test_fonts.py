"""Subsets of the site's real fonts: what they hold, what they keep, and that nothing that a page shows is missing."""

import io
import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from explainer import fonts

ROOT = Path(__file__).resolve().parents[1]
TEXT = ROOT / "node_modules/@fontsource/source-serif-4/files/source-serif-4-latin-400-normal.woff2"
MATH = ROOT / "site_templates/fonts/math.woff2"


@cache
def subset(font: Path, characters: str) -> bytes:
    return fonts.subset(font.read_bytes(), characters)


def opened(content: bytes) -> Any:
    return TTFont(io.BytesIO(content))


def held(content: bytes) -> set[str]:
    return set(map(chr, opened(content).getBestCmap()))


def test_sources_give_their_characters_and_every_font_has_latin(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/a.md").write_text("Łukasz", encoding="utf-8")
    (tmp_path / "content/a.png").write_bytes(b"\xff")
    (tmp_path / "photos.toml").write_text('author = "José"', encoding="utf-8")
    found = fonts.characters([tmp_path / "content", tmp_path / "photos.toml"], []).text
    assert set("Łé~“…") <= set(found) and "ß" not in found
    assert found == "".join(sorted(found))


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<math><mi>x</mi><mo>∈</mo><mn>12</mn></math>", "𝑥∈12"),
        ("<math><mi>h</mi><mi>θ</mi></math>", "ℎ𝜃"),
        ("<math><mi>softmax</mi><mtext>a b</mtext></math>", "softmax b"),
        ('<math><mi mathvariant="normal">x</mi></math>', "x"),
        ("<math><msqrt><mi>d</mi></msqrt><mo>&lt;</mo></math>", "√𝑑<"),
        ("<p><mi>x</mi> is none</p>", ""),
    ],
)
def test_a_formula_draws_what_browsers_draw(html: str, found: str) -> None:
    assert fonts.drawn(html) == set(found)


def test_a_subset_holds_what_is_asked_for_and_the_font_has() -> None:
    assert held(subset(TEXT, "aé∮")) == {"a", "é"}


def test_the_same_characters_give_the_same_bytes() -> None:
    assert fonts.subset(TEXT.read_bytes(), "abc") == subset(TEXT, "abc") != subset(TEXT, "abd")


def test_text_keeps_its_figures_and_kerning() -> None:
    font = opened(subset(TEXT, "AVfi0123"))
    tags = {record.FeatureTag for table in ("GSUB", "GPOS") for record in font[table].table.FeatureList.FeatureRecord}
    assert {"kern", "liga"} <= tags <= set(fonts.FEATURES)
    assert len({font["hmtx"][font.getBestCmap()[ord(digit)]][0] for digit in "0123"}) == 1


def test_the_reserved_name_is_gone_and_the_copyright_is_not() -> None:
    names = [str(name) for name in opened(subset(TEXT, "a"))["name"].names]
    assert len(set(names)) == 1 and "Adobe" in names[0]


def test_formulas_keep_their_growing_signs() -> None:
    font = opened(subset(MATH, "√∑("))
    variants = font["MATH"].table.MathVariants
    growing = set(variants.VertGlyphCoverage.glyphs)
    assert {font.getBestCmap()[ord(sign)] for sign in "√∑("} <= growing
    assert len(font.getGlyphOrder()) > 12
    assert font["MATH"].table.MathConstants.FractionRuleThickness.Value > 0


def text_of(page: str) -> str:
    return unescape(re.sub(r"<(script|math)\b.*?</\1>|<[^>]*>", "", page, flags=re.DOTALL))


def test_no_page_shows_a_character_that_was_taken_out(site: Path) -> None:
    pages = [page.read_text(encoding="utf-8") for page in site.glob("*.html")]
    text, formulas = set("".join(map(text_of, pages))), set().union(*map(fonts.drawn, pages))
    assert {"’", "×"} <= text and {"𝑄", "√"} <= formulas
    built = {font.name.split(".")[0]: held(font.read_bytes()) for font in site.glob("assets/fonts/*.woff2")}
    assert len(built) == 4
    assert formulas <= built.pop("math")
    for name, characters in built.items():
        whole = held((TEXT.parent / f"{name}.woff2").read_bytes())
        assert (text & whole) - characters == set(), name
