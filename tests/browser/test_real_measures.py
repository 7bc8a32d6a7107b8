"""Rollout, token lengths and attention distances say the published numbers, by whatever means they are asked."""

import base64
import io
import math
import re
from pathlib import Path

import numpy as np
import pytest
from driving import Cell, Numbers, come_near, figure, map_colours, place, text
from hands import MEANS, Finger, Keyboard, Mouse
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from real_numbers import (
    HEADS,
    LAYERS,
    SIDE,
    TOKENS,
    colours,
    document,
    effective,
    fixed,
    model_document,
    pack_of,
)
from visits import Visits

ONCE = pytest.mark.parametrize("address", ["http"], indirect=True)
RECIPES = [(fusion, discard) for discard in ("0", "0.9") for fusion in ("mean", "max", "min")]
BRIGHTEST = 10.0
"""Even shares that the absolute scale of a rollout draws brightest."""


def expect_rollout(
    page: Page, site: Path, photo: str, step: int, recipe: tuple[str, str], scale: str = "absolute", at: Cell = (5, 5)
) -> None:
    """Everything the figure says after a layer (0-based), by a recipe."""
    root = figure(page, "rollout")
    come_near(root)
    steps = pack_of(site, photo, "rollout")[RECIPES.index(recipe)]  # (12, 257)
    shares = steps[step][1:] * TOKENS
    patch = int(shares.argmax())
    first = np.array(document(site, photo)["received"][0][1:])
    most = int(first.argmax())
    maximum = BRIGHTEST if scale == "absolute" else float(shares.max())
    expect(root.locator("[data-weight-cell]")).to_have_text([fixed(share, 3) for share in shares])
    assert map_colours(root) == colours(site, shares, maximum)
    expect(root.locator("[data-maximum]")).to_have_text("10+" if scale == "absolute" else fixed(maximum, 1))
    expected = {
        "kept": fixed(100 * steps[step][0], 1),
        "brightest": fixed(shares.max(), 1),
        "effective": fixed(effective(shares / shares.sum()), 0),
        "step": str(step + 1),
    }
    for name, words in expected.items():
        expect(text(root, name)).to_have_text(words)
    told = root.locator("[data-case]:visible")
    expect(told).to_have_count(1)
    expect(told).to_contain_text(f"The brightest patch is {place(patch, SIDE)}.")
    expect(told).to_contain_text("the very patch" if patch == most else place(most, SIDE))
    expect(told).to_contain_text(f"{fixed(first.max(), 1)} even shares")
    published = root.locator(".rollout-method:visible")
    expect(published).to_have_count(1)
    expect(published).to_contain_text("The published method" if recipe == RECIPES[0] else "not the published method")
    here = fixed(shares[SIDE * at[0] + at[1]], 2)
    expect(root.locator("[data-readout]")).to_have_text(f"{place(SIDE * at[0] + at[1], SIDE)}: {here} even shares")
    assert strip(root) == [
        colours(site, row[1:] * TOKENS, BRIGHTEST if scale == "absolute" else float(row[1:].max() * TOKENS))
        for row in steps
    ]


def strip(root: Locator) -> list[list[str]]:
    """The filmstrip's twelve small maps, from the one picture that they share."""
    addresses = root.locator("[data-tile]").evaluate_all("(all) => all.map((tile) => tile.src)")
    assert len(set(addresses)) == 1 and len(addresses) == LAYERS
    assert addresses[0].startswith("data:image/png;base64,")
    with Image.open(io.BytesIO(base64.b64decode(addresses[0].partition(",")[2]))) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape == (SIDE, SIDE * LAYERS, 3)
    tiles = pixels.reshape(SIDE, LAYERS, SIDE, 3).transpose(1, 0, 2, 3).reshape(LAYERS, -1, 3)
    return [[bytes(pixel).hex() for pixel in tile] for tile in tiles]


@MEANS
def test_rollout_says_the_published_numbers(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "rollout")
    fusion, discard = RECIPES[0]
    come_near(root)
    hands.press(root.locator(".weight-table summary"))
    hands.pick(root.locator("[data-cells]"), (5, 5), SIDE, SIDE)
    expect_rollout(page, site, "chelsea", 11, RECIPES[0])
    for step in (0, 7):
        hands.choose(root, "rollout-step", str(step))
        expect_rollout(page, site, "chelsea", step, RECIPES[0])
    for fusion, discard in RECIPES[1:]:
        hands.choose(root, "rollout-discard", discard)
        hands.choose(root, "rollout-fusion", fusion)
        expect_rollout(page, site, "chelsea", 7, (fusion, discard))
    hands.choose(root, "rollout-scale", "stretched")
    hands.pick(root.locator("[data-cells]"), (14, 2), SIDE, SIDE)
    expect_rollout(page, site, "chelsea", 7, (fusion, discard), "stretched", (14, 2))
    hands.choose(page.locator("[data-bar]"), "bar-photo", "flower")
    expect_rollout(page, site, "flower", 7, (fusion, discard), "stretched", (14, 2))


@MEANS
def test_the_layers_of_a_rollout_play_and_stop(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "rollout")
    play = root.locator("[data-play]")
    come_near(root)
    hands.press(root.locator(".weight-table summary"))
    words = play.inner_text()
    hands.press(play)
    expect(text(root, "step")).to_have_text("1")
    expect(play).to_have_text("Stop")
    expect(text(root, "step")).to_have_text("3")
    hands.press(play)
    expect(play).to_have_text(words)
    step = int(text(root, "step").text_content() or "")
    page.wait_for_timeout(900)  # longer than a layer stands: it has indeed stopped
    expect_rollout(page, site, "chelsea", step - 1, RECIPES[0])
    hands.press(play)
    hands.choose(root, "rollout-step", "10")
    expect(play).to_have_text(words)
    expect_rollout(page, site, "chelsea", 10, RECIPES[0])


@ONCE
def test_a_rollout_plays_to_its_end(visit: Visits, site: Path) -> None:
    page = visit()
    root = figure(page, "rollout")
    come_near(root)
    root.locator(".weight-table summary").click()
    root.locator('label:has(input[name="rollout-step"][value="9"])').click()
    root.locator("[data-play]").click()
    expect(text(root, "play")).to_have_text("Stop")
    expect(text(root, "step")).to_have_text("12")
    expect(text(root, "play")).to_have_text("Play the 12 layers")
    expect_rollout(page, site, "chelsea", 11, RECIPES[0])


def expect_norms(page: Page, site: Path, photo: str, layer: int, at: Cell) -> None:
    """Lengths and received attention of a layer (0-based), their plots over all layers, and the sinks."""
    root = figure(page, "token-norms")
    come_near(root)
    told = document(site, photo)
    norms, received = np.array(told["token_norms"]), np.array(told["received"])  # (12, 257)
    lengths = norms[:, 1:] / np.median(norms[:, 1:], axis=1, keepdims=True)
    expect(root.locator('[data-table="length"] [data-weight-cell]')).to_have_text([fixed(v, 3) for v in lengths[layer]])
    shares = received[layer, 1:]
    expect(root.locator('[data-table="received"] [data-weight-cell]')).to_have_text([fixed(v, 3) for v in shares])
    dataset = {name: float(root.get_attribute(f"data-{name}") or "") for name in ("length-maximum", "received-maximum")}
    for part, values, unit in (("length", lengths[layer], "× the median"), ("received", shares, "even shares")):
        box = root.locator(f'[data-part="{part}"]')
        assert map_colours(box) == colours(site, values, dataset[f"{part}-maximum"])
        read = f"{place(SIDE * at[0] + at[1], SIDE)}: {fixed(values[SIDE * at[0] + at[1]], 2)} {unit}"
        expect(box.locator("[data-readout]")).to_have_text(read)
    longest, most = int(lengths[layer].argmax()), int(shares.argmax())
    long, sinks = (told["artefacts"][name] for name in ("long", "sinks"))
    expect(root.locator(".norms-says p").first).to_have_text(
        f"In layer {layer + 1} the longest patch is {place(longest, SIDE)}, {fixed(lengths[layer].max(), 2)} times the "
        f"median. The most looked-at one is {place(most, SIDE)}, with {fixed(shares.max(), 1)} even shares; "
        f"CLS gets {fixed(received[layer, 0], 1)}."
    )
    expect(root.locator('[data-long="none"]')).to_be_visible(visible=not long["tokens"])
    expect(root.locator('[data-long="none"] [data-text="greatest"]')).to_have_text(fixed(long["greatest"], 2))
    assert long["greatest"] == pytest.approx(lengths[-1].max(), rel=0.006)
    expect(text(root, "sink-count")).to_have_text(str(len(sinks["tokens"])))
    lines = root.locator("[data-sink]:visible")
    expect(lines).to_have_count(min(len(sinks["tokens"]), root.locator("[data-sink]").count()))
    for line, sink in zip(lines.all(), sinks["tokens"], strict=False):
        words = f"layer {sink['layer'] + 1}: {place(sink['token'] - 1, SIDE)}"
        expect(line.locator("th")).to_contain_text(words)
        expect(text(line, "sink-shares")).to_have_text(fixed(sink["received"], 1))
    expect_plots(root, lengths, received, layer)


def expect_plots(root: Locator, lengths: Numbers, received: Numbers, layer: int) -> None:
    height, tallest, top = (
        float(root.get_attribute(f"data-{n}") or "") for n in ("plot-height", "tallest", "most-shares")
    )

    def marks(selector: str, *names: str) -> list[list[float]]:
        found: list[list[float]] = root.locator(selector).evaluate_all(
            "(all, names) => all.map((mark) => names.map((name) => Number(mark.getAttribute(name))))", list(names)
        )
        return found

    spreads = [[height * (1 - value / tallest) for value in (row.min(), row.max())] for row in lengths]
    np.testing.assert_allclose(marks("[data-spread]", "y1", "y2"), spreads, atol=0.006)

    def tens(value: float) -> float:
        return height * (1 - math.log(max(value, 1)) / math.log(top))

    np.testing.assert_allclose(marks("[data-most]", "y2"), [[tens(row[1:].max())] for row in received], atol=0.006)
    np.testing.assert_allclose(marks("[data-cls]", "cy"), [[tens(row[0])] for row in received], atol=0.006)
    bands = root.locator("[data-band]").evaluate_all("(all) => all.map((band) => parseFloat(band.getAttribute('x')))")
    np.testing.assert_allclose(bands, [100 * layer / LAYERS] * 2, atol=0.001)


@MEANS
def test_lengths_and_attention_say_the_published_numbers(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "token-norms")
    come_near(root)
    for summary in root.locator(".weight-table summary").all():
        hands.press(summary)
    expect_norms(page, site, "chelsea", 10, (5, 5))
    hands.choose(root, "token-norms-layer", "0")
    expect_norms(page, site, "chelsea", 0, (5, 5))
    for part, cell in (("length", (2, 13)), ("received", (11, 4))):
        hands.pick(root.locator(f'[data-part="{part}"] [data-cells]'), cell, SIDE, SIDE)
        expect_norms(page, site, "chelsea", 0, cell)
    hands.choose(page.locator("[data-bar]"), "bar-photo", "rocket")
    expect_norms(page, site, "rocket", 0, (11, 4))
    sink = document(site, "rocket")["artefacts"]["sinks"]["tokens"][1]
    hands.press(root.locator("[data-go]").nth(1))
    expect_norms(page, site, "rocket", sink["layer"], divmod(sink["token"] - 1, SIDE))
    if not isinstance(hands, Keyboard):  # whose way to a layer is the row of buttons
        plot = root.locator("[data-plot]").last
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box
        hands.at(plot, box["width"] * 4.5 / LAYERS, box["height"] / 3)
        expect_norms(page, site, "rocket", 4, divmod(sink["token"] - 1, SIDE))


def lane_words(site: Path, photo: str, lane: int) -> str:
    layer, head = divmod(lane, HEADS)
    here = document(site, photo)["measures"]["mean_distance"][layer][head]
    mean = model_document(site)["mean_distance"][layer][head]
    return f"layer {layer + 1}, head {head + 1}: {fixed(here, 0)} pixels on this photo, {fixed(mean, 0)} over all 6"


def expect_distances(page: Page, site: Path, photo: str, chosen: int | None) -> None:
    """The plot, its table and its sentence; `chosen`: the lane of the page's head, if it is one."""
    root = figure(page, "attention-distance")
    come_near(root)
    here = np.ravel(document(site, photo)["measures"]["mean_distance"])
    mean = np.ravel(model_document(site)["mean_distance"])
    expect(root.locator("tbody td")).to_have_text(
        [f"{fixed(a, 0)} ({fixed(b, 0)})" for a, b in zip(here, mean, strict=True)]
    )
    least, greatest = int(here.argmin()), int(here.argmax())
    expect(root.locator(".distance-says")).to_have_text(
        f"On this photo the head that stays closest is head {least % HEADS + 1} of layer {least // HEADS + 1}: "
        f"{fixed(here.min(), 0)} pixels, where a patch is 14 wide. Farthest looks head {greatest % HEADS + 1} "
        f"of layer {greatest // HEADS + 1}: {fixed(here.max(), 0)} pixels."
    )
    height, farthest = (float(root.get_attribute(f"data-{name}") or "") for name in ("plot-height", "farthest"))
    lines = root.locator("[data-head]")
    drawn = lines.evaluate_all(
        "(all) => all.map((line) => line.getAttribute('d').match(/[\\d.]+(?=V|$)/g).map(Number))"
    )
    expected = height * (1 - np.stack([mean, here], axis=1) / farthest)
    np.testing.assert_allclose(drawn, expected, atol=0.06)  # px: the build's first picture has one decimal
    marked = lines.evaluate_all("(all) => all.flatMap((line, lane) => ('chosen' in line.dataset ? [lane] : []))")
    assert marked == ([] if chosen is None else [chosen])


@MEANS
def test_distances_say_the_published_numbers(visit: Visits, site: Path, hands: Mouse) -> None:
    page = visit(**hands.page)
    root = figure(page, "attention-distance")
    expect_distances(page, site, "chelsea", None)
    hands.press(root.locator(".weight-table summary"))
    lanes = root.locator("[data-lanes]")
    for lane in (7, 66):
        hands.pick(lanes, (0, lane), 1, LAYERS * HEADS)
        expect_distances(page, site, "chelsea", lane)
        expect(page.locator(f'input[name="head-map-layer"][value="{lane // HEADS}"]')).to_be_checked()
        expect(page.locator(f'input[name="head-map-head"][value="{lane % HEADS}"]')).to_be_checked()
    hands.choose(page.locator("[data-bar]"), "bar-photo", "china")
    expect_distances(page, site, "china", 66)
    if isinstance(hands, Finger):  # which reads nothing without choosing it
        return
    hands.point(lanes, (0, 40), 1, LAYERS * HEADS)
    expect(root.locator("[data-readout]")).to_have_text(lane_words(site, "china", 40))
    if isinstance(hands, Keyboard):
        expect(root.locator("[data-spoken]")).to_have_text(lane_words(site, "china", 40))
    else:
        page.mouse.move(2, 2)
        expect(root.locator("[data-readout]")).to_have_text(re.compile("^Point at a head"))
