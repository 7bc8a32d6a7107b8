"""`js/live/onnx-input.js`: a file that it changed, under ONNX Runtime."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from test_javascript import run_node

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { withInput } from "./site_templates/js/live/onnx-input.js";
const [file, name] = process.argv.slice(1);
writeFileSync(file, withInput(readFileSync(file), name));
"""


def pixels_times(name: str, value: np.ndarray) -> onnx.ModelProto:
    """out = pixels * name, with enough other constants that names and lengths must be told apart."""
    others = {f"{name}s": np.arange(3), name[:-1]: np.zeros((200, 300), np.float32)}
    constants = [numpy_helper.from_array(array, key) for key, array in (others | {name: value}).items()]
    graph = helper.make_graph(
        [helper.make_node("Mul", ["pixels", name], ["out"])],
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [2, 3])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


@pytest.mark.parametrize("shape", [(1,), (2, 3)])
def test_a_constant_becomes_an_input_that_must_be_given(tmp_path: Path, shape: tuple[int, ...]) -> None:
    model = pixels_times("positions", np.ones(shape, np.float32))
    file = tmp_path / "model.onnx"
    file.write_bytes(model.SerializeToString())
    done = run_node("--input-type=module", "--eval", SCRIPT, "--", str(file), "positions")
    assert done.returncode == 0, done.stderr
    onnx.checker.check_model(onnx.load(file), full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    given = [(value.name, value.shape) for value in session.get_inputs()]
    assert given == [("pixels", [2, 3]), ("positions", list(shape))] and not session.get_overridable_initializers()
    pixels = np.arange(6, dtype=np.float32).reshape(2, 3)
    for factor in (0, 1, 2.5):
        (out,) = session.run(None, {"pixels": pixels, "positions": np.full(shape, factor, np.float32)})
        np.testing.assert_array_equal(out, factor * pixels)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (
            pixels_times("positions", np.ones(1, np.float32)).SerializeToString(),
            "elsewhere",
            'no initializer "elsewhere"',
        ),
        (pixels_times("positions", np.ones(1, np.float32)).SerializeToString()[:-9], "positions", "cut short"),
        (b"<!doctype html>", "positions", "ONNX file"),
        (b"", "positions", "Not an ONNX file"),
    ],
)
def test_what_cannot_be_changed_is_refused(tmp_path: Path, content: bytes, name: str, message: str) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(content)
    done = run_node("--input-type=module", "--eval", SCRIPT, "--", str(file), name)
    assert done.returncode != 0 and "RangeError" in done.stderr and message in done.stderr
    assert file.read_bytes() == content
