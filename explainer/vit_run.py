"""A ViT on a photo: torch in, NumPy out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from explainer import preprocess
from explainer.mobilenet import torchvision_models
from explainer.vit import VisionTransformer

Array = npt.NDArray[np.float32]


class Run(NamedTuple):
    """What one photo gave, float32. L layers, H heads, N tokens (CLS first), d = D / H."""

    tokens: Array
    """(N, D): after the final LayerNorm."""
    query: Array
    """(L, H, N, d)"""
    key: Array
    """(L, H, N, d)"""
    norms: Array
    """(L, N): each token's length as each block leaves it, before the final LayerNorm."""
    logits: Array | None
    """(classes,)"""


def run(net: VisionTransformer, pixels: Array, positions: bool = True) -> Run:
    """(1, 3, S, S) preprocessed pixels -> Run; `positions=False` runs the model with its position table left out."""
    return runs(net, pixels, [positions])[0]


def runs(net: VisionTransformer, pixels: Array, positions: Sequence[bool]) -> list[Run]:
    """(1, 3, S, S) preprocessed pixels -> a Run with or without positions for each that is asked, all in one batch."""
    side = net.shape.image_size
    if pixels.shape != (1, 3, side, side):
        raise ValueError(f"the model takes pixels of shape (1, 3, {side}, {side}), got {pixels.shape}")
    with torch.inference_mode():
        switch = torch.tensor(positions, dtype=torch.float32).reshape(-1, 1, 1)
        out = net(torch.from_numpy(pixels).expand(len(switch), -1, -1, -1), positions=switch)
        lengths = out.stream.norm(dim=-1)
    return [
        Run(
            out.tokens[index].numpy(),
            out.qkv.query[index].numpy(),
            out.qkv.key[index].numpy(),
            lengths[index].numpy(),
            None if out.logits is None else out.logits[index].numpy(),
        )
        for index in range(len(positions))
    ]


def turned(net: VisionTransformer, pixels: npt.NDArray[np.uint8], patches: Sequence[int]) -> npt.NDArray[np.float64]:
    """(S, S, 3) crop, patches -> degrees by which the final CLS token turns when one is painted in its mean colour.

    One patch at a time: what is left of the photo is as it was.
    """
    size, grid = net.shape.patch_size, net.shape.grid
    painted = np.repeat(pixels[None], len(patches) + 1, axis=0)  # the first stays as it is
    for picture, patch in zip(painted[1:], patches, strict=True):
        row, col = divmod(patch, grid)
        part = picture[row * size : (row + 1) * size, col * size : (col + 1) * size]
        part[:] = np.rint(part.mean(axis=(0, 1)))
    with torch.inference_mode():
        inputs = torch.from_numpy(np.concatenate([preprocess.to_input(picture) for picture in painted]))
        cls = net(inputs).tokens[:, 0].double()
        cosine = torch.nn.functional.cosine_similarity(cls[:1], cls[1:])
    degrees: npt.NDArray[np.float64] = np.degrees(np.arccos(cosine.clamp(-1, 1).numpy()))
    return degrees


def position_table(net: VisionTransformer) -> Array:
    """-> (patches, D): the learned table at the image's grid, without CLS's."""
    with torch.inference_mode():
        return net.position_table()[0].numpy()


def patch_filters(net: VisionTransformer) -> Array:
    """-> (D, 3, P, P): the filters of the patch embedding."""
    return net.patch_embed.weight.detach().numpy()


def categories() -> list[str]:
    """-> the 1000 ImageNet class names, in the order of the head's outputs, as torchvision has them."""
    names: list[str] = list(torchvision_models().ViT_B_16_Weights.IMAGENET1K_V1.meta["categories"])
    return names
