"""The sources as a whole: style, types, and nothing in the repository that does not belong there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

TEXT = {".py", ".js", ".css", ".html", ".md", ".json", ".toml", ".yml", ".svg", ".txt", ""}

GENERATED = re.compile(
    r"(^|/)(dist|node_modules|__pycache__|\.venv|\.(mypy|pytest|ruff)_cache|[^/]+\.egg-info)/|\.(pyc|onnx|pth?|whl|log|orig|rej)$"
)
MACHINE = re.compile(r"(?<![\w.:/<$}*-])/(?:home|Users|root|work|tmp|var|mnt|opt|private)/[\w.-]+|\b[A-Z]:\\\\?Users\\")
"""The beginning of somebody's own folders; addresses on the web and relative paths are none."""


def tracked() -> list[Path]:
    """Files of the repository that Git follows, relative to its root; without Git (an unpacked archive) a skip."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a Git repository")
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-cache", "--output-format=concise", "."], id="ruff check"),
        pytest.param(["ruff", "format", "--no-cache", "--check", "."], id="ruff format"),
        pytest.param(["mypy", "--no-error-summary"], id="mypy"),
    ],
)
def test_the_checker_finds_nothing(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def test_nothing_generated_is_tracked() -> None:
    assert [str(path) for path in tracked() if GENERATED.search(path.as_posix())] == []


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix not in TEXT:
            continue
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        found += [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if MACHINE.search(line)]
    assert found == []


@pytest.mark.parametrize("line", ['open("|home|ann|photos")', "cd |tmp|build", "--out=|root|dist", "C:!Users!ann"])
def test_such_a_folder_is_recognised(line: str) -> None:
    # Put together here, or this file would be one of those that it looks for.
    assert MACHINE.search(line.replace("|", "/").replace("!", "\\"))


@pytest.mark.parametrize("line", ["https:||example.org|home|ann", "some|tmp|file", "$HOME|work|x", "<|home|x>"])
def test_other_text_is_none(line: str) -> None:
    assert not MACHINE.search(line.replace("|", "/"))


def test_every_source_is_utf_8_with_unix_lines_and_one_last_newline() -> None:
    wrong = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if path.suffix not in TEXT or not content:
            continue
        if b"\r" in content or not content.endswith(b"\n") or content.endswith(b"\n\n"):
            wrong.append(str(path))
    assert wrong == []
