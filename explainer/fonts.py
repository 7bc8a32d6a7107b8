"""Fonts with the characters that the site can show, and no others: the first view is lighter by half its fonts.

A character that a font has not is drawn in the next font of the stylesheet's list, as on any page.
"""

import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

LATIN = "".join(map(chr, range(0x20, 0x7F)))
PUNCTUATION = "\u00a0‐‑–—‘’“”…′×·−"
"""What typography, entities or the format of a number may put where the sources have other characters."""
DIGITS = "0123456789.,+=() \u00a0−"
"""What a measured number in a formula may need that no formula has today."""
FEATURES = ("kern", "liga", "lnum", "tnum")
"""OpenType features: what browsers do by themselves, and what the stylesheet asks for."""
TEXTS = {".css", ".html", ".js", ".json", ".md", ".toml"}

_ITALIC = {
    unicodedata.normalize("NFKC", chr(code)): chr(code)
    for code in (*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6FC, 0x1D715))
}
"""A letter, Latin or Greek -> the one that browsers draw for it in `<mi>`."""
_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
_LEAF = re.compile(r"<(mi|mo|mn|mtext)\b([^>]*)>([^<]*)<")


@dataclass(frozen=True)
class Characters:
    """What each kind of font has to hold, in the order of the code points."""

    text: str
    formulas: str


def characters(sources: Iterable[Path], html: Iterable[str]) -> Characters:
    """`sources` are files and folders of text in UTF-8; `html` holds all formulas of the site."""
    text = set(LATIN + PUNCTUATION)
    for source in sources:
        for file in source.rglob("*") if source.is_dir() else [source]:
            if file.suffix in TEXTS:
                text |= set(file.read_text(encoding="utf-8"))
    formulas = set(DIGITS).union(*map(drawn, html))
    return Characters("".join(sorted(text)), "".join(sorted(formulas)))


def drawn(html: str) -> set[str]:
    """The characters that the formulas in a text draw: a lone letter in `<mi>` is drawn as its italic."""
    found: set[str] = set()
    for formula in _FORMULA.findall(html):
        for kind, attributes, content in _LEAF.findall(formula):
            text = unescape(content)
            found |= set(_ITALIC.get(text, text) if kind == "mi" and "mathvariant" not in attributes else text)
        if "<msqrt" in formula or "<mroot" in formula:
            found.add("√")
    return found


def subset(font: bytes, characters: str) -> bytes:
    """A WOFF2 font -> the same with these characters, their growing forms and `FEATURES`; the same bytes every time.

    Its names go, but for the copyright: the fonts' licences reserve them for the originals.
    """
    from fontTools import subset as fonttools  # here, as a warm build never needs it

    options = fonttools.Options()
    options.flavor = "woff2"
    options.layout_features = list(FEATURES)
    options.name_IDs = [0]
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ["BASE", "STAT"]  # for layouts that browsers don't have, and for choosing among a family
    small = fonttools.load_font(io.BytesIO(font), options)
    subsetter = fonttools.Subsetter(options)
    subsetter.populate(unicodes=map(ord, characters))
    subsetter.subset(small)
    file = io.BytesIO()
    fonttools.save_font(small, file, options)
    return file.getvalue()
