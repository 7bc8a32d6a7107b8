"""What the real ViT's figures should say, by NumPy from the published packs and documents: nothing of the package."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from driving import Cell, Numbers, place
from published_files import open_pack, read

LAYERS, HEADS, SIDE, TOKENS = 12, 6, 16, 257
COARSE = 7
KEPT = (0, 3, 7, 11)
"""0-based layers whose queries and keys are published of the run without positions."""
MAXIMUM = 0.2
"""The weight that the absolute scale of a real map draws brightest."""


def fixed(value: float, digits: int) -> str:
    """As JavaScript's toFixed: of two numbers equally near, the greater."""
    step = Decimal(1).scaleb(-digits)
    return str(Decimal(float(value)).quantize(step, ROUND_HALF_UP))


@cache
def document(site: Path, photo: str) -> dict[str, Any]:
    found: dict[str, Any] = read(site, f"data/photos/{photo}/dinov2_vits14.json")
    return found


@cache
def model_document(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = read(site, "data/models/dinov2_vits14.json")
    return found


@cache
def values(file: Path) -> Numbers:
    """A scaled pack's numbers."""
    header, stored = open_pack(file.read_bytes())
    return np.asarray(stored * header["scale"], np.float64)


def pack_of(site: Path, photo: str, name: str) -> Numbers:
    return values(site / f"data/photos/{photo}/dinov2_vits14_{name}.bin")


def softmax(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


@cache
def layer_maps(site: Path, photo: str, layer: int, prefix: str = "") -> Numbers:
    """0-based layer -> (heads, queries, keys), from the published queries and keys."""
    query, key = pack_of(site, photo, f"{prefix}layer_{layer + 1:02d}").transpose(0, 1, 3, 2)
    return softmax(np.einsum("hid,hjd->hij", query, key) / 8)


@dataclass(frozen=True)
class RealView:
    """What the page is asked to show of the real ViT."""

    site: Path
    photo: str = "chelsea"
    cell: Cell = (5, 5)
    layer: int = 10
    head: str = "mean"
    asker: str = "patch"
    direction: str = "to"
    scale: str = "absolute"
    prefix: str = ""
    """Of the packs' names: `no_positions_` for the run without positions."""

    @property
    def patch(self) -> int:
        return SIDE * self.cell[0] + self.cell[1]

    def map_of(self, layer: int, head: str, direction: str) -> Numbers:
        """(257,) of one head, or of the heads' mean."""
        if self.asker == "cls" and direction == "to":
            heads = pack_of(self.site, self.photo, f"{self.prefix}cls")[layer]
        else:
            maps = layer_maps(self.site, self.photo, layer, self.prefix)
            token = 0 if self.asker == "cls" else 1 + self.patch
            heads = maps[:, token] if direction == "to" else maps[:, :, token]
        return np.asarray(heads.mean(axis=0) if head == "mean" else heads[int(head)])

    @property
    def map(self) -> Numbers:
        """(257,)"""
        return self.map_of(self.layer, self.head, self.direction)

    @property
    def patches(self) -> Numbers:
        """(256,): what the map on the photo shows."""
        return self.map[1:]

    @property
    def maximum(self) -> float:
        return MAXIMUM if self.scale == "absolute" else float(self.patches.max())

    @property
    def end(self) -> str:
        """What stands at the legend's end."""
        return "0.2+" if self.scale == "absolute" else fixed(self.maximum, 3)

    @property
    def order(self) -> list[int]:
        """Patches, the greatest weight first."""
        return [int(patch) for patch in np.argsort(-self.patches, kind="stable")]

    @property
    def loudest(self) -> int:
        """The patch with the greatest weight, who asks left out."""
        return next(patch for patch in self.order if self.asker == "cls" or patch != self.patch)

    @property
    def head_words(self) -> str:
        return "mean of the heads" if self.head == "mean" else f"head {int(self.head) + 1}"

    @property
    def around(self) -> tuple[str, str, str]:
        """Weight on itself, on the patches that touch it, on all that are farther."""
        if self.asker == "cls":
            return fixed(self.map[0], 3), "–", fixed(self.patches.sum(), 3)
        row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
        steps = np.maximum(np.abs(row - self.cell[0]), np.abs(col - self.cell[1]))
        parts = self.patches[steps == 0], self.patches[steps == 1], self.patches[steps > 1]
        own, touching, farther = (fixed(part.sum(), 3) for part in parts)
        return own, touching, farther

    @property
    def sentence(self) -> str:
        """The figure's sentence on the map."""
        loudest, weight = place(self.loudest, SIDE), fixed(self.patches[self.loudest], 3)
        asks, own = place(self.patch, SIDE), fixed(self.patches[self.patch], 3)
        said = {
            ("cls", "to"): f"CLS listens most to {loudest}, weight {weight}.",
            ("cls", "by"): f"CLS is heard most by {loudest}, which gives it {weight}.",
            ("patch", "to"): f"{asks} listens to itself with weight {own}; of the other patches, "
            f"most to {loudest}: {weight}.",
            ("patch", "by"): f"{asks} hears itself with weight {own}; of the other patches, "
            f"{loudest} gives it most: {weight}.",
        }
        return f"Layer {self.layer + 1}, {self.head_words}: {said[self.asker, self.direction]}"

    @property
    def effective(self) -> float:
        """Of the tokens that the asker attends to, whatever the direction."""
        return effective(self.map_of(self.layer, self.head, "to"))


def effective(weights: Numbers) -> float:
    return math.exp(-sum(weight * math.log(weight) for weight in weights if weight > 0))


def pooled(map_: Numbers) -> Numbers:
    """(257,) on CLS and 16 x 16 patches -> (49,) on 7 x 7 cells, by area; 112 is a multiple of both 16 and 7."""
    patches = map_[1:] / map_[1:].sum()
    fine = np.kron(patches.reshape(SIDE, SIDE), np.full((7, 7), 1 / 49))  # (112, 112)
    return np.asarray(fine.reshape(7, 16, 7, 16).sum(axis=(1, 3)).ravel())


def asked_at_cells(maps: Numbers) -> Numbers:
    """(257, 257) -> (49, 257): the rows of the patches that hold the centres of 7 x 7 cells."""
    tokens = [1 + SIDE * ((32 * row + 16) // 14) + (32 * col + 16) // 14 for row in range(7) for col in range(7)]
    return maps[tokens]


def overlap(one: Numbers, other: Numbers) -> float:
    return float(np.minimum(one, other).sum())


def spearman(one: Numbers, other: Numbers) -> float:
    """Pearson's correlation of average ranks."""
    ranks = [[(np.sum(row < value) + np.sum(row <= value)) / 2 for value in row] for row in (one, other)]
    return float(np.corrcoef(ranks)[0, 1])


def shades(weights: Numbers, maximum: float) -> Numbers:
    """Weights -> places in the colour map, 0 to 255, by the square-root rule."""
    return np.floor(255 * np.sqrt(np.clip(weights / maximum, 0, 1)) + 0.5)


@cache
def lut(site: Path) -> list[str]:
    """The 256 colours of the manifest, six hexadecimal digits each."""
    colours: str = read(site, "data/manifest.json")["colormap"]
    return [colours[start : start + 6] for start in range(0, len(colours), 6)]


def colours(site: Path, weights: Numbers, maximum: float) -> list[str]:
    """What a map's canvas should hold, cell by cell."""
    palette = lut(site)
    return [palette[int(shade)] for shade in shades(weights, maximum)]


def photo_bytes(site: Path, photo: str, names: Sequence[str]) -> int:
    folder = site / "data/photos" / photo
    return sum((folder / f"dinov2_vits14_{name}.bin").stat().st_size for name in names)
