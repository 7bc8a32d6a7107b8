"""The Vision Transformer's arithmetic: tokens, pairs, parameters and multiply-adds, part by part.

Conventions, which give torchvision's published numbers for ViT-B/16 at 224 (86,567,656 parameters; 17.56 G):
one multiply-add counts once; matrix products count, including the two whose size is tokens x tokens; biases, LayerNorm,
softmax, GELU and additions do not. `site_templates/js/cost.js` is the browser's twin, held to these numbers by a test.
"""

from dataclasses import asdict, dataclass
from typing import Any

from explainer.config import PATCH_SIZES
from explainer.first_view import FirstPictures, ViewInputs

CHANNELS = 3
CLASSES = 1000
MLP_RATIO = 4
IMAGE_SIZES = (224, 384, 512, 1024)
"""px: the image sizes that the calculator offers."""


@dataclass(frozen=True)
class Width:
    """A size of Vision Transformer, as the ViT and DeiT papers name it."""

    key: str
    name: str
    depth: int
    embed_dim: int
    num_heads: int


WIDTHS = (
    Width("ti", "Ti", depth=12, embed_dim=192, num_heads=3),
    Width("s", "S", depth=12, embed_dim=384, num_heads=6),
    Width("b", "B", depth=12, embed_dim=768, num_heads=12),
    Width("l", "L", depth=24, embed_dim=1024, num_heads=16),
)
BASE = WIDTHS[2]


@dataclass(frozen=True)
class Parameters:
    """Learned numbers of each part; `encoder` is all blocks together."""

    projection: int
    cls_token: int
    positions: int
    encoder: int
    final_norm: int
    head: int

    @property
    def total(self) -> int:
        return sum(asdict(self).values())


@dataclass(frozen=True)
class MultiplyAdds:
    """Multiply-adds of each part for one image; the three middle ones are summed over all blocks."""

    projection: int
    """Flattened patches to embeddings."""
    attention_linear: int
    """Query, key, value and output matrices: grows with the tokens."""
    attention_pairs: int
    """q.k for every pair, and the weighted sum of values: grows with the tokens squared."""
    mlp: int
    head: int

    @property
    def total(self) -> int:
        return sum(asdict(self).values())

    @property
    def quadratic_share(self) -> float:
        """Part of the encoder block's work that grows with the tokens squared, 0 to 1."""
        return self.attention_pairs / (self.attention_linear + self.attention_pairs + self.mlp)


@dataclass(frozen=True)
class Cost:
    """What one image costs in one Vision Transformer."""

    patch_size: int
    """px."""
    image_size: int
    """px."""
    grid_size: int
    """Patches a side; a strided convolution without padding leaves out the last image_size mod patch_size px."""
    tokens: int
    """Patches and CLS."""
    pairs: int
    """Ordered (query, key) pairs of one head: tokens squared."""
    vector_length: int
    """Numbers in one flattened patch."""
    parameters: Parameters
    multiply_adds: MultiplyAdds


def block_parameters(embed_dim: int) -> dict[str, int]:
    """Embedding D -> learned numbers of one pre-norm block: two LayerNorms, attention (4 D x D), MLP (D -> 4D -> D)."""
    hidden = MLP_RATIO * embed_dim
    return {
        "norm": 2 * embed_dim,
        "attention": 4 * (embed_dim * embed_dim + embed_dim),
        "mlp": embed_dim * hidden + hidden + hidden * embed_dim + embed_dim,
    }


def cost(width: Width, patch_size: int, image_size: int) -> Cost:
    """Patch size P px, image size S px, S >= P -> Cost of (S // P)^2 + 1 tokens (Dosovitskiy et al. 2021)."""
    dim, depth = width.embed_dim, width.depth
    grid = image_size // patch_size
    patches = grid * grid
    tokens = patches + 1
    vector = CHANNELS * patch_size * patch_size
    block = block_parameters(dim)
    parameters = Parameters(
        projection=vector * dim + dim,
        cls_token=dim,
        positions=tokens * dim,
        encoder=depth * (2 * block["norm"] + block["attention"] + block["mlp"]),
        final_norm=block["norm"],
        head=dim * CLASSES + CLASSES,
    )
    multiply_adds = MultiplyAdds(
        projection=patches * vector * dim,
        attention_linear=depth * 4 * tokens * dim * dim,
        attention_pairs=depth * 2 * tokens * tokens * dim,
        mlp=depth * 2 * tokens * dim * MLP_RATIO * dim,
        head=dim * CLASSES,
    )
    return Cost(patch_size, image_size, grid, tokens, tokens * tokens, vector, parameters, multiply_adds)


def to_plain(result: Cost) -> dict[str, Any]:
    """A Cost -> nested dict with its totals and shares, as templates read it and the JavaScript twin returns it."""
    plain = asdict(result)
    plain["parameters"]["total"] = result.parameters.total
    plain["multiply_adds"]["total"] = result.multiply_adds.total
    plain["quadratic_share"] = result.multiply_adds.quadratic_share
    return plain


def views(inputs: ViewInputs, pictures: FirstPictures) -> dict[str, dict[str, Any]]:
    """First views of `cost`, `recipe` and `encoder-block`: ViT-B/16 at the site's image size, before any choice."""
    size = inputs.config.image_size
    base = to_plain(cost(BASE, 16, size))
    rows = [to_plain(cost(BASE, patch, size)) for patch in PATCH_SIZES]
    block = block_parameters(BASE.embed_dim)
    return {
        "cost": {
            "base": base,
            "rows": [
                row | {"relative": row["multiply_adds"]["total"] / base["multiply_adds"]["total"]} for row in rows
            ],
            "widths": [asdict(width) for width in WIDTHS],
            "patch_sizes": PATCH_SIZES,
            "image_sizes": IMAGE_SIZES,
        },
        "recipe": {"cost": base, "width": asdict(BASE), "patch_sizes": PATCH_SIZES},
        "encoder-block": {"cost": base, "width": asdict(BASE), "parameters": block},
    }
