"""How far a browser's numbers are from Python's, from the picture file to the attention.

`benchmarks/browsers.py` measures and publishes, `test_browsers` holds what is published. Total variation is half the
sum of the differences of two rows of attention weights.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import awkward
import numpy as np
import numpy.typing as npt
from drivers import Driver
from PIL import Image

from explainer import attention, decode, mobilenet, photos, preprocess, vit_run
from explainer import vit_attention as va
from explainer.config import DINOV2_VITS14, MOBILENET_V2
from explainer.onnx_export import mean_and_max, total_variation

if TYPE_CHECKING:
    from torch import nn

    from explainer.vit import VisionTransformer

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "content/data/browsers.json"
SCRIPT = "tests/browser/twins-page.js"
STAND_IN, REAL = MOBILENET_V2.name, DINOV2_VITS14.name

LIMITS = {STAND_IN: {"mean": 0.002, "max": 0.02}, REAL: {"mean": 0.015}}
"""Total variation, over all queries (and heads and layers) of a picture."""

PHOTO = "a photo of the story"
WHAT = {
    "wide": "not square, colour at half its size (4:2:0)",
    "tiny": "32 px high",
    **{f"turned_{turn}": f"EXIF orientation {turn}" for turn in range(1, 9)},
    "grey": "one channel",
    "palette": "256 colours, one of them see-through",
    "translucent": "a soft edge",
    "sixteen": "16 bits a channel",
    "grey_sixteen": "one channel of 16 bits",
    "p3_jpeg": "JPEG in Display P3",
    "p3_png": "PNG in Display P3",
    "webp": "WebP",
    "avif": "AVIF",
    "progressive": "a JPEG in layers",
    "cmyk": "a printer’s JPEG, CMYK",
    "large": "40 megapixels",
}
"""The awkward pictures, in readers' words."""


@dataclass(frozen=True)
class Case:
    """One picture, and what Python makes of it."""

    name: str
    what: str
    content: bytes
    box: decode.Box
    """px of the upright picture."""
    pixels: npt.NDArray[np.uint8]
    """(224, 224, 3)"""

    @property
    def inputs(self) -> npt.NDArray[np.float32]:
        """(1, 3, 224, 224)"""
        return preprocess.to_input(self.pixels)


class Python:
    """Features and runs by PyTorch, each computed once for however many browsers."""

    def __init__(self, trunk: "nn.Module", network: "VisionTransformer") -> None:
        self.trunk, self.network = trunk, network
        self._features: dict[str, npt.NDArray[np.float32]] = {}
        self._runs: dict[str, vit_run.Run] = {}

    def features(self, case: Case) -> npt.NDArray[np.float32]:
        """(49, 1280)"""
        if case.name not in self._features:
            self._features[case.name] = mobilenet.features(self.trunk, case.inputs)
        return self._features[case.name]

    def run(self, case: Case) -> vit_run.Run:
        """Queries and keys of every layer."""
        if case.name not in self._runs:
            self._runs[case.name] = vit_run.run(self.network, case.inputs)
        return self._runs[case.name]


def cases(folder: Path) -> list[Case]:
    """The site's photos, then the awkward pictures; `folder` is where Python reads the latter from."""
    found = [
        Case(photo.id, PHOTO, photo.file.read_bytes(), photo.crop_box, preprocess.model_pixels(photo))
        for photo in photos.load_photos(ROOT / "photos")
    ]
    for name, (file, content) in awkward.pictures().items():
        (folder / file).write_bytes(content)
        with decode.opened(folder / file) as image:
            box = photos.crop_box(*decode.oriented_size(image))
            square = decode.crop_to_srgb(image, box)
        small = square.resize((preprocess.IMAGE_SIZE, preprocess.IMAGE_SIZE), Image.Resampling.BICUBIC)
        found.append(Case(name, WHAT[name], content, box, np.array(small)))
    return found


def look(driver: Driver, content: bytes, box: decode.Box | None, models: Sequence[str]) -> dict[str, Any]:
    """A picture file through the page's engine -> its answer, arrays flat; or an error's name and message."""
    asked = {"file": base64.b64encode(content).decode(), "box": box, "models": list(models)}
    answer: dict[str, Any] = json.loads(driver.ask("look", json.dumps(asked)))
    if "outputs" in answer:
        answer["pixels"] = np.frombuffer(base64.b64decode(answer["pixels"]), np.uint8)
        for outputs in answer["outputs"].values():
            for name, text in outputs.items():
                outputs[name] = np.frombuffer(base64.b64decode(text), np.float32)
    return answer


def distances(driver: Driver, case: Case, python: Python, models: Sequence[str]) -> dict[str, Any]:
    """One picture in one browser -> how far pixels and attention are from Python's."""
    answer = look(driver, case.content, case.box, models)
    if "outputs" not in answer:
        raise RuntimeError(f"{driver.name}, {case.name}: {answer}")
    apart = np.abs(answer["pixels"].astype(int) - case.pixels.ravel().astype(int))
    row: dict[str, Any] = {"picture": case.name, "what": case.what, "pixels": mean_and_max(apart)}
    if STAND_IN in models:
        features = answer["outputs"][STAND_IN]["features"].reshape(49, -1)
        row[STAND_IN] = {
            variant: mean_and_max(total_variation(features, python.features(case), variant, 1.0))
            for variant in attention.VARIANTS
        }
    if REAL in models:
        run = python.run(case)
        query, key = (answer["outputs"][REAL][name].reshape(run.query.shape) for name in ("q", "k"))
        layers = zip(query, key, run.query, run.key, strict=True)
        maps = [va.total_variation(va.weights(q, k), va.weights(q_, k_)) for q, k, q_, k_ in layers]
        row[REAL] = mean_and_max(np.stack(maps))
    return row


def models(site: Path) -> dict[str, str]:
    """The SHA-256 of each model that a built site's page runs."""
    reports = json.loads((site / "data/parity.json").read_bytes())["models"]
    return {name: reports[name]["onnx_sha256"] for name in (STAND_IN, REAL)}


def worst(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Of all pictures the greatest mean and the greatest of all, of pixels and of each model."""
    rows = list(rows)
    stand_in = [measured for row in rows if STAND_IN in row for measured in row[STAND_IN].values()]
    groups = {"pixels": [row["pixels"] for row in rows], STAND_IN: stand_in, REAL: [r[REAL] for r in rows if REAL in r]}
    return {
        name: {part: max(measured[part] for measured in group) for part in ("mean", "max")}
        for name, group in groups.items()
        if group
    }
