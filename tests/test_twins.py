"""The live part's JavaScript twins against the Python modules, on the site's own photos, under the build's Node."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import golden_twins
import pytest
from test_javascript import run_node

if TYPE_CHECKING:
    from explainer.vit import VisionTransformer

ROOT = Path(__file__).resolve().parents[1]
TWINS = sorted((ROOT / "tests/js/twins").glob("*.test.js"))


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory, dinov2: "VisionTransformer") -> Path:
    folder = tmp_path_factory.mktemp("twins")
    golden_twins.write_resampled(folder)
    golden_twins.write_headers(folder)
    golden_twins.write_colours(folder, ROOT / "photos")
    golden_twins.write_photos(folder, ROOT / "photos", dinov2)
    return folder


@pytest.mark.parametrize("file", TWINS, ids=lambda file: file.name.removesuffix(".test.js"))
def test_a_twin_agrees(file: Path, golden: Path, site: Path) -> None:
    done = run_node("--test", "--test-reporter=spec", file, GOLDEN_DIR=str(golden), SITE_DIR=str(site))
    if done.returncode != 0:
        pytest.fail(f"node --test:\n{done.stdout}{done.stderr}", pytrace=False)
    print(done.stdout)
    counted = re.search(r"^ℹ pass (\d+)$", done.stdout, re.MULTILINE)
    assert counted and int(counted[1]) >= 2
