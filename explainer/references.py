"""Citations: numbered by first appearance over the whole story, linked both ways with the list of references.

A citation's number is known only when every page stands, so Markdown leaves a token (an HTML comment, which no author
can write: raw HTML in Markdown stays text) and `Bibliography.link` puts the numbers in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any

from explainer.errors import ContentError

KEY = r"[A-Za-z][A-Za-z0-9_-]*"
"""A reference's key, as a regular expression."""

LIST_TOKEN = "<!--references-->"
"""Where the list of references goes."""

_CITATION = re.compile(r"<!--cite:([^>]+?)-->")

STORY = "index.html"
"""The page that holds the list."""


@dataclass(frozen=True)
class Reference:
    """One entry of content/data/references.json."""

    key: str
    authors: str
    """`Abnar, S. and Zuidema, W.`"""
    title: str
    venue: str
    year: str
    url: str


def parse_references(value: Any, file: str) -> dict[str, Reference]:
    """The parsed references.json -> {key: Reference}; every malformed entry at once in one ContentError."""
    if not isinstance(value, dict):
        raise ContentError(f"{file}: must be an object of references by key")
    wanted = [field.name for field in fields(Reference) if field.name != "key"]
    problems, references = [], {}
    for key, entry in value.items():
        if not re.fullmatch(KEY, key):
            problems.append(f"{file}: key `{key}` must be letters, digits, `-` or `_`, and open with a letter")
        elif not isinstance(entry, dict) or set(entry) != set(wanted):
            problems.append(f"{file}: `{key}` must hold exactly {', '.join(wanted)}")
        elif not all(str(entry[name]).strip() for name in wanted):
            problems.append(f"{file}: `{key}` has an empty field; fill it in")
        elif not re.match(r"https?://", str(entry["url"])):
            problems.append(f"{file}: the url of `{key}` must open with https://")
        else:
            references[key] = Reference(key, **{name: str(entry[name]).strip() for name in wanted})
    if problems:
        raise ContentError(problems)
    return references


def citation_token(keys: Sequence[str]) -> str:
    """Keys of one citation -> the token that stands for it."""
    return f"<!--cite:{';'.join(keys)}-->"


def cited_keys(html: str) -> list[str]:
    """The keys that a text with tokens cites, in order, repeated as they repeat."""
    return [key for citation in _CITATION.findall(html) for key in citation.split(";")]


class Bibliography:
    """The numbers of all references: the story's by first appearance, then what only other pages cite."""

    def __init__(self, references: Mapping[str, Reference], story: str, others: Sequence[str] = ()) -> None:
        """`story` and `others` are pages with tokens; references that none cites are left out."""
        in_story = cited_keys(story)
        order = dict.fromkeys([*in_story, *(key for html in others for key in cited_keys(html))])
        self.entries = [references[key] for key in order]
        self._number = {key: number for number, key in enumerate(order, start=1)}
        self._times = {key: in_story.count(key) for key in order}

    def link(self, html: str, page: str = STORY) -> str:
        """A page with tokens -> the page with numbered links; in the story also their anchors, and the list."""
        seen: dict[str, int] = {}

        def one(key: str) -> str:
            entry, number = self.entries[self._number[key] - 1], self._number[key]
            label = escape(f"Reference {number}: {_spoken(entry.authors)}, {entry.year.partition(' (')[0]}")
            if page != STORY:
                return f'<a href="{STORY}#ref-{key}" aria-label="{label}">{number}</a>'
            seen[key] = seen.get(key, 0) + 1
            anchor = f'id="cite-{key}-{seen[key]}" role="doc-biblioref"'
            return f'<a href="#ref-{key}" {anchor} aria-label="{label}">{number}</a>'

        def citation(match: re.Match[str]) -> str:
            links = ", ".join(map(one, match[1].split(";")))
            return f'<span class="citation">[{links}]</span>'

        linked = _CITATION.sub(citation, html)
        return linked.replace(LIST_TOKEN, self._list())

    def _list(self) -> str:
        items = []
        for number, entry in enumerate(self.entries, start=1):
            times = range(1, self._times[entry.key] + 1)
            back = " ".join(
                f'<a href="#cite-{entry.key}-{time}" role="doc-backlink" '
                f'aria-label="Back to citation {time} of reference {number}">↩'
                + (f"<sup>{time}</sup>" if len(times) > 1 else "")
                + "</a>"
                for time in times
            )
            items.append(
                f'<li id="ref-{entry.key}"><span class="reference-authors">{escape(entry.authors)}</span> '
                f'<cite><a href="{escape(entry.url)}">{escape(entry.title)}</a></cite>. '
                f'<span class="reference-venue">{escape(entry.venue)}, {escape(entry.year)}.</span>'
                + (f' <span class="reference-back">{back}</span>' if back else "")
                + "</li>"
            )
        return "\n".join(['<ol class="references">', *items, "</ol>"]) if items else ""


def _spoken(authors: str) -> str:
    """`He, K., Zhang, X. and Sun, J.` -> `He and others`: a link is read out many times, and the list has all names."""
    names = [person.split(",")[0] for person in re.split(r"(?<=\.)(?:,| and) ", authors)]
    return " and ".join(names).rstrip(".") if len(names) < 3 else f"{names[0]} and others"
