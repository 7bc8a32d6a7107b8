"""One readable Vision Transformer, the site's own: every real ViT on it is this code with a checkpoint's numbers.

Dosovitskiy et al. 2020, with the two things that DINOv2 adds: LayerScale (Touvron et al. 2021), and a position table
that is resampled to the grid at hand. Exact GELU, LayerNorm eps 1e-6, no dropout: it is only ever asked, not trained.

B batch, L layers, H heads, N tokens (CLS, then the patches row by row), D embedding, d = D / H, P patch size.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class ViTShape:
    """What tells one Vision Transformer from another."""

    image_size: int
    """px: the side of the images it is run on."""
    patch_size: int
    """px."""
    depth: int
    num_heads: int
    embed_dim: int
    mlp_dim: int
    position_grid: int
    """Side of the learned position table, in patches; resampled where the image has another grid."""
    layer_scale: bool = False
    num_classes: int = 0
    """0: no head."""

    @property
    def grid(self) -> int:
        """Patches along a side of the image."""
        if self.image_size % self.patch_size:
            raise ValueError(f"image size {self.image_size} is not a multiple of patch size {self.patch_size}")
        return self.image_size // self.patch_size


class QKV(NamedTuple):
    """One layer's queries, keys and values: (B, H, N, d) each; (B, L, H, N, d) when all layers are stacked."""

    query: Tensor
    key: Tensor
    value: Tensor


class ViTOutput(NamedTuple):
    """All that a figure asks of a ViT."""

    tokens: Tensor
    """(B, N, D): after the final LayerNorm."""
    qkv: QKV
    """(B, L, H, N, d) each."""
    stream: Tensor
    """(B, L, N, D): the tokens as each block leaves them."""
    logits: Tensor | None
    """(B, classes), from the CLS token, where there is a head."""


class Attention(nn.Module):
    """Multi-head self-attention (Vaswani et al. 2017, eq. 1): (B, N, D) -> (B, N, D) and its QKV."""

    def __init__(self, dim: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor, explicit: bool = False) -> tuple[Tensor, QKV]:
        batch, count, dim = x.shape
        parts = self.qkv(x).reshape(batch, count, 3, self.num_heads, dim // self.num_heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)  # (B, H, N, d) each
        if explicit:
            weights = (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(-1)  # (B, H, N, N)
            mixed = weights @ v  # (B, H, N, d)
        else:
            mixed = F.scaled_dot_product_attention(q, k, v)
        return self.proj(mixed.transpose(1, 2).reshape(batch, count, dim)), QKV(q, k, v)


class Block(nn.Module):
    """Pre-norm encoder block: z' = z + MSA(LN(z)), z'' = z' + MLP(LN(z')). (B, N, D) -> (B, N, D) and its QKV."""

    def __init__(self, shape: ViTShape) -> None:
        super().__init__()
        dim = shape.embed_dim
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, shape.num_heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(dim, shape.mlp_dim), nn.GELU(), nn.Linear(shape.mlp_dim, dim))
        # LayerScale multiplies each update, number by number, before it is added.
        self.scale1 = nn.Parameter(torch.ones(dim)) if shape.layer_scale else 1.0
        self.scale2 = nn.Parameter(torch.ones(dim)) if shape.layer_scale else 1.0

    def forward(self, x: Tensor, explicit: bool = False) -> tuple[Tensor, QKV]:
        update, qkv = self.attn(self.norm1(x), explicit)
        x = x + self.scale1 * update
        return x + self.scale2 * self.mlp(self.norm2(x)), qkv


class VisionTransformer(nn.Module):
    """(B, 3, S, S) normalised pixels -> ViTOutput."""

    def __init__(self, shape: ViTShape) -> None:
        super().__init__()
        dim = shape.embed_dim
        self.shape = shape
        self.patch_embed = nn.Conv2d(3, dim, shape.patch_size, stride=shape.patch_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.cls_position = nn.Parameter(torch.zeros(1, 1, dim))
        self.positions = nn.Parameter(torch.zeros(1, shape.position_grid**2, dim))
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, shape.num_classes) if shape.num_classes else None

    def position_table(self) -> Tensor:
        """The learned table at the image's grid: (1, grid * grid, D), resampled bicubically where sizes differ."""
        side, grid = self.shape.position_grid, self.shape.grid
        if side == grid:
            return self.positions
        table = self.positions.reshape(1, side, side, -1).permute(0, 3, 1, 2)  # (1, D, side, side)
        return F.interpolate(table, (grid, grid), mode="bicubic").flatten(2).transpose(1, 2)

    def forward(self, pixels: Tensor, positions: float | Tensor = 1.0, explicit: bool = False) -> ViTOutput:
        """`positions` multiplies all positions: 0 leaves them out. `explicit` computes attention by its formula."""
        x = self.patch_embed(pixels).flatten(2).transpose(1, 2)  # (B, D, grid, grid) -> (B, grid * grid, D)
        x = x + positions * self.position_table()
        cls = (self.cls_token + positions * self.cls_position).expand(len(x), -1, -1)
        x = torch.cat([cls, x], dim=1)  # (B, N, D)
        layers: list[QKV] = []
        stream: list[Tensor] = []
        for block in self.blocks:
            x, qkv = block(x, explicit)
            layers.append(qkv)
            stream.append(x)
        tokens = self.norm(x)
        stacked = QKV(*(torch.stack(part, dim=1) for part in zip(*layers, strict=True)))
        logits = None if self.head is None else self.head(tokens[:, 0])
        return ViTOutput(tokens, stacked, torch.stack(stream, dim=1), logits)
