"""How small DINOv2's ONNX file is, and what that does to its attention; beside it, plain rounding of the same weights.

    python benchmarks/compression.py [--dist dist] [--weights-dir FOLDER] [FILE.onnx ...]

The published file and any others are run on all photos, and their maps compared with PyTorch's. Plain rounding, to so
many bits with one scale an output channel, is simulated: the rounded weights run in PyTorch, and the integers are
deflated, bytes of one weight in planes. Distances are total variations over all queries, heads, layers and photos.
"""

import argparse
import copy
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table

from explainer import onnx_export, photos, preprocess, vit_run, vit_weights, weights
from explainer import vit_attention as va
from explainer.config import DINOV2_VITS14
from explainer.vit import VisionTransformer
from explainer.vit_run import Array

ROOT = Path(__file__).resolve().parents[1]
BITS = (6, 8, 10, 12)
Attention = Callable[[Array], tuple[Array, Array]]
"""(1, 3, 224, 224) pixels -> queries and keys, (L, H, N, d) each."""


def deflated(content: bytes) -> int:
    """Bytes of one raw deflate stream."""
    compressor = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, memLevel=9)
    return len(compressor.compress(content) + compressor.flush())


def rounded(network: VisionTransformer, bits: int) -> tuple[VisionTransformer, bytes]:
    """The network with every matrix rounded, and its numbers as they would be stored."""
    copied, stored = copy.deepcopy(network), []
    with torch.no_grad():
        for weight in copied.parameters():
            if weight.dim() < 2 or weight.numel() <= 4096:
                stored.append(weight.numpy().tobytes())
                continue
            rows = weight.reshape(weight.shape[0], -1)
            scale = rows.abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
            levels = (rows / scale.clamp(min=1e-12)).round()
            weight.copy_((levels * scale).reshape(weight.shape))
            integers = levels.numpy().astype("<i1" if bits <= 8 else "<i2")
            planes = np.frombuffer(integers.tobytes(), np.uint8).reshape(-1, integers.itemsize).T
            stored += [planes.tobytes(), scale.numpy().tobytes()]
    return copied, b"".join(stored)


def from_network(network: VisionTransformer) -> Attention:
    def attention(pixels: Array) -> tuple[Array, Array]:
        run = vit_run.run(network, pixels)
        return run.query, run.key

    return attention


def from_file(file: Path) -> Attention:
    runner = onnx_export.session(file.read_bytes())

    def attention(pixels: Array) -> tuple[Array, Array]:
        query, key = runner.run(["q", "k"], {"pixels": pixels})
        return query, key

    return attention


def strayed(attention: Attention, inputs: list[Array], expected: Attention) -> npt.NDArray[np.float64]:
    """Total variation of every row from what is expected: (photos, L, H, N)."""

    def distances() -> Iterator[npt.NDArray[np.float64]]:
        for pixels in inputs:
            pairs = zip(*attention(pixels), *expected(pixels), strict=True)
            yield np.stack([va.total_variation(va.weights(q, k), va.weights(p, j)) for q, k, p, j in pairs])

    return np.stack(list(distances()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE.onnx")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--weights-dir", type=Path)
    parser.add_argument("--photos", type=int, help="only the first so many")
    given = parser.parse_args()
    files = [given.dist / f"models/{DINOV2_VITS14.name}.onnx", *given.files]
    if missing := [str(file) for file in files if not file.is_file()]:
        parser.error(f"{', '.join(missing)}: not there; run python build.py, or name a built site with --dist")
    cache = user_cache_path("vision-transformers-on-real-photos", appauthor=False)
    network = vit_weights.load(weights.find(DINOV2_VITS14, None, given.weights_dir, cache))
    chosen = photos.load_photos(ROOT / "photos")[: given.photos]
    inputs = [preprocess.to_input(preprocess.model_pixels(photo)) for photo in chosen]
    table = Table("weights", "bytes", "deflated", "mean", "max")

    def report(name: str, content: bytes, attention: Attention) -> None:
        found = strayed(attention, inputs, from_network(network))
        numbers = (f"{len(content):,}", f"{deflated(content):,}", f"{found.mean():.4f}", f"{found.max():.3f}")
        table.add_row(name, *numbers)

    for file in files:
        report(str(file), file.read_bytes(), from_file(file))
    for bits in BITS:
        small, stored = rounded(network, bits)
        report(f"plain rounding, {bits} bits", stored, from_network(small))
    Console().print(table)


if __name__ == "__main__":
    main()
