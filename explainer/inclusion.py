"""What a text takes in before it is read: parts that depend on the build's models, and our own source, shown as code.

::: with MODEL                 the inside is read only when the model is in the build
::: without MODEL              only when it is not
::: source FILE NAME ...       a Python file of the repository, or its classes and functions of these names

A part that is left out is as if it had never been written, so it may quote facts that only its model can give. Only
its citations are still seen: whether a reference is ever cited must not depend on what could be fetched.
"""

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it.token import Token

from explainer.directives import INCLUSIONS, Report, taken_apart


@dataclass(frozen=True)
class Build:
    """What texts may ask of the build that reads them."""

    models: Mapping[str, bool]
    """Every model's name, and whether it is in the build."""
    root: Path
    """The repository: sources are named from here."""


def include(
    tokens: Sequence[Token], text: str, build: Build, cited: set[str], known: Collection[str], report: Report
) -> list[Token]:
    """The tokens of a whole text -> the same with gates decided and sources in place; `known` are citable keys.

    Adds to `cited` what parts that are left out cite.
    """
    result: list[Token] = []
    for found in taken_apart(tokens, text, report, INCLUSIONS):
        if isinstance(found, Token):
            result.append(found)
            continue
        name, arguments, inner, line = found.name, found.arguments, found.inner, found.line
        if name == "source":
            result += _source(arguments, inner, build.root, line, report)
        elif len(arguments) != 1 or arguments[0] not in build.models:
            report(line, f"`::: {name}` takes the name of one model: {', '.join(build.models)}")
        elif build.models[arguments[0]] == (name == "with"):
            result += include(inner, text, build, cited, known, report)
        else:
            cited |= _cited(inner).intersection(known)
    return result


def _cited(tokens: Sequence[Token]) -> set[str]:
    children = [child for token in tokens for child in token.children or []]
    return {key for child in children if child.type == "citation" for key in child.meta["keys"]}


def _source(names: Sequence[str], inner: Sequence[Token], root: Path, line: int, report: Report) -> list[Token]:
    """A source as a code block that the snippets' test leaves alone: its own tests run it."""
    if not names or inner:
        report(line, "`::: source` takes a file and, if you like, names in it; and it holds no text")
        return []
    file = (root / names[0]).resolve()
    if not (file.is_file() and file.suffix == ".py" and file.is_relative_to(root.resolve())):
        report(line, f"`::: source` shows a Python file of the repository; there is no `{names[0]}`")
        return []
    code = file.read_text(encoding="utf-8")
    if len(names) > 1:
        parts = definitions(code)
        unknown = [name for name in names[1:] if name not in parts]
        if unknown:
            report(line, f"no `{'`, `'.join(unknown)}` in {names[0]}; known: {', '.join(parts)}")
            return []
        code = "\n\n\n".join(parts[name] for name in names[1:]) + "\n"
    return [Token("fence", "code", 0, info="python", content=code, map=[line, line + 1], markup="```", block=True)]


def definitions(code: str) -> dict[str, str]:
    """Python source -> its top-level classes and functions by name, each with its decorators."""
    lines = code.split("\n")
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found
