"""Models for the visitor's browser: export, compress, check, and always measure parity with PyTorch.

The file's bytes depend on the checkpoint, the opset and the exporter's versions only: torch's notes (which hold stack
traces with absolute paths), shape annotations and version stamps are taken out, and our own metadata are put in.
"""

import hashlib
import platform
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import nn

from explainer import attention, mobilenet, preprocess, quantize
from explainer.config import MOBILENET_V2
from explainer.digits import rounded
from explainer.errors import ModelError
from explainer.weights import Checkpoint

Array = npt.NDArray[np.float32]

PRODUCER = "vision-transformers-on-real-photos"

TOLERANCE = {"mean": 0.001, "max": 0.01}
"""Total variation between two rows of attention weights (0: equal, 1: disjoint), over all queries of all photos."""

SUMMARY = f"{MOBILENET_V2.title} trunk: pixels (1, 3, 224, 224) to features (1, 1280, 7, 7)"
"""As the file's metadata have it."""

_INPUT = (1, 3, preprocess.IMAGE_SIZE, preprocess.IMAGE_SIZE)


@dataclass(frozen=True)
class ExportedModel:
    """An ONNX file and how far its numbers are from PyTorch's."""

    onnx: bytes
    parity: dict[str, Any]
    """As published in data/parity.json; see `parity_report`."""


def export_mobilenet(
    trunk: nn.Module,
    checkpoint: Checkpoint,
    opset: int,
    inputs: Iterable[tuple[str, Array]],
    position_alpha: float,
) -> ExportedModel:
    """The trunk -> `pixels` (1, 3, 224, 224) float32 -> `features` (1, 1280, 7, 7) float32, compressed and measured.

    `inputs` gives each photo's id and preprocessed pixels, one at a time. Raises ModelError where the file is not valid
    ONNX or its attention strays from PyTorch's by more than TOLERANCE in any variant.
    """
    full = to_onnx(trunk, opset, ["features"])
    describe(full, checkpoint, SUMMARY, quantize.CNN)
    data = checked(quantize.compress(full, quantize.CNN), MOBILENET_V2.name)
    report = parity_report(data, trunk, inputs, position_alpha)
    return ExportedModel(data, identity(data, full, checkpoint, opset, quantize.CNN) | report)


def checked(model: onnx.ModelProto, name: str) -> bytes:
    """A graph -> its file, the same bytes every time. Raises ModelError where it is not valid ONNX."""
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(f"{name}.onnx: not valid ONNX ({error}); use the versions pinned in pyproject.toml") from error
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def identity(
    data: bytes, full: onnx.ModelProto, checkpoint: Checkpoint, opset: int, schemes: Mapping[str, quantize.Scheme]
) -> dict[str, Any]:
    """How every parity report begins: what was compared."""
    return {
        "model": checkpoint.model.name,
        "checkpoint": checkpoint.spec.name,
        "weights_sha256": checkpoint.sha256,
        "onnx_sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "float32_bytes": len(full.SerializeToString(deterministic=True)),
        "opset": opset,
        "compression": quantize.describe(schemes),
    }


def runtimes() -> dict[str, str]:
    """How every parity report ends: what it was measured with."""
    return {
        "onnxruntime": onnxruntime.__version__,
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
    }


def to_onnx(
    network: nn.Module, opset: int, outputs: Sequence[str], constants: Mapping[str, Array] | None = None
) -> onnx.ModelProto:
    """A network of (1, 3, 224, 224) `pixels` -> its float32 graph, batch normalisation folded, without notes.

    `constants`: what the network is given besides pixels; initializers in the graph, which keep these names.
    """
    constants = constants or {}
    with warnings.catch_warnings():
        # The exporter warns about its own use of torch's tree interfaces.
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            network,
            (torch.zeros(_INPUT), *map(torch.from_numpy, constants.values())),
            dynamo=True,
            external_data=False,
            opset_version=opset,
            input_names=["pixels", *constants],
            output_names=list(outputs),
            verbose=False,
        )
    if program is None:
        raise ModelError(
            f"{type(network).__name__}: torch.onnx.export gave no program; use the versions pinned in pyproject.toml"
        )
    model = program.model_proto
    graph = model.graph
    noted = [model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output]
    for part in noted:
        del part.metadata_props[:]
        part.doc_string = ""
    del graph.value_info[:]
    del graph.input[1:]
    graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())
    _rename(graph)
    return model


def _rename(graph: onnx.GraphProto) -> None:
    """Node names from the graph's own order: the exporter's come from counters and say little to a person."""
    names = {value.name: value.name for value in (*graph.input, *graph.output, *graph.initializer)}
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{index}"
        for output in node.output:
            names.setdefault(output, node.name if len(node.output) == 1 else f"{node.name}_{output}")
    for node in graph.node:
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]


def describe(
    model: onnx.ModelProto, checkpoint: Checkpoint, summary: str, schemes: Mapping[str, quantize.Scheme]
) -> None:
    """Write into the file what it is: its checkpoint, the weights' SHA-256, the preprocessing, the licence."""
    model.producer_name = PRODUCER
    model.producer_version = ""
    model.graph.name = checkpoint.model.name
    onnx.helper.set_model_props(
        model,
        {
            "producer": PRODUCER,
            "model": summary,
            "checkpoint": checkpoint.spec.description,
            "weights_sha256": checkpoint.sha256,
            "preprocessing": f"{preprocess.DESCRIPTION}; mean {preprocess.MEAN}, standard deviation {preprocess.STD}",
            "compression": quantize.describe(schemes),
            "licence": checkpoint.spec.licence,
        },
    )


def session(data: bytes) -> onnxruntime.InferenceSession:
    """ONNX Runtime on the CPU with its default optimisations, as a reader would open the file; one thread, so that sums
    are always taken in the same order.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def parity_report(
    data: bytes, trunk: nn.Module, inputs: Iterable[tuple[str, Array]], position_alpha: float
) -> dict[str, Any]:
    """Run the file and the trunk on every photo -> how far apart their features and their attention are.

    Total variation of two rows of weights: sum_j |a_j - b_j| / 2. Each variant is compared at its default temperature.
    Raises ModelError, one line a variant, where the mean or the greatest exceeds TOLERANCE.
    """
    runner = session(data)
    photos: list[dict[str, Any]] = []
    rows: dict[str, list[npt.NDArray[np.float64]]] = {variant: [] for variant in attention.VARIANTS}
    for photo, pixels in inputs:
        expected = mobilenet.features(trunk, pixels)
        got = mobilenet.tokens_of(runner.run(["features"], {"pixels": pixels})[0])
        for variant, distances in rows.items():
            distances.append(total_variation(got, expected, variant, position_alpha))
        photos.append(
            {
                "photo": photo,
                "features_max_abs_diff": rounded(np.abs(got - expected).max()),
                "variants": {variant: mean_and_max(distances[-1]) for variant, distances in rows.items()},
            }
        )
    if not photos:
        raise ValueError("parity needs at least one photo")
    variants = {variant: mean_and_max(np.concatenate(distances)) for variant, distances in rows.items()}
    _judge(variants, photos)
    return {
        "metric": "total variation between the file's and PyTorch's attention weights, over all queries of all photos",
        "tolerance": TOLERANCE,
        "variants": {
            variant: {"temperature": attention.DEFAULT_TEMPERATURE[variant], **measured}
            for variant, measured in variants.items()
        },
        "features_max_abs_diff": max(photo["features_max_abs_diff"] for photo in photos),
        "photos": photos,
        "runtimes": runtimes(),
    }


def total_variation(
    one: npt.ArrayLike, other: npt.ArrayLike, variant: str, position_alpha: float
) -> npt.NDArray[np.float64]:
    """Two (49, 1280) feature maps -> (49,): the distance of their attention weights, query by query, in [0, 1]."""
    first, second = (
        attention.softmax(attention.logits(tokens, tokens), attention.DEFAULT_TEMPERATURE[variant])
        for tokens in (attention.tokens(features, variant, position_alpha) for features in (one, other))
    )
    distance: npt.NDArray[np.float64] = np.abs(first - second).sum(axis=1) / 2
    return distance


def _judge(variants: Mapping[str, Mapping[str, float]], photos: Iterable[Mapping[str, Any]]) -> None:
    problems = []
    for variant, measured in variants.items():
        worst = max(photos, key=lambda photo: photo["variants"][variant]["max"])
        if any(not measured[name] <= limit for name, limit in TOLERANCE.items()):
            problems.append(
                f"{MOBILENET_V2.name}.onnx: {variant} attention strays from PyTorch's by {measured['mean']} on average "
                f"(allowed {TOLERANCE['mean']}) and {measured['max']} at most (allowed {TOLERANCE['max']}), worst on "
                f"{worst['photo']!r}; use the versions pinned in pyproject.toml, or leave that photo out"
            )
    if problems:
        raise ModelError(problems)


def mean_and_max(distances: npt.NDArray[np.float64]) -> dict[str, float]:
    """Distances of any shape -> what a parity report says of them."""
    return {"mean": rounded(distances.mean()), "max": rounded(distances.max())}
