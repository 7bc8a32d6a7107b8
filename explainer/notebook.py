"""Markdown with Python blocks -> a Jupyter notebook (nbformat 4.5), the same bytes for the same text.

A block of ```python is a code cell, the text between is a Markdown cell; a heading opens a new one. What stands between
`::: with MODEL` or `::: without MODEL` and `:::` is there only in builds with, or without, that model. Outputs are left
empty: whoever runs the notebook fills them.
"""

import json
import re
from collections.abc import Iterator, Mapping

from explainer.errors import ContentError

_FENCE = re.compile(r"```(\w*)")
_GATE = re.compile(r":::\s+(with|without)\s+(\S+)\s*")


def notebook(text: str, models: Mapping[str, bool], file: str) -> bytes:
    """The text, every model's name and whether the build has it -> the .ipynb. `file` is the text's, for messages.

    ContentError names what is never closed, and models that nobody knows.
    """
    cells = [
        _cell(kind, source, number)
        for number, (kind, source) in enumerate(_cells(_kept(text, models, file), file), start=1)
    ]
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _kept(text: str, models: Mapping[str, bool], file: str) -> Iterator[tuple[int, str]]:
    """-> the numbered lines that this build's models leave."""
    gate, keep, in_code = 0, True, False
    for number, line in enumerate(text.split("\n"), start=1):
        in_code ^= bool(_FENCE.match(line))
        opening = None if in_code else _GATE.fullmatch(line)
        if opening:
            if opening[2] not in models:
                raise ContentError(f"{file}:{number}: unknown model `{opening[2]}`; known: {', '.join(models)}")
            gate, keep = number, models[opening[2]] == (opening[1] == "with")
        elif not in_code and line.strip() == ":::":
            gate, keep = 0, True
        elif keep:
            yield number, line
    if gate:
        raise ContentError(f"{file}:{gate}: this part is never closed; end it with a line `:::`")


def _cells(lines: Iterator[tuple[int, str]], file: str) -> Iterator[tuple[str, str]]:
    """Lines -> (`code` or `markdown`, source) of each cell, none of them empty."""
    kind, cell, opened = "markdown", list[str](), 0
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence or (kind == "markdown" and line.startswith("#")):
            if source := "\n".join(cell).strip("\n"):
                yield kind, source
            cell = [] if fence else [line]
        else:
            cell.append(line)
        if fence:
            kind, opened = ("markdown", 0) if kind == "code" else ("code", number)
    if opened:
        raise ContentError(f"{file}:{opened}: this block of code is never closed; end it with a line ```")
    if source := "\n".join(cell).strip("\n"):
        yield kind, source


def _cell(kind: str, source: str, number: int) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": f"cell-{number:02d}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}
