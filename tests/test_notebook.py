"""The notebook: its text becomes cells, and it runs in the built site's folder and finds the story's numbers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from explainer.errors import ContentError
from explainer.notebook import notebook

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "content" / "notebook.md").read_text(encoding="utf-8")
MODELS = {"dinov2_vits14": True, "vit_b_16": False}

RUN = """
import json, sys
names = {}
for number, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
"""
"""What a kernel does: every code cell in order, in one fresh namespace."""


def cells(text: str, models: dict[str, bool] = MODELS) -> list[tuple[str, str]]:
    document = json.loads(notebook(text, models, "notes.md"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in document["cells"]]


def test_text_and_code_alternate_and_headings_open_cells() -> None:
    assert cells("# A\n\ntext\n\n## B\n\n```python norun\nx = 1\n\n# not a heading\n```\n\nafter\n") == [
        ("markdown", "# A\n\ntext"),
        ("markdown", "## B"),
        ("code", "x = 1\n\n# not a heading"),
        ("markdown", "after"),
    ]


def test_parts_follow_the_models() -> None:
    text = "::: with dinov2_vits14\na\n:::\n\n::: with vit_b_16\n```python\nb\n```\n:::\n\n::: without vit_b_16\nc\n:::"
    assert cells(text) == [("markdown", "a\n\n\nc")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n\n```python\nb", "notes.md:3: this block of code is never closed"),
        ("::: with vit_b_16\na", "notes.md:1: this part is never closed"),
        ("\n::: with dino\na\n:::", "notes.md:2: unknown model `dino`"),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    with pytest.raises(ContentError) as caught:
        cells(text)
    assert caught.value.problems[0].startswith(said)


def test_the_format_is_jupyters() -> None:
    document = json.loads(notebook(TEXT, MODELS, "notebook.md"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])
    for cell in document["cells"]:
        wanted = {"cell_type", "id", "metadata", "source"}
        assert set(cell) == (wanted | {"execution_count", "outputs"} if cell["cell_type"] == "code" else wanted)


def test_the_same_text_gives_the_same_bytes() -> None:
    assert notebook(TEXT, MODELS, "notebook.md") == notebook(TEXT, MODELS, "notebook.md")


def test_every_code_cell_parses_with_and_without_the_real_vit() -> None:
    for models in (MODELS, {"dinov2_vits14": False, "vit_b_16": False}):
        for kind, source in cells(TEXT, models):
            if kind == "code":
                compile(source, "cell", "exec")
    assert len(cells(TEXT, {"dinov2_vits14": False, "vit_b_16": False})) < len(cells(TEXT))


def test_it_runs_in_the_sites_folder_and_finds_the_storys_numbers(site: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUN, "vision-transformer.ipynb"],
        cwd=site, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the story says" in done.stdout or "dinov2_vits14_cls" not in (site / "data/manifest.json").read_text()


def test_it_says_where_to_start_it(site: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-c", RUN, str(site / "vision-transformer.ipynb")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the one with index.html" in done.stderr
