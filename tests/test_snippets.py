"""Every Python snippet of the prose runs: as a reader would, one after another, from the repository's root."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FENCE = re.compile(r"^```python(?P<flags>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)


def snippets(file: Path) -> list[tuple[str, bool]]:
    """A Markdown file -> its Python code blocks and whether each runs; lines keep their numbers in the file.

    A block marked `norun` needs what a test should not: a built site, a model of another kind. It must still parse.
    """
    text = file.read_text(encoding="utf-8")
    return [
        ("\n" * (text.count("\n", 0, match.start("code"))) + match["code"], match["flags"].strip() != "norun")
        for match in FENCE.finditer(text)
    ]


FILES = [file for file in sorted((ROOT / "content").rglob("*.md")) if snippets(file)]


def test_the_prose_has_snippets() -> None:
    assert any(runs for file in FILES for _, runs in snippets(file))


def test_flags_are_known() -> None:
    flags = {match["flags"].strip() for file in FILES for match in FENCE.finditer(file.read_text(encoding="utf-8"))}
    assert flags <= {"", "norun"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "content")))
def test_snippets_run_in_order(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for code, runs in snippets(file):
        program = compile(code, str(file), "exec")
        if runs:
            exec(program, namespace)
