"""16-bit weights: what is rounded, how far, and that a runtime computes with them what it should."""

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from explainer import quantize

GENERATOR = np.random.default_rng(11)


def two_convolutions(large: npt.NDArray[np.float32], small: npt.NDArray[np.float32]) -> onnx.ModelProto:
    """x (1, C, 4, 4) -> Conv with `large` -> Conv with `small` -> y."""
    bias = GENERATOR.normal(size=small.shape[0]).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "large"], ["h"]), helper.make_node("Conv", ["h", "small", "bias"], ["y"])],
        "two",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, large.shape[1], 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, small.shape[0], 4, 4])],
        [numpy_helper.from_array(array, name) for name, array in (("large", large), ("small", small), ("bias", bias))],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.fixture
def model() -> onnx.ModelProto:
    spread = np.exp(GENERATOR.normal(size=(128, 1, 1, 1)) * 2)
    large = (GENERATOR.normal(size=(128, 64, 1, 1)) * spread).astype(np.float32)
    return two_convolutions(large, GENERATOR.normal(size=(8, 128, 1, 1)).astype(np.float32))


def initializers(model: onnx.ModelProto) -> dict[str, npt.NDArray[np.generic]]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def test_rounding_errs_by_at_most_half_a_step_of_its_own_channel() -> None:
    weight = (GENERATOR.normal(size=(5, 3, 3, 3)) * np.array([1e-3, 1, 10, 1e3, 0]).reshape(5, 1, 1, 1)).astype("f4")
    levels, scale = quantize.quantize(weight)
    assert levels.dtype == np.int16 and scale.dtype == np.float32 and scale.shape == (5, 1, 1, 1)
    error = np.abs(levels * scale.astype(np.float64) - weight)
    assert (error <= scale * 0.501).all()
    assert (np.abs(levels[:4]).max(axis=(1, 2, 3)) == 32767).all()
    assert not levels[4].any()


def test_only_large_convolution_weights_shrink(model: onnx.ModelProto) -> None:
    before = model.SerializeToString(deterministic=True)
    small = quantize.compress(model)
    assert model.SerializeToString(deterministic=True) == before
    kept, shrunk = initializers(model), initializers(small)
    assert shrunk["large.int16"].dtype == np.int16 and shrunk["large.scale"].shape == (128, 1, 1, 1)
    assert "large" not in shrunk
    assert np.array_equal(shrunk["small"], kept["small"]) and np.array_equal(shrunk["bias"], kept["bias"])
    assert [node.op_type for node in small.graph.node] == ["Cast", "Mul", "Conv", "Conv"]
    assert small.ByteSize() < 0.65 * model.ByteSize()
    onnx.checker.check_model(small, full_check=True)


def test_a_runtime_computes_with_the_rounded_weights(model: onnx.ModelProto) -> None:
    small = quantize.compress(model)
    x = GENERATOR.normal(size=(1, 64, 4, 4)).astype(np.float32)
    providers = ["CPUExecutionProvider"]
    (got,) = InferenceSession(small.SerializeToString(), providers=providers).run(None, {"x": x})
    shrunk = initializers(small)
    large = shrunk["large.int16"].astype(np.float64) * shrunk["large.scale"]
    hidden = np.einsum("oi,bihw->bohw", large[:, :, 0, 0], x)
    expected = np.einsum("oi,bihw->bohw", shrunk["small"][:, :, 0, 0], hidden) + shrunk["bias"].reshape(1, -1, 1, 1)
    assert np.abs(got - expected).max() < 1e-5 * np.abs(expected).max()
    (exact,) = InferenceSession(model.SerializeToString(), providers=providers).run(None, {"x": x})
    assert 0 < np.abs(got - exact).max() < 1e-3 * np.abs(exact).max()


def test_the_same_graph_gives_the_same_bytes(model: onnx.ModelProto) -> None:
    one, other = (quantize.compress(model).SerializeToString(deterministic=True) for _ in range(2))
    assert one == other
