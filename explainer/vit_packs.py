"""A real ViT's queries and keys, weights and rollouts as packs: how fine the steps of their integers are, and why."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from explainer import packing

QK_SCALE: Final = 2.0**-7
"""Step of the published queries and keys: the coarsest power of two that keeps every map within PACK_TOLERANCE."""

WEIGHT_SCALE: Final = 2.0**-15
"""Step of published weights."""

PACK_TOLERANCE: Final = 0.005
"""Mean total variation, over the queries of any one map, between published and float32 queries and keys."""


def pack_layer(query: npt.NDArray[np.float32], key: npt.NDArray[np.float32], name: str) -> bytes:
    """One layer's (H, N, d) queries and keys -> a pack (2, H, d, N): q*g, k/g, channel by channel.

    g = sqrt(std k / std q) of each head's channel makes one step fit both; it cancels in q . k, so readers ignore it.
    """
    # One sum after the other, in the tokens' order: the page's twin takes them so too.
    spread_q, spread_k = (part.std(axis=1)[..., None] + 1e-6 for part in (query, key))
    balance = np.sqrt(spread_k / spread_q)  # (H, d, 1)
    both = np.stack([query, key]).swapaxes(2, 3).copy()  # (2, H, d, N), in the order of the file
    both[0] *= balance
    both[1] /= balance
    return packing.pack_scaled(both, name, QK_SCALE)


def pack_weights(weights: npt.NDArray[Any], name: str) -> bytes:
    """Weights of any shape, each in [0, 1] -> a pack."""
    return packing.pack_scaled(weights, name, WEIGHT_SCALE)


def unpack_layer(pack: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(2, H, d, N) as published -> (H, N, d) queries and keys, balanced, whose products are the model's."""
    query, key = pack.transpose(0, 1, 3, 2)
    return query, key


def layer_name(layer: int) -> str:
    """A layer, counted from 0 -> its two digits in file names."""
    return f"{layer + 1:02d}"
