"""The published files hold what they promise: a reader with NumPy and ONNX Runtime finds the same numbers.

Nothing here uses the package's own mathematics, packing or preprocessing: everything is worked out anew from the files.
"""

import base64
import io
import json
import math
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from PIL import Image
from published_files import open_pack, pixels, read, sha256

from explainer.photos import load_photos

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = [photo.id for photo in load_photos(ROOT / "photos")]
VARIANTS = ("raw", "layernorm", "layernorm_position")
MEAN_TOTAL_VARIATION, GREATEST_TOTAL_VARIATION = 0.001, 0.01
"""What the 16-bit weights of the ONNX file may change in the attention, a variant and a photo."""

Numbers = npt.NDArray[np.float64]


def document(site: Path, photo: str) -> dict[str, Any]:
    found: dict[str, Any] = read(site, f"data/photos/{photo}/mobilenet_v2.json")
    return found


def features_by_onnx(site: Path, photo: str) -> Numbers:
    """crop.png -> (49, 1280), through the published model, with ImageNet's mean and deviation."""
    values = (pixels(site, photo) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    session = onnxruntime.InferenceSession(str(site / "models/mobilenet_v2.onnx"), providers=["CPUExecutionProvider"])
    (given,) = session.run(["features"], {"pixels": values.transpose(2, 0, 1)[None].astype(np.float32)})
    assert np.shape(given) == (1, 1280, 7, 7)
    found: Numbers = np.asarray(given, np.float64)[0].reshape(1280, 49).T
    return found


def normalised(x: Numbers) -> Numbers:
    centred = x - x.mean(axis=1, keepdims=True)
    found: Numbers = centred / np.sqrt(x.var(axis=1, keepdims=True) + 1e-6)
    return found


def position_codes() -> Numbers:
    """(49, 1280): [sin, cos] of the column, then [sin, cos] of the row, 320 frequencies each, number by number."""
    codes = np.empty((49, 1280))
    for token in range(49):
        row, col = token // 7, token % 7
        for k in range(320):
            frequency = 10000 ** (-k / 320)
            codes[token, k] = math.sin(col * frequency)
            codes[token, 320 + k] = math.cos(col * frequency)
            codes[token, 640 + k] = math.sin(row * frequency)
            codes[token, 960 + k] = math.cos(row * frequency)
    return codes


def tokens(features: Numbers, variant: str, alpha: float) -> Numbers:
    if variant == "raw":
        return features
    return normalised(features) + (alpha * position_codes() if variant == "layernorm_position" else 0)


def softmax(scores: Numbers, temperature: float) -> Numbers:
    exponentials: Numbers = np.exp((scores - scores.max(axis=-1, keepdims=True)) / temperature)
    found: Numbers = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return found


def check(instance: Any, schema: Mapping[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(instance)


def test_every_listed_file_is_valid_by_its_published_schema(site: Path) -> None:
    kinds = set()
    for artifact in read(site, "data/artifacts.json")["artifacts"]:
        path, schema = artifact["file"]["path"], artifact["schema"]
        if path.endswith(".bin"):
            assert schema == "data/schema/pack_header.schema.json"
            check(open_pack((site / path).read_bytes())[0], read(site, schema))
        elif path.endswith(".json") and not path.endswith(".schema.json"):
            check(read(site, path), read(site, schema))
        else:
            assert schema is None, path
            continue
        kinds.add(schema.removeprefix("data/schema/").removesuffix(".schema.json"))
    check(read(site, "data/artifacts.json"), read(site, "data/schema/artifacts.schema.json"))
    assert kinds >= {"mobilenet_v2", "dinov2_vits14", "model_document", "pack_header", "manifest", "parity"}
    published = {path.name.removesuffix(".schema.json") for path in (site / "data/schema").iterdir()}
    assert published == kinds | {"artifacts", "vit_b_16"}


def test_a_document_has_exactly_the_promised_keys(site: Path) -> None:
    for photo in PHOTOS:
        found = document(site, photo)
        assert list(found) == [
            *("photo", "model", "checkpoint", "weights_sha256", "grid", "feature_dim"),
            *("logits", "attention", "cls", "position_alpha"),
        ]
        assert (found["photo"], found["model"]) == (photo, "mobilenet_v2")
        assert (found["grid"], found["feature_dim"]) == ([7, 7], 1280)
        for part in (found["logits"], found["attention"], found["cls"]["logits"], found["cls"]["attention"]):
            assert tuple(part) == VARIANTS


@pytest.mark.parametrize("photo", PHOTOS)
def test_attention_equals_numpys_from_the_published_onnx(site: Path, photo: str) -> None:
    found = document(site, photo)
    features = features_by_onnx(site, photo)
    for variant in VARIANTS:
        z = tokens(features, variant, found["position_alpha"])
        query = features.mean(axis=0, keepdims=True)
        summary = (query if variant == "raw" else normalised(query)) @ z.T / math.sqrt(1280)
        for scores, published in ((z @ z.T / math.sqrt(1280), found), (summary, found["cls"])):
            told = published["attention"][variant]
            weights = softmax(scores, told["temperature"])
            distance = np.abs(weights - np.asarray(told["weights"]).reshape(weights.shape)).sum(axis=1) / 2
            assert distance.mean() <= MEAN_TOTAL_VARIATION and distance.max() <= GREATEST_TOTAL_VARIATION, variant


@pytest.mark.parametrize("photo", PHOTOS)
def test_logits_equal_numpys_from_the_published_features(site: Path, photo: str) -> None:
    header, stored = open_pack((site / f"data/photos/{photo}/mobilenet_v2_features.bin").read_bytes())
    assert (header["dtype"], header["shape"], header["order"]) == ("<f4", [49, 1280], "C")
    assert stored.min() >= 0 and stored.max() <= 6  # after ReLU6
    found = document(site, photo)
    features = stored.astype(np.float64)
    for variant in VARIANTS:
        z = tokens(features, variant, found["position_alpha"])
        query = features.mean(axis=0, keepdims=True)
        query = query if variant == "raw" else normalised(query)
        np.testing.assert_allclose(found["logits"][variant], z @ z.T / math.sqrt(1280), rtol=0, atol=1e-6)
        summary = (query @ z.T)[0] / math.sqrt(1280)
        np.testing.assert_allclose(found["cls"]["logits"][variant], summary, rtol=0, atol=1e-6)


def test_weights_are_the_softmax_of_the_logits_and_sum_to_1(site: Path) -> None:
    for photo in PHOTOS:
        found = document(site, photo)
        for part in (found, found["cls"]):
            for variant in VARIANTS:
                told = part["attention"][variant]
                weights = np.asarray(told["weights"])
                assert np.abs(weights.sum(axis=-1) - 1).max() < 1e-6
                expected = softmax(np.asarray(part["logits"][variant]), told["temperature"])
                np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-6)


def test_the_pixel_packs_are_the_crops(site: Path) -> None:
    for photo in PHOTOS:
        header, stored = open_pack((site / f"data/photos/{photo}/pixels.bin").read_bytes())
        assert (header["dtype"], header["shape"]) == ("|u1", [224, 224, 3])
        assert np.array_equal(stored, pixels(site, photo)), photo


def test_the_features_of_the_onnx_file_are_those_of_the_pack(site: Path) -> None:
    for photo, told in zip(PHOTOS, read(site, "data/parity.json")["models"]["mobilenet_v2"]["photos"], strict=True):
        _, stored = open_pack((site / f"data/photos/{photo}/mobilenet_v2_features.bin").read_bytes())
        assert told["photo"] == photo
        # The report rounds to three digits; another machine's kernels add a little of their own.
        assert np.abs(features_by_onnx(site, photo) - stored).max() <= 1.1 * told["features_max_abs_diff"] + 1e-4


def test_the_parity_report_keeps_its_tolerance(site: Path) -> None:
    report = read(site, "data/parity.json")["models"]["mobilenet_v2"]
    model = site / "models/mobilenet_v2.onnx"
    assert report["tolerance"] == {"mean": MEAN_TOTAL_VARIATION, "max": GREATEST_TOTAL_VARIATION}
    assert (report["bytes"], report["onnx_sha256"]) == (model.stat().st_size, sha256(model))
    assert report["bytes"] < 5_000_000
    for variant in VARIANTS:
        told = report["variants"][variant]
        assert told["mean"] <= MEAN_TOTAL_VARIATION and told["max"] <= GREATEST_TOTAL_VARIATION
        assert told["max"] == max(photo["variants"][variant]["max"] for photo in report["photos"])
    assert read(site, "data/manifest.json")["models"][0]["parity"] == report


class Listing(HTMLParser):
    """data.html's list of files: path -> (size as shown, SHA-256)."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, tuple[str, str]] = {}
        self._class = ""
        self._path = self._size = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._class = given.get("class") or ""
        if self._class == "file-path":
            self._path = given.get("href") or ""

    def handle_data(self, data: str) -> None:
        if self._class == "file-size":
            self._size = data
        elif self._class == "file-hash":
            self.files[self._path] = (self._size, data)
        self._class = ""


def shown_size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{round(size / 1000)} kB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def test_data_html_lists_every_data_file_with_its_true_size_and_sum(site: Path) -> None:
    listing = Listing()
    listing.feed((site / "data.html").read_text(encoding="utf-8"))
    for path, (size, checksum) in listing.files.items():
        assert (size, checksum) == (shown_size((site / path).stat().st_size), sha256(site / path)), path
    there = {
        file.relative_to(site).as_posix()
        for folder in ("data", "models")
        for file in (site / folder).rglob("*")
        if file.is_file() and file.suffix != ".js"
    }
    # The index cannot list its own checksum.
    assert set(listing.files) == there - {"data/artifacts.json"} | {"vision-transformer.ipynb"}
    index = {artifact["file"]["path"]: artifact["file"] for artifact in read(site, "data/artifacts.json")["artifacts"]}
    assert {path: (shown_size(file["bytes"]), file["sha256"]) for path, file in index.items()} == listing.files


def references(value: Any) -> list[dict[str, Any]]:
    """Every FileRef in a JSON value."""
    if isinstance(value, dict):
        own = [value] if {"path", "bytes", "sha256"} <= value.keys() else []
        return own + [found for part in value.values() for found in references(part)]
    return [found for part in value for found in references(part)] if isinstance(value, list) else []


def test_every_file_that_the_manifest_names_is_there_as_it_says(site: Path) -> None:
    named = references(read(site, "data/manifest.json"))
    of_dinov2 = [file for file in named if "dinov2_vits14" in file["path"]]
    # 12 layers with positions and 4 without, 3 packs of maps and the document; a model's own: 28 filters and 4 others;
    # its stream is named as the model's and as what pages run. MobileNet's too, and the runtime and what names sources.
    assert len(of_dinov2) == 20 * len(PHOTOS) + 28 + 4 + 1
    assert len([file for file in named if "vit" not in file["path"]]) == 4 * len(PHOTOS) + 5
    for file in named:
        found = site / file["path"]
        assert (found.stat().st_size, sha256(found)) == (file["bytes"], file["sha256"]), file["path"]


def test_a_twin_hands_over_exactly_its_file(site: Path) -> None:
    twins = [file for file in references(read(site, "data/manifest.json")) if file["twin"]]
    of_dinov2 = [file for file in twins if "dinov2_vits14" in file["path"]]
    assert len(of_dinov2) == 20 * len(PHOTOS) + 2
    assert len([file for file in twins if "vit" not in file["path"]]) == 3 * len(PHOTOS) + 1
    for file in twins:
        text = (site / file["twin"]).read_text(encoding="ascii")
        call = re.fullmatch(r'explainerFile\("([^"]+)","([A-Za-z0-9+/=]+)"\);\n?', text)
        assert call and call[1] == file["path"]
        assert base64.b64decode(call[2], validate=True) == (site / file["path"]).read_bytes()


def test_every_page_embeds_what_its_scripts_use_of_the_manifest(site: Path) -> None:
    files = {file["path"]: file for file in references(read(site, "data/manifest.json"))}
    for page in site.glob("*.html"):
        block = re.search(r'<script type="application/json" id="manifest">([^<]*)</script>', page.read_text("utf-8"))
        assert block, page.name
        embedded = json.loads(block[1])
        assert [photo["id"] for photo in embedded["photos"]] == PHOTOS
        for photo in embedded["photos"]:
            for file in (photo["crop"], *photo["files"].values()):
                whole = files[file["path"]]
                assert (file["bytes"], file["version"]) == (whole["bytes"], whole["sha256"][:8])
                assert file["twin"] == (whole["twin"] == f"{file['path']}.js")


def test_display_pictures_are_the_square_that_the_model_saw(site: Path) -> None:
    for photo in read(site, "data/manifest.json")["photos"]:
        small = pixels(site, photo["id"]).astype(float)
        for picture in (photo["display"], photo["thumb"]):
            types = [source["type"] for source in picture["sources"]]
            assert types == ["image/avif", "image/webp", "image/jpeg"][: len(types)] and len(types) >= 2
            for source in picture["sources"]:
                for entry in source["srcset"].split(", "):
                    path, width = entry.split()
                    with Image.open(io.BytesIO((site / path).read_bytes())) as image:
                        assert image.size == (int(width[:-1]),) * 2 and Image.MIME[str(image.format)] == source["type"]
                        seen = np.asarray(image.convert("RGB").resize((224, 224)), float)
                    assert np.abs(seen - small).mean() < 12, path


def test_facts_follow_from_the_documents(site: Path) -> None:
    manifest = read(site, "data/manifest.json")
    facts = manifest["facts"]
    found = document(site, manifest["default_photo"])
    x, y = manifest["default_at"]
    token = 7 * (7 * y // 224) + 7 * x // 224
    weights = softmax(np.asarray(found["logits"]["layernorm"]), 4)[token]
    effective = math.exp(-sum(weight * math.log(weight) for weight in weights))
    around = sum(w for i, w in enumerate(weights) if max(abs(i // 7 - token // 7), abs(i % 7 - token % 7)) == 1)
    assert facts["photo_count"] == str(len(PHOTOS))
    assert (facts["default_row"], facts["default_column"]) == (str(token // 7 + 1), str(token % 7 + 1))
    assert facts["default_self_weight"] == f"{weights[token]:.3f}"
    assert facts["default_neighbour_share"] == f"{around:.3f}"
    assert facts["default_effective"] == f"{effective:.1f}"
    raw = []
    for photo in PHOTOS:
        rows = softmax(np.asarray(document(site, photo)["logits"]["raw"]), 1)
        raw.append(np.mean([math.exp(-np.sum(row[row > 0] * np.log(row[row > 0]))) for row in rows]))
    assert (facts["raw_effective_min"], facts["raw_effective_max"]) == (f"{min(raw):.1f}", f"{max(raw):.1f}")
    assert facts["onnx_megabytes"] == f"{(site / 'models/mobilenet_v2.onnx').stat().st_size / 1e6:.2f}"
