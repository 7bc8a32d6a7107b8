"""The pages' sources hold nothing that nothing else uses: exports, classes, macros."""

import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FRONT = ROOT / "site_templates"


def texts(*patterns: str, below: Path = ROOT) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for pattern in patterns for path in sorted(below.glob(pattern))}


SCRIPTS = texts("js/**/*.js", below=FRONT)
TEMPLATES = texts("**/*.html", below=FRONT)
STYLES = texts("css/**/*.css", below=FRONT)
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|const|class) (\w+)", re.MULTILINE)


def exported_in_vain(scripts: dict[Path, str], tests: Iterable[str]) -> list[str]:
    """Exports whose name no other script and no test has."""
    words = {path: set(re.findall(r"\w+", script)) for path, script in scripts.items()}
    tested = set(re.findall(r"\w+", "\n".join(tests)))
    return [
        f"{path.name}: {name}"
        for path, script in scripts.items()
        for name in EXPORT.findall(script)
        if name not in tested and not any(name in words[other] for other in scripts if other != path)
    ]


def styled_in_vain(styles: Iterable[str], used: str) -> list[str]:
    """Classes of the styles that `used` does not have; of some it has the beginning, and the rest is filled in."""
    words = set(re.findall(r"[\w-]+", used))
    selectors = " ".join(re.findall(r"([^{}]*)\{", re.sub(r"/\*.*?\*/", "", "".join(styles), flags=re.DOTALL)))
    begun = tuple(re.findall(r"([a-z][\w-]*-)(?:\{\{|\{|\$\{)", used))
    return sorted(
        name for name in set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors)) - words if not name.startswith(begun)
    )


def test_what_is_exported_is_imported_or_tested() -> None:
    tests = texts("tests/**/*.js", "tests/**/*.py", "benchmarks/**/*.*")
    assert exported_in_vain(SCRIPTS, tests.values()) == []
    assert exported_in_vain({Path("a.js"): "export function a() {}\nexport const b = a();"}, ["a"]) == ["a.js: b"]


def test_what_is_styled_is_on_a_page() -> None:
    code = texts("explainer/*.py", "content/**/*.md")
    used = "\n".join((*TEMPLATES.values(), *SCRIPTS.values(), *code.values()))
    assert styled_in_vain(STYLES.values(), used) == []
    assert styled_in_vain([".a, .b-c:hover > .d { x: 1.5em }"], 'class="a b-{{ name }}"') == ["d"]


def test_what_templates_define_and_import_they_use() -> None:
    everything = "".join(TEMPLATES.values())
    for path, text in TEMPLATES.items():
        for macro in re.findall(r"\{% macro (\w+)", text):
            assert len(re.findall(rf"\b{macro}\(", everything)) > 1, f"{path.name}: macro {macro}"
        for names in re.findall(r"\{% from .* import (.*) %\}", text):
            for name in names.split(", "):
                assert re.search(rf"\b{name}\(", text), f"{path.name}: import {name}"
        for name in re.findall(r"\{% set (\w+)", text):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{path.name}: set {name}"
