"""DINOv2 for the visitor's browser: tokens, queries and keys from pixels; compressed, and measured against PyTorch.

Whatever the rounding of weights costs is told in the unit of the figures: total variation of attention maps.
"""

import dataclasses
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from torch import Tensor, nn

from explainer import onnx_export, packing, quantize, vit_packs, vit_run
from explainer import vit_attention as va
from explainer.attention import Matrix
from explainer.digits import rounded
from explainer.errors import ModelError
from explainer.vit import VisionTransformer
from explainer.vit_run import Array
from explainer.weights import Checkpoint

TOLERANCE = {"mean": 0.013}
"""Total variation between two rows of attention, over all queries, heads, layers and photos."""

OUTPUTS = ("tokens", "q", "k", "norms")

POSITIONS = "positions"
"""Name of the file's one number, 1, that multiplies all positions; with 0 in its place the model runs without them."""


@dataclass(frozen=True)
class ExportedViT:
    """An ONNX file, the same deflated, and how far its numbers are from PyTorch's."""

    onnx: bytes
    deflated: bytes
    """One raw deflate stream of `onnx`, as `DecompressionStream("deflate-raw")` reads it."""
    parity: dict[str, Any]


class _Outputs(nn.Module):
    """(1, 3, S, S) -> tokens (1, N, D), queries and keys (L, H, N, d), lengths (L, N): what the file hands out."""

    def __init__(self, network: VisionTransformer) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor, positions: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        # Attention by its formula: runtimes without a fused operator then compute what is written here.
        out = self.network(pixels, positions, explicit=True)
        return out.tokens, out.qkv.query[0], out.qkv.key[0], out.stream[0].norm(dim=-1)


def export(
    network: VisionTransformer,
    checkpoint: Checkpoint,
    opset: int,
    inputs: Iterable[tuple[str, Array, Sequence[Path]]],
) -> ExportedViT:
    """The model -> its file; `inputs` gives each photo's id, preprocessed pixels and published layer packs, in order.

    Raises ModelError where the file is not valid ONNX, or where its attention, or that of the packs, strays too far.
    """
    name = checkpoint.model.name
    outputs = _Outputs(at_own_grid(network)).eval()
    full = onnx_export.to_onnx(outputs, opset, OUTPUTS, {POSITIONS: np.ones(1, np.float32)})
    count, shape = 1 + network.shape.grid**2, network.shape
    parts = (shape.depth, shape.num_heads, count, shape.embed_dim // shape.num_heads)
    summary = (
        f"{checkpoint.model.title}: pixels (1, 3, 224, 224) to tokens (1, {count}, {shape.embed_dim}), "
        f"q and k {parts}, norms {parts[::2]} of the tokens as each block leaves them; "
        f"the initializer {POSITIONS} multiplies the positions"
    )
    onnx_export.describe(full, checkpoint, summary, quantize.VIT)
    data = onnx_export.checked(quantize.compress(full, quantize.VIT), name)
    deflated = _deflate(data)
    identity = onnx_export.identity(data, full, checkpoint, opset, quantize.VIT)
    return ExportedViT(
        data, deflated, identity | {"deflated_bytes": len(deflated)} | parity(data, network, name, inputs)
    )


def at_own_grid(network: VisionTransformer) -> VisionTransformer:
    """The same model with its position table resampled once and for all, so that runtimes need not know how."""
    resampled = VisionTransformer(dataclasses.replace(network.shape, position_grid=network.shape.grid))
    state = network.state_dict() | {"positions": network.position_table().detach()}
    resampled.load_state_dict(state, strict=True)
    return resampled.eval().requires_grad_(False)


def without_positions(data: bytes) -> bytes:
    """The file -> one that runs the same model with its position table left out."""
    model = onnx.load_model_from_string(data)
    (switch,) = (tensor for tensor in model.graph.initializer if tensor.name == POSITIONS)
    switch.CopyFrom(numpy_helper.from_array(np.zeros(1, np.float32), POSITIONS))
    changed: bytes = model.SerializeToString(deterministic=True)
    return changed


def parity(
    data: bytes, network: VisionTransformer, name: str, inputs: Iterable[tuple[str, Array, Sequence[Path]]]
) -> dict[str, Any]:
    """Run the file and the model on every photo -> how far apart their tokens, lengths and maps are, also without
    positions, and the packs' maps.
    """
    runner, plain_runner = onnx_export.session(data), onnx_export.session(without_positions(data))
    photos: list[dict[str, Any]] = []
    strayed: list[Matrix] = []
    plain_strayed: list[Matrix] = []
    packed: list[Matrix] = []
    lengths: list[Matrix] = []
    for photo, pixels, packs in inputs:
        run = vit_run.run(network, pixels)
        plain = vit_run.run(network, pixels, positions=False)
        tokens, query, key, norms = runner.run(list(OUTPUTS), {"pixels": pixels})
        plain_query, plain_key = plain_runner.run(["q", "k"], {"pixels": pixels})
        published = [vit_packs.unpack_layer(packing.unpack(pack.read_bytes())) for pack in packs]
        strayed.append(_apart(run, zip(query, key, strict=True)))
        plain_strayed.append(_apart(plain, zip(plain_query, plain_key, strict=True)))
        packed.append(_apart(run, published))
        lengths.append(np.abs(norms / run.norms - 1))  # (L, N)
        photos.append(
            {
                "photo": photo,
                **onnx_export.mean_and_max(strayed[-1]),
                "tokens_max_abs_diff": rounded(np.abs(tokens[0] - run.tokens).max()),
            }
        )
    all_strayed, all_packed = np.stack(strayed), np.stack(packed)  # (photos, L, H, N)
    report = {
        "metric": "total variation between attention weights and PyTorch's, over all queries, heads, layers and photos",
        "tolerance": TOLERANCE,
        "total_variation": onnx_export.mean_and_max(all_strayed),
        "layers": [onnx_export.mean_and_max(all_strayed[:, layer]) for layer in range(all_strayed.shape[1])],
        "positions_off": onnx_export.mean_and_max(np.stack(plain_strayed)),
        "tokens_max_abs_diff": max(photo["tokens_max_abs_diff"] for photo in photos),
        "norms_max_relative_diff": rounded(np.max(lengths)),
        "pack": {
            "mean": rounded(all_packed.mean()),
            "max_map": rounded(all_packed.mean(axis=-1).max()),
            "tolerance": vit_packs.PACK_TOLERANCE,
        },
        "photos": photos,
        "runtimes": onnx_export.runtimes(),
    }
    _judge(report, name)
    return report


def _apart(run: vit_run.Run, layers: Iterable[tuple[Array, Array]]) -> Matrix:
    """A run, and every layer's queries and keys from elsewhere -> (L, H, N): total variation of their maps."""
    distances = [
        va.total_variation(va.weights(*layer), va.weights(query, key))
        for layer, query, key in zip(layers, run.query, run.key, strict=True)
    ]
    return np.stack(distances)


def _judge(report: dict[str, Any], name: str) -> None:
    problems = []
    mean, worst_map = report["total_variation"]["mean"], report["pack"]["max_map"]
    if not mean <= TOLERANCE["mean"]:
        worst = max(report["photos"], key=lambda photo: photo["mean"])["photo"]
        problems.append(
            f"{name}.onnx: attention strays from PyTorch's by {mean} on average (allowed {TOLERANCE['mean']}), most on "
            f"{worst!r}; use the versions pinned in pyproject.toml, or leave that photo out"
        )
    if not worst_map <= vit_packs.PACK_TOLERANCE:
        problems.append(
            f"{name}: a published map strays from the model's by {worst_map} (allowed {vit_packs.PACK_TOLERANCE}); "
            "halve QK_SCALE in explainer/vit_packs.py"
        )
    if problems:
        raise ModelError(problems)


def _deflate(data: bytes) -> bytes:
    """One raw deflate stream. Rounded weights repeat nothing, so level 6 finds all that Huffman codes can give."""
    compressor = zlib.compressobj(6, wbits=-zlib.MAX_WBITS, memLevel=9)
    return compressor.compress(data) + compressor.flush()
