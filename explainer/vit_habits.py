"""What DINOv2's heads do whoever asks, and what that does to rollout: facts for prose, from the published packs.

Layers, heads, rows and columns count from 1. Weights are shares of one query's attention on all tokens, CLS included;
an even share is 1 / tokens. The eye and the other eye are where the site's configuration puts them on the first photo.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from explainer import vit_attention as va
from explainer.artifacts import cell_at
from explainer.attention import Matrix
from explainer.config import STAND_IN_GRID, SiteConfig
from explainer.digits import even_shares, fixed, in_words, percent

COMPASS: Final[dict[str, tuple[int, int]]] = {"right": (0, 1), "left": (0, -1), "below": (1, 0), "above": (-1, 0)}
"""A neighbour's name -> rows down, columns to the right."""

_REGION: Final = 20
"""px of the crop: a patch whose centre is as near as this to the other eye's, in x and in y, shows the other eye."""

_BESIDE: Final = 2
"""Patches in this many rows and columns around the eye are beside it, not across the face."""

_HALF: Final = 6
"""Layers in each half of the model."""


class Seen(NamedTuple):
    """One photo, as published."""

    document: Mapping[str, Any]
    rollout: Matrix
    """(recipes, L, N): CLS's row of every step, in the order of va.RECIPES."""
    maps: Callable[[int], Matrix]
    """A layer, counted from 1 -> (H, N, N) weights."""
    plain: Callable[[int], Matrix]
    """The same with the position table left out; only the layers of the document's `positions_off`."""


def tried(rollout: Matrix, grid: Sequence[int], config: SiteConfig) -> tuple[int, int]:
    """The default photo's rollout -> the patches that the story paints over: the brightest, and the eye's."""
    return int(_patches_of(rollout[0][-1]).argmax()), _patch(config.default_at, grid, config.image_size)


def facts(
    photos: Sequence[Seen], model: Mapping[str, Any], degrees: Sequence[float], config: SiteConfig
) -> dict[str, str]:
    """Published photos, the default one first, the model's own document -> numbers for prose.

    `degrees`: by how much painting each of the patches `tried` turns the final CLS token.

    Percents are whole numbers without their sign; "shares" are multiples of an even share. Early and late are the two
    halves of the layers. Every name opens with `dinov2_`; those that end in
    `view` hold the state of a link that shows the head.

    the eye, asked on the first photo
        other_patches_word, other_even_percent
                                how many patches show the other eye; what even attention gives them together
        pair_percent, pair_shares
                                what they get from the heads' mean, in the layer where that gives the patch under the
                                other point most
        pair_cell_shares        the same map pooled to the stand-in's grid: its cell of the other eye
        {early,late}_{layer,head,percent,view}
                                the head of each half that gives those patches most
        {early,late}_count, half_count
                                heads of each half whose strongest answer among patches, without those beside the eye,
                                shows the other eye; heads in a half
        {early,late}_shares     what the other eye gets on average over each half
    heads with a habit, mean over photos unless said
        {right,left,below,above}_{layer,head,percent,top_percent,view}
                                the head that gives that neighbour most: its weight, and in how many of the patches
                                that have one it is the strongest answer among patches
        compass_off_percent     the weight with positions off, of those whose layers are published so (one decimal)
        crowd_{layer,head,percent,mean_percent,row,column,view}
                                the head that sends all patches to one: the weight there on the first photo and over
                                all photos; where it is on the first
    rollout of CLS by the published method
        rollout_own_percent     its own entry, first photo
        rollout_{row,column,shares,second_shares}
                                the first photo's brightest patch; it and the next
        rollout_eye_shares      the eye's patch
        rollout_{least,most}_shares
                                the brightest over the photos
        rollout_crowd_count_word
                                photos on which it is the patch that the crowd's head points at
        rollout_without_{row,column,shares}
                                the first photo's brightest when that head is left out of its layer's mean
        flat_bright_degrees, flat_eye_degrees
                                by how much the final CLS token turns when the brightest patch, or the eye's, is
                                painted in its mean colour
    reach, px of the crop, mean over photos
        first_distance, last_distance, closest_layer, closest_distance
                                the first and the last layer; the layer with the shortest
        close_early, close_late heads of each half that look less than half as far as even attention
        on_distance, off_distance
                                mean over layers and heads, with positions and without
    positions off, first photo
        default_off_cls_cosine, default_off_patch_cosine
                                final tokens with positions against without
    """
    habits = [_Habits.of(photo) for photo in photos]
    found = (
        _eye(photos[0], config)
        | _compass(photos, habits)
        | _crowd(photos, habits, config)
        | {f"flat_{name}_degrees": fixed(turn, 1) for name, turn in zip(("bright", "eye"), degrees, strict=True)}
        | _reach(photos, model)
        | {
            f"default_off_{name}_cosine": fixed(photos[0].document["positions_off"][f"{name}_cosine"], 2)
            for name in ("cls", "patch")
        }
    )
    return {f"dinov2_{name}": value for name, value in found.items()}


class _Habits(NamedTuple):
    """What one photo's heads do whoever asks; (L, H) each, or one (L, H) for each neighbour of COMPASS."""

    towards: dict[str, Matrix]
    """Mean weight on the neighbour, over the patches that have it."""
    top: dict[str, Matrix]
    """Share of those patches whose strongest answer among patches it is."""
    crowd: Matrix
    """The greatest mean weight, over all patches, on any one patch."""
    crowded: npt.NDArray[np.intp]
    """That patch."""

    @classmethod
    def of(cls, photo: Seen) -> "_Habits":
        towards: dict[str, list[Matrix]] = {name: [] for name in COMPASS}
        top: dict[str, list[Matrix]] = {name: [] for name in COMPASS}
        crowd, crowded = [], []
        for layer in range(photo.document["layers"]):
            between = photo.maps(layer + 1)[:, 1:, 1:]  # (H, P, P)
            strongest = between.argmax(axis=-1)  # (H, P)
            for name, step in COMPASS.items():
                here, there = _neighbours(photo.document["grid"], step)
                towards[name].append(between[:, here, there].mean(axis=-1))
                top[name].append((strongest[:, here] == there).mean(axis=-1))
            given = between.mean(axis=1)  # (H, P)
            crowd.append(given.max(axis=-1))
            crowded.append(given.argmax(axis=-1))
        return cls(
            {name: np.stack(values) for name, values in towards.items()},
            {name: np.stack(values) for name, values in top.items()},
            np.stack(crowd),
            np.stack(crowded),
        )


def _eye(photo: Seen, config: SiteConfig) -> dict[str, str]:
    side = config.image_size
    rows, cols = photo.document["grid"]
    eye, other = (_patch(at, (rows, cols), side) for at in (config.default_at, config.other_at))
    shows = np.abs(va.patch_centres(rows, cols, side) - config.other_at).max(axis=1) <= _REGION  # (P,)
    row, col = np.divmod(np.arange(rows * cols), cols)
    across = (np.abs(row - row[eye]) > _BESIDE) | (np.abs(col - col[eye]) > _BESIDE)
    asked = np.stack([photo.maps(layer + 1)[:, 1 + eye] for layer in range(photo.document["layers"])])  # (L, H, N)
    patches = asked[:, :, 1:]
    even = shows.sum() / asked.shape[-1]
    given = patches[:, :, shows].sum(axis=-1)  # (L, H)
    finds = shows[np.where(across, patches, -1).argmax(axis=-1)]  # (L, H)
    pair = int(patches[:, :, other].mean(axis=1).argmax())
    pooled = va.pool(asked[pair].mean(axis=0), (rows, cols), STAND_IN_GRID)
    found = {
        "other_patches_word": in_words(int(shows.sum())),
        "other_even_percent": fixed(100 * even, 1),
        "pair_percent": percent(given[pair].mean()),
        "pair_shares": even_shares(given[pair].mean() / even),
        "pair_cell_shares": even_shares(pooled[cell_at(config.other_at, side)] * len(pooled)),
        "half_count": str(finds[:_HALF].size),
    }
    for name, first in (("early", 0), ("late", _HALF)):
        half = given[first : first + _HALF]
        layer, head = _greatest(half)
        found |= {
            **_head(name, first + layer, head),
            f"{name}_percent": percent(half.max()),
            f"{name}_count": str(int(finds[first : first + _HALF].sum())),
            f"{name}_shares": even_shares(half.mean() / even),
        }
    return found


def _compass(photos: Sequence[Seen], habits: Sequence[_Habits]) -> dict[str, str]:
    found: dict[str, str] = {}
    without: list[float] = []
    for name, step in COMPASS.items():
        towards = np.mean([photo.towards[name] for photo in habits], axis=0)  # (L, H)
        layer, head = _greatest(towards)
        found |= {
            **_head(name, layer, head),
            f"{name}_percent": percent(towards[layer, head]),
            f"{name}_top_percent": percent(np.mean([photo.top[name][layer, head] for photo in habits])),
        }
        for photo in photos:
            if layer + 1 in photo.document["positions_off"]["layers"]:
                here, there = _neighbours(photo.document["grid"], step)
                without.append(float(photo.plain(layer + 1)[head, 1 + here, 1 + there].mean()))
    if without:
        found["compass_off_percent"] = fixed(100 * np.mean(without), 1)
    return found


def _crowd(photos: Sequence[Seen], habits: Sequence[_Habits], config: SiteConfig) -> dict[str, str]:
    layer, head = _greatest(np.mean([photo.crowd for photo in habits], axis=0))
    given = [float(photo.crowd[layer, head]) for photo in habits]
    crowded = [int(photo.crowded[layer, head]) for photo in habits]
    reached = [_patches_of(photo.rollout[0][-1]) for photo in photos]  # (P,) each
    brightest = [float(one.max()) for one in reached]
    first, cols = photos[0], photos[0].document["grid"][1]
    fused = []
    for number in range(first.document["layers"]):
        maps = first.maps(number + 1)
        fused.append(va.fused(np.delete(maps, head, axis=0) if number == layer else maps, va.RECIPES[0]))
    without = _patches_of(va.token_rollout(fused)[-1])
    return {
        **_head("crowd", layer, head),
        "crowd_percent": percent(given[0]),
        "crowd_mean_percent": percent(np.mean(given)),
        **_place("crowd", crowded[0], cols),
        "rollout_own_percent": percent(first.rollout[0][-1][0]),
        **_place("rollout", int(reached[0].argmax()), cols),
        "rollout_shares": even_shares(brightest[0]),
        "rollout_second_shares": even_shares(np.sort(reached[0])[-2]),
        "rollout_eye_shares": even_shares(reached[0][tried(first.rollout, first.document["grid"], config)[1]]),
        "rollout_least_shares": even_shares(min(brightest)),
        "rollout_most_shares": even_shares(max(brightest)),
        "rollout_crowd_count_word": in_words(
            sum(int(one.argmax()) == patch for one, patch in zip(reached, crowded, strict=True))
        ),
        **_place("rollout_without", int(without.argmax()), cols),
        "rollout_without_shares": even_shares(without.max()),
    }


def _reach(photos: Sequence[Seen], model: Mapping[str, Any]) -> dict[str, str]:
    distance = np.asarray(model["mean_distance"])  # (L, H)
    layers, close = distance.mean(axis=1), distance < model["uniform_distance"] / 2
    off = np.mean([photo.document["positions_off"]["mean_distance"] for photo in photos])
    return {
        "first_distance": fixed(layers[0], 0),
        "last_distance": fixed(layers[-1], 0),
        "closest_layer": str(int(layers.argmin()) + 1),
        "closest_distance": fixed(layers.min(), 0),
        "close_early": str(int(close[:_HALF].sum())),
        "close_late": str(int(close[_HALF:].sum())),
        "on_distance": fixed(distance.mean(), 0),
        "off_distance": fixed(off, 0),
    }


def _patch(at: tuple[int, int], grid: Sequence[int], side: int) -> int:
    """A point (x, y) in px of the crop -> the patch that holds it."""
    return grid[1] * (at[1] * grid[0] // side) + at[0] * grid[1] // side


def _greatest(table: Matrix) -> tuple[int, int]:
    """(L, H) -> the layer and head, from 0, with the greatest number."""
    layer, head = np.unravel_index(table.argmax(), table.shape)
    return int(layer), int(head)


def _neighbours(grid: Sequence[int], step: tuple[int, int]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """-> the patches that have a neighbour so many rows down and columns to the right, and those neighbours."""
    rows, cols = grid
    row, col = np.divmod(np.arange(rows * cols), cols)
    down, across = row + step[0], col + step[1]
    inside = (down >= 0) & (down < rows) & (across >= 0) & (across < cols)
    return np.flatnonzero(inside), (cols * down + across)[inside]


def _patches_of(row: Matrix) -> Matrix:
    """(N,) of a rollout -> (P,): what patches have, in even shares."""
    patches: Matrix = row[1:] * len(row)
    return patches


def _head(name: str, layer: int, head: int) -> dict[str, str]:
    """Counted from 0 -> as people count, and as addresses do."""
    return {
        f"{name}_layer": str(layer + 1),
        f"{name}_head": str(head + 1),
        f"{name}_view": f"layer={layer}&head={head}",
    }


def _place(name: str, patch: int, cols: int) -> dict[str, str]:
    return {f"{name}_row": str(patch // cols + 1), f"{name}_column": str(patch % cols + 1)}
