"""The package's order: a module imports only modules above it, and torch is never imported where prose is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import explainer

ROOT = Path(__file__).resolve().parents[1]

ORDER = re.findall(r"^(\w+) {2,}\S", explainer.__doc__ or "", re.MULTILINE)
"""The one list, in the package's docstring."""

TORCH = {
    "weights",
    "preprocess",
    "mobilenet",
    "vit",
    "vit_weights",
    "vit_run",
    "vit_measures",
    "quantize",
    "onnx_export",
    "vit_export",
}
"""Modules that may import torch as they are imported; all others only when a result has to be computed."""

PACKAGE = {path.stem: path for path in sorted((ROOT / "explainer").glob("*.py")) if path.stem != "__init__"}


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module of the package that a source imports anywhere, with the line."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            if node.module == "explainer":
                names = [alias.name for alias in node.names]
            elif node.module and node.module.startswith("explainer."):
                names = [node.module.split(".")[1]]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("explainer.")]
        for name in names:
            yield name, node.lineno


def on_import(body: list[ast.stmt]) -> Iterator[str]:
    """The top-level packages that a module imports as it is imported: not in functions, nor for type checkers alone."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from on_import(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for field in ("body", "orelse", "finalbody"):
                yield from on_import(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from on_import(handler.body)


def out_of_order(name: str, source: str) -> list[str]:
    """The imports of a module's source that are not above it in the order."""
    above = ORDER[: ORDER.index(name)]
    return [f"{name}.py:{line} imports {other}" for other, line in imported(ast.parse(source)) if other not in above]


def test_the_order_names_every_module_once() -> None:
    assert sorted(ORDER) == sorted(PACKAGE)


@pytest.mark.parametrize("name", PACKAGE)
def test_a_module_imports_only_modules_above_it(name: str) -> None:
    assert out_of_order(name, PACKAGE[name].read_text(encoding="utf-8")) == []


def test_the_rule_sees_every_kind_of_import() -> None:
    source = (
        "from explainer import cli\ndef f():\n    import explainer.serve\n    from explainer.render import render\n"
    )
    assert len(out_of_order("errors", source)) == 3
    assert out_of_order("cli", "from explainer import errors") == []


@pytest.mark.parametrize("name", sorted(set(PACKAGE) - TORCH))
def test_torch_waits_until_a_result_has_to_be_computed(name: str) -> None:
    found = set(on_import(ast.parse(PACKAGE[name].read_text(encoding="utf-8")).body))
    assert not found & {"torch", "torchvision", "onnx", "onnxruntime", "onnxscript"}


def test_build_imports_no_torch_either() -> None:
    found = set(on_import(ast.parse((ROOT / "build.py").read_text(encoding="utf-8")).body))
    assert not found & {"torch", "torchvision"}


def test_the_torch_rule_looks_into_blocks_but_not_into_functions() -> None:
    source = """
if TYPE_CHECKING:
    import torch
try:
    import numpy
except ImportError:
    import onnx
class A:
    import json
def f():
    import torchvision
"""
    assert set(on_import(ast.parse(source).body)) == {"numpy", "onnx", "json"}
