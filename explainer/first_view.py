"""What a figure shows before any script has run: true numbers and tiny pictures of the default photo and patch."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from explainer.config import SiteConfig
from explainer.manifest import PhotoEntry


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


@dataclass
class FirstPictures:
    """Small PNGs that first views point at; published under content-hashed names."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, png: bytes) -> str:
        """A figure's picture -> its path relative to the site's root."""
        path = f"assets/first/{name}.{hashlib.sha256(png).hexdigest()[:10]}.png"
        self.files[path] = png
        return path
