"""What the prose quotes of the real ViTs, measured on the published files; a model that is missing has no facts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explainer import vit_attention as va
from explainer.attention import Matrix
from explainer.config import DINOV2_VITS14, REAL_GRIDS, SiteConfig
from explainer.digits import even_shares, fixed, percent

_MIDDLE = 6
"""0-based: the layer from which on the story counts heads that find the other eye."""

_LIKE = 3.0
"""Even shares from which on a head is said to look at a place."""


def dinov2(
    documents: Sequence[Mapping[str, Any]],
    model_document: Mapping[str, Any],
    maps: Sequence[Matrix],
    parity: Mapping[str, Any],
    config: SiteConfig,
) -> dict[str, str]:
    """DINOv2's documents (the default photo's first), its own document, its parity report -> numbers for prose.

    `maps`: the default photo's weights of the default query patch, (H, N) for each layer. Layers, heads, rows and
    columns count from 1. An *even share* is 1/257 of a map's weight, two digits; px are of the 224 crop.

    dinov2_layers, dinov2_heads, dinov2_maps, dinov2_tokens, dinov2_patches
                                            12, 6, 72, 257, 256
    the default patch (the cat's eye) asks
        dinov2_row, dinov2_column           where it is in the 16 x 16 grid
        dinov2_other_row, dinov2_other_column
                                            the patch at `config.other_at` (the other eye)
        dinov2_other_shares                 even shares it gets in the layer where the mean over heads is greatest
        dinov2_other_weight                 that weight, three decimals
        dinov2_other_layer                  that layer
        dinov2_other_head_layer, dinov2_other_head, dinov2_other_head_weight, dinov2_other_head_shares
                                            the one head that gives it most
        dinov2_other_early_shares           the same patch's even shares in layer 1, mean over heads
        dinov2_other_heads                  of the heads of layers 7 to 12, those that give it 3 even shares or more
        dinov2_late_heads                   how many heads these layers have
        dinov2_other_rank                   its place among the 256 patches in dinov2_other_layer, mean over heads
    reach, px, mean over photos
        dinov2_first_distance_min, dinov2_first_distance_max
                                            mean attention distance of layer 1's heads, least and greatest
        dinov2_last_distance_min, dinov2_last_distance_max
        dinov2_uniform_distance             of a map that gives every patch the same
        dinov2_distance_min, dinov2_distance_min_layer, dinov2_distance_min_head
                                            the head that stays closest
    spread, mean over photos
        dinov2_effective_min, dinov2_effective_max
                                            effective number of tokens: least and greatest head
        dinov2_cls_share_max_percent, dinov2_cls_share_max_layer
                                            weight that patches give CLS in the layer where it is most, mean over heads
    artefacts
        dinov2_long_count                   patch tokens over twice as long as their photo's median, all photos
        dinov2_long_greatest                the longest patch token over the median, two decimals
        dinov2_sink_first_shares            the greatest even shares of one patch in layer 1, over all photos
        dinov2_sink_first_photos            photos with a sink in layer 1
        dinov2_sink_late_shares, dinov2_sink_late_layer
                                            the same in any later layer, and that layer
    agreement with the stand-in, mean over photos and cells
        dinov2_agreement_layer              the layer where the overlap exceeds that with other cells' maps most
        dinov2_agreement_percent, dinov2_agreement_other_percent, dinov2_agreement_shuffled_percent
                                            overlap there, and its two baselines
        dinov2_agreement_spearman, dinov2_agreement_other_spearman
        dinov2_agreement_last_percent, dinov2_agreement_last_other_percent
                                            in layer 12
    positions
        dinov2_same_row, dinov2_same_column, dinov2_elsewhere
                                            mean cosine of two positions
        dinov2_off_cls_cosine, dinov2_off_patch_cosine
                                            of final tokens with and without the table, mean over photos
        dinov2_off_first_moved_percent, dinov2_off_last_moved_percent
                                            total variation of layer 1's and 12's maps, mean over heads and photos
    files
        dinov2_onnx_megabytes, dinov2_onnx_deflated_megabytes, dinov2_onnx_float32_megabytes
        dinov2_onnx_mean, dinov2_onnx_max   total variation of its attention from PyTorch's
        dinov2_pack_mean, dinov2_pack_max_map
                                            the same of the published packs: mean, and of the worst map
    """
    grid = REAL_GRIDS[DINOV2_VITS14.name]
    here, there = (_patch(at, grid, config.image_size) for at in (config.default_at, config.other_at))
    shares = np.stack(maps)[:, :, 1 + there] * maps[0].shape[-1]  # (L, H)
    by_layer = shares.mean(axis=1)
    best = int(by_layer.argmax())
    top_layer, top_head = (int(index) for index in np.unravel_index(shares.argmax(), shares.shape))
    mean_map = maps[best].mean(axis=0)[1:]

    distance = np.asarray(model_document["mean_distance"])  # (L, H)
    close_layer, close_head = (int(index) for index in np.unravel_index(distance.argmin(), distance.shape))
    effective = _mean(documents, "measures", "effective_number")
    to_cls = _mean(documents, "measures", "cls_share").mean(axis=1)
    received = [np.asarray(document["received"])[:, 1:] for document in documents]  # (L, P) each
    late = np.max([photo[1:].max(axis=1) for photo in received], axis=0)  # (L - 1,)

    overlap, other = (_mean(documents, "agreement", name) for name in ("overlap", "other_overlap"))
    spearman, other_spearman = (_mean(documents, "agreement", name) for name in ("spearman", "other_spearman"))
    shuffled = _mean(documents, "agreement", "shuffled_overlap")
    gain = overlap.mean(axis=1) - other
    agreed = int(gain.argmax())
    moved = _mean(documents, "positions_off", "total_variation")
    layers, heads = shares.shape
    return {
        "dinov2_layers": str(layers),
        "dinov2_heads": str(heads),
        "dinov2_maps": str(layers * heads),
        "dinov2_tokens": str(maps[0].shape[-1]),
        "dinov2_patches": str(grid[0] * grid[1]),
        **_place("dinov2", here, grid),
        **_place("dinov2_other", there, grid),
        "dinov2_other_shares": even_shares(by_layer[best]),
        "dinov2_other_weight": fixed(mean_map[there], 3),
        "dinov2_other_layer": str(best + 1),
        "dinov2_other_head_layer": str(top_layer + 1),
        "dinov2_other_head": str(top_head + 1),
        "dinov2_other_head_weight": fixed(shares[top_layer, top_head] / maps[0].shape[-1], 3),
        "dinov2_other_head_shares": even_shares(shares[top_layer, top_head]),
        "dinov2_other_early_shares": even_shares(by_layer[0]),
        "dinov2_other_heads": str(int((shares[_MIDDLE:] >= _LIKE).sum())),
        "dinov2_late_heads": str(shares[_MIDDLE:].size),
        "dinov2_other_rank": str(1 + int((mean_map > mean_map[there]).sum())),
        "dinov2_first_distance_min": fixed(distance[0].min(), 0),
        "dinov2_first_distance_max": fixed(distance[0].max(), 0),
        "dinov2_last_distance_min": fixed(distance[-1].min(), 0),
        "dinov2_last_distance_max": fixed(distance[-1].max(), 0),
        "dinov2_uniform_distance": fixed(model_document["uniform_distance"], 0),
        "dinov2_distance_min": fixed(distance.min(), 0),
        "dinov2_distance_min_layer": str(close_layer + 1),
        "dinov2_distance_min_head": str(close_head + 1),
        "dinov2_effective_min": fixed(effective.min(), 0),
        "dinov2_effective_max": fixed(effective.max(), 0),
        "dinov2_cls_share_max_percent": percent(to_cls.max()),
        "dinov2_cls_share_max_layer": str(int(to_cls.argmax()) + 1),
        "dinov2_long_count": str(sum(len(document["artefacts"]["long"]["tokens"]) for document in documents)),
        "dinov2_long_greatest": fixed(max(document["artefacts"]["long"]["greatest"] for document in documents), 2),
        "dinov2_sink_first_shares": even_shares(max(photo[0].max() for photo in received)),
        "dinov2_sink_first_photos": str(sum(photo[0].max() > va.SINK for photo in received)),
        "dinov2_sink_late_shares": even_shares(late.max()),
        "dinov2_sink_late_layer": str(int(late.argmax()) + 2),
        "dinov2_agreement_layer": str(agreed + 1),
        "dinov2_agreement_percent": percent(overlap[agreed].mean()),
        "dinov2_agreement_other_percent": percent(other[agreed]),
        "dinov2_agreement_shuffled_percent": percent(shuffled[agreed]),
        "dinov2_agreement_spearman": fixed(spearman[agreed].mean(), 2),
        "dinov2_agreement_other_spearman": fixed(other_spearman[agreed], 2),
        "dinov2_agreement_last_percent": percent(overlap[-1].mean()),
        "dinov2_agreement_last_other_percent": percent(other[-1]),
        **{f"dinov2_{name}": fixed(model_document["positions"][name], 2) for name in _POSITIONS},
        "dinov2_off_cls_cosine": fixed(_mean(documents, "positions_off", "cls_cosine"), 2),
        "dinov2_off_patch_cosine": fixed(_mean(documents, "positions_off", "patch_cosine"), 2),
        "dinov2_off_first_moved_percent": percent(moved[0].mean()),
        "dinov2_off_last_moved_percent": percent(moved[-1].mean()),
        "dinov2_onnx_megabytes": fixed(parity["bytes"] / 1e6, 1),
        "dinov2_onnx_deflated_megabytes": fixed(parity["deflated_bytes"] / 1e6, 1),
        "dinov2_onnx_float32_megabytes": fixed(parity["float32_bytes"] / 1e6, 1),
        "dinov2_onnx_mean": f"{parity['total_variation']['mean']:.2g}",
        "dinov2_onnx_max": f"{parity['total_variation']['max']:.2g}",
        "dinov2_pack_mean": f"{parity['pack']['mean']:.2g}",
        "dinov2_pack_max_map": f"{parity['pack']['max_map']:.2g}",
    }


_POSITIONS = ("same_row", "same_column", "elsewhere")


def vit_b_16(document: Mapping[str, Any]) -> dict[str, str]:
    """The default photo's document -> vit_b_16_top1 ... vit_b_16_top5 (names) and ..._percent (one decimal)."""
    facts = {}
    for rank, guess in enumerate(document["top5"], start=1):
        facts[f"vit_b_16_top{rank}"] = guess["label"]
        facts[f"vit_b_16_top{rank}_percent"] = fixed(100 * guess["probability"], 1)
    return facts


def default_patch(config: SiteConfig, model: str) -> int:
    """The patch of a model's grid that holds the point where the story first asks."""
    return _patch(config.default_at, REAL_GRIDS[model], config.image_size)


def _patch(at: tuple[int, int], grid: tuple[int, int], side: int) -> int:
    x, y = at
    rows, cols = grid
    return cols * (y * rows // side) + x * cols // side


def _mean(documents: Sequence[Mapping[str, Any]], section: str, name: str) -> Matrix:
    """One of the documents' measures, mean over photos."""
    mean: Matrix = np.mean([document[section][name] for document in documents], axis=0)
    return mean


def _place(name: str, patch: int, grid: tuple[int, int]) -> dict[str, str]:
    row, col = divmod(patch, grid[1])
    return {f"{name}_row": str(row + 1), f"{name}_column": str(col + 1)}
