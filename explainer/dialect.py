"""The dialect of Markdown that chapters are written in: what the parser sees, and the HTML each thing becomes.

CommonMark without raw HTML, with tables, `[span]{.query}`, `$TeX$`, `[@citation]`, `{{fact}}`, directives, and
typographic quotes, dashes and ellipses. The parser only recognises; `markdown` gives facts, formulas and citations
their content (in `token.content` and `token.meta`) before it renders.
"""

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Operator
from pygments.util import ClassNotFound

from explainer import directives
from explainer.references import KEY, citation_token

FACT = re.compile(r"\{\{([^{}\n]*)\}\}")
"""`{{name}}`: a number measured in this build."""

_CITATION = re.compile(r"\[@([^\]\n]*)\]")
_KEYS = re.compile(rf"{KEY}(\s*;\s*@{KEY})*")
_DASHES = {"---": "—", "--": "–", "...": "…"}
_HIGHLIGHTS = (
    ("b", (Keyword.Constant, Keyword.Type, Operator.Word, Name.Builtin)),
    ("k", (Keyword,)),
    ("s", (Literal,)),
    ("c", (Comment, Generic.Prompt)),
    ("f", (Name.Function, Name.Class)),
)
"""Class in code.css -> the tokens of code that get it; the first that fits counts."""


def parser() -> MarkdownIt:
    """A parser of the dialect. To render, hand it `env = {"region": function}`, see `region_attributes`."""
    md = MarkdownIt("commonmark", {"html": False, "typographer": True})
    md.enable(["table", "smartquotes"])
    attrs_plugin(md, spans=True, allowed=("class",))
    dollarmath_plugin(md, allow_labels=False, allow_space=False, allow_digits=False)
    directives.install(md)
    md.inline.ruler.before("link", "citation", _citation)
    md.inline.ruler.before("link", "fact", _fact)
    # The parser's own replacements would also turn (C) and (P), which are shapes here, into © and §.
    md.core.ruler.before("smartquotes", "dashes", _dashes)
    for name, rule in {
        "fact": _render_fact,
        "citation": _render_citation,
        "math_inline": _render_math,
        "math_block": _render_formula,
        "fence": _render_code,
        "table_open": _render_table,
        "table_close": _render_table,
        "heading_open": _render_heading,
        "heading_close": _render_heading,
    }.items():
        md.add_render_rule(name, rule)
    return md


def language_of(info: str) -> str:
    """A code block's language: the first word after its fence. Further words speak to others: `norun` to the tests."""
    return info.split()[0] if info.strip() else "text"


def lexer(info: str) -> Lexer | None:
    """The highlighter for a code block by what follows its fence, None for a language that Pygments does not know."""
    try:
        return get_lexer_by_name(language_of(info))
    except ClassNotFound:
        return None


def region_attributes(name: str) -> str:
    """The attributes of a box that scrolls sideways: reachable by keyboard, with a name of its own on the page."""
    return f'role="region" aria-label="{escape(name)}" tabindex="0"'


def _fact(state: StateInline, silent: bool) -> bool:
    match = FACT.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("fact", "", 0)
        token.meta = {"name": match[1]}
    state.pos = match.end()
    return True


def _citation(state: StateInline, silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("citation", "", 0)
        token.content = match[0]
        token.meta = {"keys": re.findall(KEY, match[1]) if _KEYS.fullmatch(match[1].strip()) else []}
    state.pos = match.end()
    return True


def _dashes(state: StateCore) -> None:
    for token in state.tokens:
        for child in token.children or []:
            if child.type == "text":
                child.content = re.sub(r"(?<!-)-{2,3}(?!-)|\.\.\.", lambda match: _DASHES[match[0]], child.content)


def _render_fact(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return escape(tokens[index].content, quote=False)


def _render_citation(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return citation_token(tokens[index].meta["keys"])


def _render_math(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return str(tokens[index].meta.get("mathml", ""))


def _render_formula(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    mathml = tokens[index].meta.get("mathml", "")
    return f'<div class="math-display" role="group" aria-label="Formula" tabindex="0">{mathml}</div>\n'


def _render_code(_self: Any, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    language = language_of(tokens[index].info)
    highlighter = lexer(language)
    if highlighter is None:
        return ""  # The page is refused anyway.
    code = _highlighted(tokens[index].content.rstrip("\n"), highlighter)
    region = region_attributes(env["region"](f"{highlighter.name} code"))
    return f'<div class="code" {region}><pre><code class="language-{escape(language)}">{code}</code></pre></div>\n'


def _highlighted(code: str, highlighter: Lexer) -> str:
    """Code as HTML, with a span around what the stylesheet marks and nothing else."""
    html = []
    for name, tokens in groupby(highlighter.get_tokens(code), lambda token: _highlight(token[0])):
        text = escape("".join(value for _, value in tokens), quote=False)
        html.append(f'<span class="{name}">{text}</span>' if name else text)
    return "".join(html).rstrip("\n")


def _highlight(kind: Any) -> str:
    return next((name for name, parents in _HIGHLIGHTS if any(kind in parent for parent in parents)), "")


def _render_table(_self: Any, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    if tokens[index].nesting < 0:
        return "</table>\n</div>\n"
    return f'<div class="table" {region_attributes(env["region"]("Table"))}>\n<table>\n'


def _render_heading(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    if token.nesting < 0:
        return f"</a></{token.tag}>\n"
    anchor = escape(str(token.attrs["id"]))
    return f'<{token.tag} id="{anchor}"><a class="heading-anchor" href="#{anchor}">'
