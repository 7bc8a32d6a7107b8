"""The figures of the real ViT's maps say the published numbers, whatever is chosen and by whatever means."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import choose, choose_photo, come_near, figure, map_colours, place, published, text, weights_of
from hands import MEANS, Finger, Keyboard, Mouse
from playwright.sync_api import Locator, Page, expect
from real_numbers import (
    COARSE,
    HEADS,
    LAYERS,
    MAXIMUM,
    SIDE,
    RealView,
    asked_at_cells,
    colours,
    document,
    fixed,
    layer_maps,
    overlap,
    photo_bytes,
    pooled,
    spearman,
)
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
"""For what does not depend on how files are loaded."""


def expect_map(root: Locator, view: RealView) -> None:
    """What both figures with a large map say of it."""
    come_near(root)
    told = root.locator("[data-case]:visible")
    expect(told).to_have_count(1)
    expect(told).to_have_text(view.sentence)
    expect(root.locator(".legend [data-maximum]")).to_have_text(view.end)
    assert map_colours(root.locator(".heatmap")) == colours(view.site, view.patches, view.maximum)
    spoken = f"{place(view.patch, SIDE)}, weight {fixed(view.patches[view.patch], 3)}"
    expect(root.locator('.heatmap [role="gridcell"]')).to_have_attribute("aria-label", spoken)


def expect_head_map(page: Page, view: RealView) -> None:
    root = figure(page, "head-map")
    expect_map(root, view)
    expect(root.locator("[data-weight-cell]")).to_have_text([fixed(weight, 3) for weight in view.patches])
    own, touching, farther = view.around
    expected = {
        "effective": fixed(view.effective, 1),
        "cls-share": fixed(view.map[0], 3),
        "neighbours": touching,
        "farther": farther,
    }
    for name, words in expected.items():
        expect(text(root, name)).to_have_text(words)
    expect(root.locator(".real-numbers [data-text='self']")).to_have_text(own)
    for line, patch in zip(root.locator("[data-rank]").all(), view.order, strict=False):
        expect(line.locator("th")).to_contain_text(place(patch, SIDE))
        expect(text(line, "top-weight")).to_have_text(fixed(view.patches[patch], 3))
        itself = view.asker == "patch" and patch == view.patch
        expect(line.locator("[data-itself]")).to_be_visible(visible=itself)
    caption = root.locator(".weight-table caption")
    expect(caption).to_have_text(f"Weights on the 256 patches: layer {view.layer + 1}, {view.head_words}")


@MEANS
def test_a_large_map_says_the_published_numbers(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "head-map")
    view = RealView(site)
    hands.press(root.locator(".weight-table summary"))
    expect_head_map(page, view)
    for name, value in [
        ("layer", "0"), ("head", "5"), ("direction", "by"), ("layer", "11"), ("asker", "cls"), ("scale", "stretched"),
        ("direction", "to"), ("layer", "6"), ("head", "2"), ("head", "mean"), ("scale", "absolute"),
    ]:  # fmt: skip
        hands.choose(root, f"head-map-{name}", value)
        view = replace(view, **{name: int(value) if name == "layer" else value})
        expect_head_map(page, view)
    # A patch that is chosen asks, in CLS's place.
    for cell in [(0, 0), (12, 3), (15, 15)]:
        hands.pick(root.locator("[data-cells]"), cell, SIDE, SIDE)
        view = replace(view, cell=cell, asker="patch")
        expect_head_map(page, view)
        expect(root.locator("[data-spoken]")).to_have_text(view.sentence)


@MEANS
def test_every_layer_and_head_can_be_chosen(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit("lab.html", **hands.page)
    root = figure(page, "head-map")
    come_near(root)
    for layer in range(LAYERS):
        head = str(layer % HEADS)
        hands.choose(root, "head-map-layer", str(layer))
        hands.choose(root, "head-map-head", head)
        expect_map(root, RealView(site, layer=layer, head=head))


def wall_colours(root: Locator) -> list[list[str]]:
    """The wall's maps as drawn, layer by layer, and in each head by head."""
    drawn: list[list[int]] = root.locator("[data-tile] canvas").evaluate_all(
        "(all) => all.map((canvas) => [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data])"
    )
    return [[bytes(rgba[start : start + 3]).hex() for start in range(0, len(rgba), 4)] for rgba in drawn]


def expect_wall(root: Locator, view: RealView) -> None:
    """All 84 maps, as soon as the last has been drawn."""
    expect(root.locator("[data-tile][data-empty]")).to_have_count(0)
    expect(root.locator("[data-tile] canvas")).to_have_count(LAYERS * (HEADS + 1))
    expect_map(root, view)
    expected = []
    for layer in range(LAYERS):
        for head in [*map(str, range(HEADS)), "mean"]:
            one = replace(view, layer=layer, head=head)
            expected.append(colours(view.site, one.patches, one.maximum))
    assert wall_colours(root) == expected


def wall_words(view: RealView) -> str:
    return (
        f"layer {view.layer + 1}, {view.head_words}: greatest weight {fixed(view.patches.max(), 3)}, "
        f"CLS {fixed(view.map[0], 3)}"
    )


@MEANS
def test_the_wall_shows_every_head_of_every_layer(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "head-wall")
    view = RealView(site)
    expect_map(root, view)
    # The build's picture stands until another question is asked: no layer has been fetched for it.
    expect(root.locator("[data-tile] canvas")).to_have_count(0)
    sides = root.locator("[data-tile]").evaluate_all(
        "(all) => all.map((tile) => tile.getBoundingClientRect().toJSON())"
    )
    assert all(abs(side["width"] - side["height"]) < 1 for side in sides)
    # On a phone a layer is a row.
    upright = isinstance(hands, Finger)
    spots = root.locator("[data-wall-cells]")
    for layer, head in [(3, 1), (8, 5)]:
        cell, grid = ((layer, head), (LAYERS, HEADS + 1)) if upright else ((head, layer), (HEADS + 1, LAYERS))
        hands.pick(spots, cell, *grid)
        view = replace(view, layer=layer, head=str(head))
        expect_map(root, view)
        expect(root.locator("[data-spoken]")).to_contain_text(f"layer {layer + 1}, head {head + 1}")
        chosen = root.locator("[data-chosen]")
        expect(chosen).to_have_count(1)
        assert root.locator("[data-tile]").nth(layer * (HEADS + 1) + head).get_attribute("data-chosen") is not None
    hands.pick(root.locator(".heatmap [data-cells]"), (9, 11), SIDE, SIDE)
    view = replace(view, cell=(9, 11))
    expect_wall(root, view)
    hands.choose(root, "head-wall-direction", "by")
    view = replace(view, direction="by")
    expect_wall(root, view)
    hands.choose(root, "head-wall-scale", "stretched")
    view = replace(view, scale="stretched")
    expect_wall(root, view)
    hands.choose(root, "head-wall-asker", "cls")
    view = replace(view, asker="cls")
    expect_wall(root, view)
    hands.choose(root, "head-wall-direction", "to")
    view = replace(view, direction="to")
    expect_wall(root, view)
    if isinstance(hands, Keyboard):
        hands.point(spots, (4, 2), HEADS + 1, LAYERS)
        expect(root.locator("[data-readout]")).to_have_text(wall_words(replace(view, layer=2, head="4")))
    hands.choose(root, "head-wall-asker", "patch")
    hands.choose(root, "head-wall-scale", "absolute")
    hands.pick(root.locator(".heatmap [data-cells]"), (5, 5), SIDE, SIDE)
    expect_wall(root, replace(view, asker="patch", scale="absolute", cell=(5, 5)))


@MEANS
def test_the_wall_says_what_another_photo_costs_before_it_loads(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "head-wall")
    button = root.locator("[data-load]")
    expect_map(root, RealView(site))
    expect(button).to_be_disabled()
    hands.choose(page.locator("[data-bar]"), "bar-photo", "coffee")
    view = RealView(site, "coffee")
    expect_map(root, view)
    size = photo_bytes(site, "coffee", [f"layer_{layer + 1:02d}" for layer in range(LAYERS)]) / 1e6
    expect(button).to_have_text(f"Ask in all 12 layers ({size:.1f} MB)")
    # Of the wall, only the layer that the large map shows.
    expect(root.locator("[data-tile][data-empty]")).to_have_count((LAYERS - 1) * (HEADS + 1))
    hands.press(button)
    expect_wall(root, view)
    expect(button).to_be_disabled()
    hands.choose(page.locator("[data-bar]"), "bar-photo", "chelsea")
    expect(root.locator("[data-progress]")).to_have_text("")
    expect_map(root, RealView(site))


@ONCE
def test_pointing_at_the_wall_reads_it(visit: Visits, site: Path) -> None:
    page = visit(**Mouse.page)
    root = figure(page, "head-wall")
    readout = root.locator("[data-readout]")
    expect_map(root, RealView(site))
    resting = readout.inner_text()
    Mouse().point(root.locator("[data-wall-cells]"), (2, 10), HEADS + 1, LAYERS)
    expect(readout).to_have_text(wall_words(RealView(site, layer=10, head="2")))
    page.mouse.move(2, 2)
    expect(readout).to_have_text(resting)


def expect_pair(page: Page, view: RealView, variant: str = "layernorm", temperature: float = 4.0) -> None:
    """The stand-in and the real map from one place, and their agreement, worked out anew."""
    root = figure(page, "stand-in-or-real")
    come_near(root)
    x, y = (14 * view.cell[1] + 7, 14 * view.cell[0] + 7)
    cell = COARSE * (y // 32) + x // 32
    scores = np.array(published(view.site / f"data/photos/{view.photo}/mobilenet_v2.json")["logits"][variant][cell])
    standing = weights_of(scores, temperature)
    maps = layer_maps(view.site, view.photo, view.layer)
    asked = asked_at_cells(maps.mean(axis=0) if view.head == "mean" else maps[int(view.head)])
    theirs = pooled(view.map)
    expect(root.locator("[data-weight-cell]")).to_have_text([fixed(weight, 3) for weight in theirs])
    for name, weights, maximum in (
        ("stand-in", standing, 0.5),
        ("pooled", theirs, 0.5),
        ("real", view.patches, MAXIMUM),
    ):
        assert map_colours(root.locator(f'[data-map="{name}"]')) == colours(view.site, weights, maximum), name
    others = [pooled(asked[other]) for other in range(COARSE**2) if other != cell]
    shared = overlap(standing, theirs)
    elsewhere = float(np.mean([overlap(standing, other) for other in others]))
    chance = float(np.mean([overlap(standing, np.roll(theirs, shift)) for shift in range(COARSE**2)]))
    expected = {
        "overlap": fixed(shared, 2),
        "overlap-3": fixed(shared, 3),
        "other-overlap": fixed(elsewhere, 2),
        "other-overlap-3": fixed(elsewhere, 3),
        "chance-overlap": fixed(chance, 2),
        "chance-overlap-3": fixed(chance, 3),
        "spearman": fixed(spearman(scores, theirs), 3),
        "other-spearman": fixed(np.mean([spearman(scores, other) for other in others]), 3),
        "layer": str(view.layer + 1),
        "head": view.head_words,
    }
    for name, words in expected.items():
        expect(root.locator(f'.pair-says [data-text="{name}"], .pair-table [data-text="{name}"]')).to_have_text(words)
    agreement = document(view.site, view.photo)["agreement"]
    for layer, line in enumerate(root.locator("[data-layer-line]").all()):
        for name in ("overlap", "spearman"):
            mean = fixed(np.mean(agreement[name][layer]), 3)
            expect(line.locator(f'[data-text="{name}"]')).to_have_text(mean)
            expect(line.locator(f'[data-text="other_{name}"]')).to_have_text(
                fixed(agreement[f"other_{name}"][layer], 3)
            )


@MEANS
def test_stand_in_and_real_agree_as_far_as_the_packs_say(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "stand-in-or-real")
    view = RealView(site)
    for name in ("pair-layers", "weight-table"):
        hands.press(root.locator(f".{name} summary"))
    expect_pair(page, view)
    for name, value in (("layer", "3"), ("head", "1"), ("layer", "11"), ("head", "mean")):
        hands.choose(root, f"pair-{name}", value)
        view = replace(view, **{name: int(value) if name == "layer" else value})
        expect_pair(page, view)
    for which, side, cell in (("stand-in", COARSE, (6, 1)), ("pooled", COARSE, (0, 5)), ("real", SIDE, (8, 14))):
        hands.pick(root.locator(f'[data-map="{which}"] [data-cells]'), cell, side, side)
        x, y = ((2 * index + 1) * 224 // (2 * side) for index in reversed(cell))
        view = replace(view, cell=(y // 14, x // 14))
        expect_pair(page, view)
        expect(root.locator("[data-spoken]")).to_have_text(root.locator(".pair-says").inner_text())


@ONCE
def test_the_pair_follows_the_stand_ins_scores_and_the_photo(visit: Visits, site: Path) -> None:
    page = visit()
    choose(figure(page, "attention"), "attention-variant", "raw")
    choose_photo(page, "astronaut")
    expect_pair(page, RealView(site, "astronaut"), "raw", 1.0)
