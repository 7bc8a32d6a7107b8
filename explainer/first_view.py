"""What a figure shows before any script has run: true numbers and tiny pictures of the default photo and patch."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from explainer import packing
from explainer.config import SiteConfig
from explainer.manifest import PhotoEntry


@dataclass(frozen=True)
class RealView:
    """What a real ViT gave for the default photo. L layers, H heads, N tokens (CLS first), d numbers a query."""

    document: dict[str, Any]
    """As in `data/photos/<id>/<model>.json`."""
    model_document: dict[str, Any]
    """As in `data/models/<model>.json`."""
    packs: Mapping[str, Path]
    """Published packs, the photo's and the model's own, by what follows the model's name in theirs."""

    @cached_property
    def cls(self) -> npt.NDArray[np.float64]:
        """(L, H, N): CLS's weights."""
        return self._read("cls")

    @cached_property
    def rollout(self) -> npt.NDArray[np.float64]:
        """(recipes, L, N): CLS's row of R_1 ... R_L, in the order of `document["rollout"]`."""
        return self._read("rollout")

    @cached_property
    def no_positions_cls(self) -> npt.NDArray[np.float64]:
        """(L, H, N): CLS's weights, the model run again without its position table."""
        return self._read("no_positions_cls")

    @cached_property
    def positions(self) -> npt.NDArray[np.float64]:
        """(patches, patches): how alike the learned positions are, by cosine."""
        return self._read("positions")

    def layer(self, number: int, positions: bool = True) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """A layer, counted from 1 -> its queries and keys, (H, N, d) each, whose products are the model's."""
        name = f"layer_{number:02d}" if positions else f"no_positions_layer_{number:02d}"
        query, key = self._read(name).transpose(0, 1, 3, 2)
        return query, key

    def _read(self, name: str) -> npt.NDArray[np.float64]:
        return packing.unpack(self.packs[name].read_bytes()).astype(np.float64)


@dataclass(frozen=True)
class ViewInputs:
    """Everything that a first view may be computed from."""

    config: SiteConfig
    photo: PhotoEntry
    """The default photo."""
    pixels: npt.NDArray[np.uint8]
    """(224, 224, 3): its crop, RGB."""
    features: npt.NDArray[np.float32]
    """(49, 1280): its stand-in tokens."""
    document: dict[str, Any]
    """Its published attention, as in `data/photos/<id>/mobilenet_v2.json`."""
    real: Mapping[str, RealView] = field(default_factory=dict)
    """By model name, those that this build has."""


@dataclass
class FirstPictures:
    """Small PNGs that first views point at; published under content-hashed names."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, png: bytes) -> str:
        """A figure's picture -> its path relative to the site's root."""
        path = f"assets/first/{name}.{hashlib.sha256(png).hexdigest()[:10]}.png"
        self.files[path] = png
        return path
