"""MobileNet v2's trunk for TensorFlow.js: the checkpoint that the site uses, batch normalisation folded, as float32."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from explainer import mobilenet, weights
from explainer.config import MOBILENET_V2


def write(folder: Path, weights_dir: Path | None, cache_dir: Path) -> None:
    """`weights.bin` and the plan of its layers, `weights.json`, into a folder."""
    trunk = mobilenet.load_trunk(weights.load_state(weights.find(MOBILENET_V2, None, weights_dir, cache_dir)))
    plan: list[dict[str, Any]] = []
    content = bytearray()
    for part in trunk.children():
        held = getattr(part, "use_res_connect", False)  # an inverted residual: expand, filter, project
        plan += [{"kind": "hold"}] if held else []
        plan += [_step(*step, content) for step in _steps(part)]
        plan += [{"kind": "add"}] if held else []
    (folder / "weights.json").write_text(json.dumps(plan))
    (folder / "weights.bin").write_bytes(content)


def _steps(module: nn.Module) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d, bool]]:
    """Convolution, its normalisation, and whether ReLU6 follows."""
    parts = [part for part in module.modules() if not list(part.children())]
    for at, part in enumerate(parts):
        if isinstance(part, nn.Conv2d):
            norm = parts[at + 1]
            assert isinstance(norm, nn.BatchNorm2d)
            yield part, norm, at + 2 < len(parts) and isinstance(parts[at + 2], nn.ReLU6)


def _step(conv: nn.Conv2d, norm: nn.BatchNorm2d, relu6: bool, content: bytearray) -> dict[str, Any]:
    mean, variance = norm.running_mean, norm.running_var
    assert mean is not None and variance is not None
    gain = norm.weight / torch.sqrt(variance + norm.eps)
    kernel = (conv.weight * gain[:, None, None, None]).detach().numpy()  # (out, in, h, w)
    depthwise = conv.groups > 1
    # TensorFlow's order: (h, w, in, out), and (h, w, channels, 1) for one filter a channel.
    filters = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(2, 3, 1, 0)
    return {
        "kind": "depthwise" if depthwise else "conv",
        "stride": conv.stride[0],
        "pad": conv.padding[0],
        "relu6": relu6,
        "filter": _add(filters, content),
        "bias": _add((norm.bias - mean * gain).detach().numpy(), content),
    }


def _add(array: npt.NDArray[np.float32], content: bytearray) -> dict[str, Any]:
    offset = len(content)
    content += np.ascontiguousarray(array, "<f4").tobytes()
    return {"offset": offset, "shape": list(array.shape)}
