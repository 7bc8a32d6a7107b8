"""What first views are made of, in miniature: no photo's pixels, and features by chance."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from small_manifest import PHOTO

from explainer import artifacts
from explainer.config import SiteConfig
from explainer.first_view import RealView, ViewInputs

NOWHERE = SiteConfig(root=Path(), out=Path(), photos=Path(), content=Path(), cache_dir=Path())


def view_inputs(real: dict[str, RealView] | None = None, **settings: Any) -> ViewInputs:
    """`settings` are the configuration's."""
    features = np.random.default_rng(5).gamma(0.3, 1.0, (49, 1280)).clip(0, 6).astype(np.float32)
    return ViewInputs(
        config=replace(NOWHERE, **settings),
        photo=PHOTO,
        pixels=np.zeros((224, 224, 3), np.uint8),
        features=features,
        document=artifacts.photo_document("cat", features, checkpoint="c", weights_sha256="0" * 64, position_alpha=1.0),
        real=real or {},
    )
