"""Markdown -> HTML, with every problem of a text found at once.

What templates render later (figures, data) and what only the whole story decides (citation numbers) is left in the HTML
as tokens: see `directives` and `references`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from explainer import dialect, directives, inclusion
from explainer.directives import Part
from explainer.errors import ContentError
from explainer.inclusion import Build
from explainer.mathml import to_mathml

CONCEPTS = ("query", "key", "value", "cls", "position")
"""Classes that a span may carry, `[queries]{.query}`: one colour each."""


@dataclass(frozen=True)
class Heading:
    """A heading below a page's or chapter's title."""

    id: str
    title: str
    level: int
    """As in `<h3>`."""


@dataclass(frozen=True)
class Prose:
    """A page's body."""

    html: str
    """With tokens for parts, citations and the list of references."""
    headings: tuple[Heading, ...] = ()
    parts: tuple[Part, ...] = ()
    cited: frozenset[str] = frozenset()
    """Keys of references."""


@dataclass
class _Reading:
    """One text while it is read: where it stands, and what was found in it."""

    file: str
    first_line: int
    slug: str = ""
    title: str = ""
    problems: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    cited: set[str] = field(default_factory=set)
    regions: Counter[str] = field(default_factory=Counter)
    """Tables and code blocks so far, by kind."""

    def where(self, line: int) -> str:
        """A 0-based line of the text -> file:line."""
        return f"{self.file}:{self.first_line + line}"

    def report(self, line: int, problem: str) -> None:
        self.problems.append(f"{self.where(line)}: {problem}")

    def region(self, kind: str) -> str:
        """A name that no other region of the page has."""
        self.regions[kind] += 1
        return f"{kind} {self.regions[kind]}, {self.title}"

    def refuse(self) -> None:
        """ContentError with all problems, in the order of the text, if there are any."""
        if self.problems:
            place = len(f"{self.file}:")
            raise ContentError(sorted(self.problems, key=lambda problem: int(problem[place:].split(":")[0])))


class Markdown:
    """The dialect's parser, together with this build's facts and models and the keys that may be cited."""

    def __init__(self, facts: Mapping[str, str], references: Collection[str], build: Build) -> None:
        self._facts = facts
        self._references = references
        self._build = build
        self._parser = dialect.parser()

    def page(self, text: str, *, file: str, first_line: int, slug: str, title: str, shift: int = 0) -> Prose:
        """A body -> Prose. `##` becomes `<h2>`, one level lower for each `shift`; ids open with `slug`.

        `first_line` is the body's first in the file. ContentError lists everything wrong, each with file:line.
        """
        reading = _Reading(file, first_line, slug, title)
        env = {"region": reading.region}
        parts: list[Part] = []
        tokens = self._parser.parse(text)
        tokens = inclusion.include(tokens, text, self._build, reading.cited, self._references, reading.report)
        self._settle(tokens, reading)
        _settle_headings(tokens, shift, reading)
        tokens = directives.assemble(self._parser, tokens, text, first_line, env, parts, reading.report)
        html = self._parser.renderer.render(tokens, self._parser.options, env)
        reading.refuse()
        return Prose(html, tuple(reading.headings), tuple(parts), frozenset(reading.cited))

    def inline(self, text: str, file: str, line: int = 1) -> Prose:
        """A string of a data file -> Prose without a block around it; errors as for `page`."""
        reading = _Reading(file, line)
        tokens = self._parser.parseInline(text)
        self._settle(tokens, reading)
        reading.refuse()
        return Prose(self._parser.renderer.render(tokens, self._parser.options, {}), cited=frozenset(reading.cited))

    def plain(self, text: str, where: str) -> str:
        """Facts filled in, everything else as it is: for front matter and TeX. `where` is file:line or file."""

        def fill(match: re.Match[str]) -> str:
            if match[1] not in self._facts:
                raise ContentError(f"{where}: {self._unknown_fact(match[1])}")
            return self._facts[match[1]]

        return dialect.FACT.sub(fill, text)

    def _unknown_fact(self, name: str) -> str:
        return f"unknown fact `{name}`; known: {', '.join(sorted(self._facts)) or 'none'}"

    def _settle(self, tokens: Iterable[Token], reading: _Reading) -> None:
        """Facts, formulas and citations -> what the renderer prints; reports whatever is wrong."""
        line = 0
        for token in tokens:
            line = token.map[0] if token.map else line
            if token.type == "inline":
                self._settle_inline(token, line, reading)
            elif token.type == "math_block":
                self._formula(token, True, line, reading)
            elif token.type == "fence" and dialect.lexer(token.info) is None:
                reading.report(line, f"code in `{token.info.strip()}`, a language that Pygments does not know")
            elif token.type in ("th_open", "td_open"):
                # The page's policy forbids the parser's inline style.
                alignment = str(token.attrs.pop("style", "")).removeprefix("text-align:")
                if alignment:
                    token.attrJoin("class", f"align-{alignment}")
                if token.type == "th_open":
                    token.attrs["scope"] = "col"

    def _settle_inline(self, inline: Token, line: int, reading: _Reading) -> None:
        if re.search(r"^\s*:::", inline.content, re.MULTILINE):
            reading.report(line, "a `:::` that belongs to no directive; a fence around another has more colons")
        for token in inline.children or []:
            if token.type in ("softbreak", "hardbreak"):
                line += 1
            elif token.type == "math_inline":
                self._formula(token, False, line, reading)
            elif token.type == "fact":
                name = token.meta["name"]
                if name in self._facts:
                    token.content = self._facts[name]
                else:
                    reading.report(line, self._unknown_fact(name))
            elif token.type == "citation":
                self._cite(token, line, reading)
            elif token.type == "link_open":
                self._link(token, line, reading)
            elif token.type == "span_open":
                names = str(token.attrs.get("class", "")).split()
                if not names or not set(names) <= set(CONCEPTS) or token.meta.get("insecure_attrs"):
                    reading.report(line, f"a span carries one of the classes {', '.join(CONCEPTS)}, and nothing else")
            elif token.type == "image":
                reading.report(line, "pictures come as figures: write `::: figure NAME`")

    def _link(self, token: Token, line: int, reading: _Reading) -> None:
        """Facts in a link's address, where the parser has written their braces as an address has them."""
        address = str(token.attrs["href"]).replace("%7B%7B", "{{").replace("%7D%7D", "}}")
        try:
            token.attrs["href"] = self.plain(address, reading.where(line))
        except ContentError as error:
            reading.problems += error.problems

    def _formula(self, token: Token, display: bool, line: int, reading: _Reading) -> None:
        where = reading.where(line)
        try:
            token.meta["mathml"] = to_mathml(self.plain(token.content, where), display=display, where=where)
        except ContentError as error:
            reading.problems += error.problems

    def _cite(self, token: Token, line: int, reading: _Reading) -> None:
        if not token.meta["keys"]:
            reading.report(line, f"citation `{token.content}` is not of the form [@key] or [@one; @two]")
        for key in token.meta["keys"]:
            if key in self._references:
                reading.cited.add(key)
            else:
                reading.report(line, f"dangling reference `{key}`: mend the key, or add it to data/references.json")


def _settle_headings(tokens: Sequence[Token], shift: int, reading: _Reading) -> None:
    taken: set[str] = set()
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        line = token.map[0] if token.map else 0
        children = tokens[index + 1].children or []
        if token.tag == "h1":
            reading.report(line, "`#` is the title's, which the front matter holds; open with `##`")
        if any(child.type in ("link_open", "citation") for child in children):
            reading.report(line, "a heading links to itself, so it can hold no link or citation")
        title = "".join(child.content for child in children)
        base = anchor = f"{reading.slug}-{_slug(title)}"
        count = 1
        while anchor in taken:
            count += 1
            anchor = f"{base}-{count}"
        taken.add(anchor)
        token.attrs["id"] = anchor
        level = int(token.tag[1]) + shift
        token.tag = tokens[index + 2].tag = f"h{level}"
        reading.headings.append(Heading(anchor, title, level))


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"
