"""Smaller weights for an ONNX graph, in operators that every runtime computes alike: the one home of compression.

A float32 weight W becomes integers Q and one float32 scale an output channel; the graph then holds

    Q ──Cast to float32──▶ Mul ──▶ Conv, MatMul      W' = s_o Q,   s_o = max |W_o| / levels,   |W' - W| <= s_o / 2
    s ─────────────────────▲

Cast and Mul, not DequantizeLinear: some runtimes fuse the latter into integer kernels that change the numbers.
Small weights stay float32: in MobileNet v2 the first layers have few numbers and cause most of the rounding error.
Leaving them alone adds 0.05 MB and divides the attention's error by five (measured on the six photos).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

SMALL: Final = 4096
"""Weights with at most this many numbers stay float32."""


@dataclass(frozen=True)
class Scheme:
    """How one operator's weights are stored."""

    dtype: type[np.signedinteger[Any]]
    axis: int
    """Of the output channels."""


CNN: Final = {"Conv": Scheme(np.int16, 0)}
"""For MobileNet v2, whose raw scores 8 bits would spoil (mean total variation 0.11)."""

VIT: Final = {"Conv": Scheme(np.int16, 0), "MatMul": Scheme(np.int8, 1)}
"""For a ViT: the patch embedding in 16 bits, every other matrix, (in, out) in ONNX, in 8."""


def describe(schemes: Mapping[str, Scheme]) -> str:
    """As printed in the parity report."""
    parts = [f"{operator} {np.dtype(scheme.dtype).name}" for operator, scheme in schemes.items()]
    return f"weights with over {SMALL} numbers: {', '.join(parts)}, a float32 scale per output channel (Cast, Mul)"


def quantize(
    weight: npt.NDArray[np.float32], scheme: Scheme = CNN["Conv"]
) -> tuple[npt.NDArray[np.signedinteger[Any]], npt.NDArray[np.float32]]:
    """float32 -> integers of its shape, symmetric around 0, and float32 scales: 1 along every axis but the scheme's."""
    levels = np.iinfo(scheme.dtype).max
    others = tuple(axis for axis in range(weight.ndim) if axis != scheme.axis)
    largest = np.abs(weight).max(axis=others, keepdims=True).astype(np.float64)
    # A channel of zeros has nothing to scale.
    scale = np.where(largest > 0, largest / levels, 1.0).astype(np.float32)
    quantized = np.clip(np.rint(weight / scale.astype(np.float64)), -levels, levels)
    return quantized.astype(scheme.dtype), scale


def compress(model: onnx.ModelProto, schemes: Mapping[str, Scheme] = CNN) -> onnx.ModelProto:
    """A float32 graph -> the same graph with its operators' large weights as integers; the given one stays as it is."""
    small = onnx.ModelProto()
    small.CopyFrom(model)
    graph = small.graph
    taken = {node.input[1]: schemes[node.op_type] for node in graph.node if node.op_type in schemes}
    before: list[onnx.NodeProto] = []
    kept: list[onnx.TensorProto] = []
    for tensor in graph.initializer:
        if tensor.name not in taken or math.prod(tensor.dims) <= SMALL:
            kept.append(tensor)
            continue
        scheme = taken[tensor.name]
        levels, scale = quantize(numpy_helper.to_array(tensor), scheme)
        kind = np.dtype(scheme.dtype).name
        quantized, scales, cast = (f"{tensor.name}.{part}" for part in (kind, "scale", "cast"))
        kept += [numpy_helper.from_array(levels, quantized), numpy_helper.from_array(scale, scales)]
        before += [
            onnx.helper.make_node("Cast", [quantized], [cast], name=f"{tensor.name}.Cast", to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node("Mul", [cast, scales], [tensor.name], name=f"{tensor.name}.Mul"),
        ]
    nodes = [*before, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    return small
