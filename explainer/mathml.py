r"""TeX -> MathML, with one colour a concept and no inline style, which the page's content policy forbids.

`\query{Q}`, `\key{K}`, `\val{V}`, `\cls{z}` and `\pos{p}` colour a symbol: they become `class="c-query"` and so on, and
the stylesheet holds the colours for light and dark.
"""

import re

from math_core import LatexError, LatexToMathML

from explainer.errors import ContentError

# The converter can only colour, and only by name; each concept gets a colour that then stands for its class.
_CONCEPTS = {
    "query": ("cyan", "#00B9F2", "c-query"),
    "key": ("magenta", "#FB3199", "c-key"),
    "val": ("olive", "#9F8C18", "c-value"),
    "cls": ("orange", "#FF8001", "c-cls"),
    "pos": ("teal", "#008080", "c-position"),
}

_CLASSES = {
    **{f"color:{colour}": name for _, colour, name in _CONCEPTS.values()},
    "text-align:left": "math-left",
    "text-align:right": "math-right",
    "justify-items:start": "",  # repeats text-align
    "justify-items:end": "",
    "padding-left:0": "math-flush-left",
    "padding-right:0": "math-flush-right",
    "padding-left:1em": "math-gap-left",
    "padding-right:0.1667em": "math-thin-right",
    "margin-left:-0.16666667em": "math-negative-thin",
}
"""What the converter may ask of CSS, declaration by declaration, and the class that says it instead."""

_STYLE = re.compile(r' style="([^"]*)"')
_COLOUR_COMMAND = re.compile(r"\\(?:text)?color\b")
_POSITION = re.compile(r"^(\d+): ")

_converter = LatexToMathML(
    macros={name: rf"\textcolor{{{colour}}}{{#1}}" for name, (colour, _, _) in _CONCEPTS.items()},
    fancy_error=False,
)


def to_mathml(tex: str, *, display: bool, where: str) -> str:
    """TeX -> one `<math>` element; `where` (file:line) opens the message of the ContentError that bad TeX raises."""

    def refuse(problem: str) -> ContentError:
        return ContentError(f"{where}: bad TeX in `{' '.join(tex.split())}`: {problem}")

    if _COLOUR_COMMAND.search(tex):
        macros = ", ".join(f"\\{name}" for name in _CONCEPTS)
        raise refuse(f"colour a concept instead, with one of {macros}")
    try:
        html: str = _converter.convert_with_local_state(tex.strip(), displaystyle=display)
    except LatexError as error:
        # The converter opens with a character offset, which a reader of one formula does not need.
        raise refuse(_POSITION.sub("", str(error)).rstrip(".")) from None
    if "<menclose" in html:
        raise refuse("browsers draw neither boxes nor strike-outs in MathML; leave \\boxed and \\cancel out")

    def to_class(match: re.Match[str]) -> str:
        names = []
        for declaration in filter(None, re.sub(r"\s*([:;])\s*", r"\1", match[1]).split(";")):
            if declaration not in _CLASSES:
                raise refuse(f"it needs the inline style `{declaration}`, which the page's policy forbids")
            names.append(_CLASSES[declaration])
        classes = " ".join(filter(None, names))
        return f' class="{classes}"'

    return _STYLE.sub(to_class, html)
