"""Markdown directives, blocks between `::: name` and `:::`, as page parts.

::: figure NAME   caption Markdown      -> a figure, rendered later from its template, with this caption
::: data NAME                           -> a table or list, rendered later from content/data/NAME.json
::: note          Markdown              -> a side note
::: aside         summary line, Markdown -> a box that opens
::: references                          -> the list of references

`inclusion` knows three more, which decide what a text holds before any of these is looked at.

A directive inside another needs an outer fence with more colons (`::::`).
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from explainer.references import LIST_TOKEN

ARGUMENTS = {"figure": True, "data": True, "note": False, "aside": False, "references": False}
"""Every directive, and whether it takes a name."""

INCLUSIONS = ("with", "without", "source")
"""Directives that `inclusion` has dealt with before."""

_CLOSING = re.compile(r"\s*:{3,}\s*$")
_PART = re.compile(r"<!--part:(\d+)-->")

Report = Callable[[int, str], None]
"""Takes a 0-based line and what is wrong there."""


@dataclass(frozen=True)
class Part:
    """A piece of a page that a template renders."""

    kind: str
    """`figure` or `data`."""
    name: str
    line: int
    """1-based line of the file that asks for it."""
    caption: str = ""
    """HTML; figures only."""


@dataclass(frozen=True)
class Directive:
    """A block between `::: name` and `:::`."""

    name: str
    arguments: Sequence[str]
    """The words after the name."""
    inner: Sequence[Token]
    line: int
    """0-based line of the text that opens it."""


def install(md: MarkdownIt) -> None:
    """Teaches a parser to see directives; `assemble` gives them their meaning."""
    # A bare `:::` opens nothing: it closes, or is left over, which `assemble`'s caller reports.
    container_plugin(md, "directive", validate=lambda params, _markup: bool(params.strip()))


def fill(html: str, render: Callable[[int], str]) -> str:
    """HTML with part tokens -> HTML, each token replaced by `render(index of the part)`."""
    return _PART.sub(lambda match: render(int(match[1])), html)


def assemble(
    md: MarkdownIt,
    tokens: Sequence[Token],
    text: str,
    first_line: int,
    env: dict[str, Any],
    parts: list[Part],
    report: Report,
) -> list[Token]:
    """The tokens of a whole text -> the same with directives turned into HTML.

    Appends to `parts` what templates render later; `first_line` is the text's in its file, `env` the renderer's.
    """
    result: list[Token] = []
    for found in taken_apart(tokens, text, report):
        if isinstance(found, Token):
            result.append(found)
            continue
        name, arguments, inner, start_line = found.name, found.arguments, found.inner, found.line
        if name not in ARGUMENTS:
            report(start_line, f"unknown directive `{name}`; known: {', '.join((*ARGUMENTS, *INCLUSIONS))}")
            continue
        if len(arguments) != ARGUMENTS[name]:
            report(start_line, f"`::: {name}` takes {'one name' if ARGUMENTS[name] else 'no name'}")
            continue

        nested = assemble(md, inner, text, first_line, env, parts, report)
        if name in ("data", "references") and nested:
            report(start_line, f"`::: {name}` holds no text; put it before or after")
        elif name in ("figure", "data"):
            caption = md.renderer.render(nested, md.options, env)
            result.append(_html(f"<!--part:{len(parts)}-->\n"))
            parts.append(Part(name, arguments[0], first_line + start_line, caption.strip()))
        elif name == "references":
            result.append(_html(f"{LIST_TOKEN}\n"))
        elif name == "note":
            result += [_html('<div class="note" role="note">\n'), *nested, _html("</div>\n")]
        else:
            result += _aside(md, nested, start_line, env, report)
    return result


def _aside(md: MarkdownIt, nested: list[Token], line: int, env: dict[str, Any], report: Report) -> list[Token]:
    """The tokens of a box: the first line of its first paragraph is what one sees before opening it."""
    if len(nested) < 3 or nested[0].type != "paragraph_open":
        report(line, "`::: aside` opens with a line of text, its summary")
        return []
    children = nested[1].children or []
    breaks = [position for position, child in enumerate(children) if child.type in ("softbreak", "hardbreak")]
    first = children[: breaks[0]] if breaks else children
    summary = cast(RendererHTML, md.renderer).renderInline(first, md.options, env)
    body = nested[3:]
    if breaks:
        nested[1].children = children[breaks[0] + 1 :]
        body = nested
    opening = f'<details class="aside">\n<summary>{summary}</summary>\n<div class="aside-body">\n'
    return [_html(opening), *body, _html("</div>\n</details>\n")]


def taken_apart(
    tokens: Sequence[Token], text: str, report: Report, names: Collection[str] | None = None
) -> Iterator[Token | Directive]:
    """A whole text's tokens, those of a directive as one; one that is never closed is reported, and left out.

    `names` are those of the directives to take; by default all.
    """
    lines = text.split("\n")
    index = 0
    while index < len(tokens):
        token = tokens[index]
        name, *arguments = token.info.split() if token.type == "container_directive_open" else [""]
        if not name or (names is not None and name not in names):
            yield token
            index += 1
            continue
        end = _closing(tokens, index)
        line = token.map[0] if token.map else 0
        if _is_closed(token, lines):
            yield Directive(name, arguments, tokens[index + 1 : end], line)
        else:
            report(line, f"`::: {name}` is never closed; end it with a line `:::`")
        index = end + 1


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """The index of a directive's opening token -> that of its closing one."""
    depth = 0
    for index in range(opening, len(tokens)):
        if tokens[index].type in ("container_directive_open", "container_directive_close"):
            depth += tokens[index].nesting
        if depth == 0:
            return index
    raise AssertionError("the parser closes every container")


def _is_closed(opening: Token, lines: Sequence[str]) -> bool:
    """Whether a directive's own closing line is there; `lines` are the whole text's."""
    end = opening.map[1] if opening.map else 0
    return end < len(lines) and bool(_CLOSING.match(lines[end]))


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)
