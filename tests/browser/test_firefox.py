"""Firefox, over http and from a folder: a photo of one's own, and what if, with the numbers of native ONNX Runtime."""

import time
from pathlib import Path

import numpy as np
import pytest
from driving import SIDE, Numbers
from engine_pages import DINO, MOBILENET
from firefox import Firefox
from native import edited, moved, real, stand_in, turned
from native import photo as published_photo
from own import CLOSE, LIVE, PIXELS, REAL, SHOWN, STAND_IN, Native, photo

COME_NEAR = "document.querySelector(arguments[0]).scrollIntoView({ behavior: 'instant', block: 'center' });"
MODES = "return [...document.querySelectorAll(arguments[0])].map((mode) => mode.textContent);"
SAYS = "return document.querySelector(arguments[0])?.textContent === arguments[1];"


def come_near(firefox: Firefox, name: str) -> None:
    firefox.run(COME_NEAR, f"#figure-{name}")


def expect_shown(firefox: Firefox, name: str, shown: str) -> None:
    come_near(firefox, name)
    firefox.until(
        "return document.querySelector(arguments[0]).dataset.shows === arguments[1]", f"#figure-{name}", shown
    )


def expect_modes(firefox: Firefox, name: str, mode: str) -> None:
    """What every badge of the figure says of how its numbers came to be."""
    expect_shown(firefox, name, "own-1")
    assert set(firefox.run(MODES, f"#figure-{name} [data-mode]")) == {mode}, name


def weights_in(firefox: Firefox, name: str) -> Numbers:
    """The figure's table alternative, opened."""
    firefox.run("document.querySelector(arguments[0]).open = true", f"#figure-{name} .weight-table")
    firefox.one(f"#figure-{name} [data-weight-cell]")
    return np.array(firefox.numbers(f"#figure-{name} [data-weight-cell]"))


TROUBLES = {
    "console: said": "console.error('said')",
    "Error: thrown": "setTimeout(() => { throw new Error('thrown'); })",
    "Error: rejected": "Promise.reject(new Error('rejected'))",
    "Content-Security-Policy": "document.body.setAttribute('style', 'color: red')",
    "blocked the loading of a resource": "Object.assign(new Image(), { src: 'https://example.org/x.png' })",
    "data/nothing.json": "fetch('data/nothing.json').catch(() => {})",
}


def test_trouble_would_be_noticed(firefox: Firefox, address: str) -> None:
    firefox.go(address, "404.html")
    assert firefox.trouble == []
    for words, script in TROUBLES.items():
        firefox.run(script)
        end = time.monotonic() + 10
        while not any(words in trouble for trouble in firefox.trouble):
            assert time.monotonic() < end, f"{words}: {firefox.trouble}"


def test_a_photo_of_ones_own(firefox: Firefox, address: str, site: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.jpg"
    mine.write_bytes(photo())
    firefox.open(address)
    firefox.press(".bar [data-own-open]")
    firefox.give("dialog[open] input[type=file]", mine)
    firefox.press("dialog[open] button", "Use this square")
    firefox.until("return !document.querySelector('dialog[open]')")
    for name in PIXELS:
        expect_modes(firefox, name, "live: your own photo’s pixels")
    for name in STAND_IN:
        expect_modes(firefox, name, LIVE)
    pixels = np.uint8(firefox.promised(SHOWN)).reshape(224, 224, 4)[..., :3]
    come_near(firefox, "attention")
    for variant, attention in Native(site, pixels).document["attention"].items():
        firefox.press(f'#figure-attention label:has(input[value="{variant}"])')
        assert np.abs(weights_in(firefox, "attention") - np.array(attention["weights"])[16]).max() < CLOSE, variant

    come_near(firefox, "head-map")
    firefox.press("#figure-head-map .offer button", "Run DINOv2")
    for name in REAL:
        expect_modes(firefox, name, LIVE)
    expected = real(site, pixels).weights[1 + 16 * 5 + 5, 1:]
    assert np.abs(weights_in(firefox, "head-map") - expected).max() < CLOSE
    come_near(firefox, "positions-off")
    firefox.press("#figure-positions-off .offer button", "Run DINOv2 without positions")
    expect_modes(firefox, "positions-off", LIVE)
    assert firefox.trouble == []

    firefox.marionette.refresh()
    expect_shown(firefox, "attention", "chelsea")


def test_what_if(firefox: Firefox, address: str, site: Path) -> None:
    firefox.open(address, "lab.html")
    root, pixels = "#figure-what-if", published_photo(site, "chelsea")
    for model, look, side, token, chosen in (
        (MOBILENET, stand_in, SIDE, SIDE * 2 + 2, [(2, 5), (3, 5)]),
        (DINO, real, 16, 16 * 5 + 5, [(6, 12), (6, 13), (7, 12), (7, 13)]),
    ):
        come_near(firefox, "what-if")
        firefox.press(f'{root} label:has([value="{model}"])')
        firefox.press(f'{root} label:has([name="what-if-squares"][value="{side}"])')
        firefox.press(f"{root} [data-begin]")
        firefox.until("return document.querySelector(arguments[0])?.checkVisibility()", f'{root} [data-act="clear"]')
        firefox.press(f'{root} [data-act="clear"]')
        for cell in chosen:
            firefox.pick(f"{root} [data-editor] [data-cells]", cell, side)
        firefox.until(SAYS, f'{root} [data-text="changed-squares"]', str(len(chosen)))
        before = look(site, pixels)
        after = look(site, edited(pixels, [side * row + col for row, col in chosen], side, "blank"))
        token += len(before.weights) - len(before.patches)
        expected = moved(before.weights[token], after.weights[token])
        assert float(firefox.text(f'{root} [data-text="moved"]')) == pytest.approx(expected, abs=0.002)
        degrees = float(firefox.text(f'{root} [data-text="summary-turned"]').rstrip("°"))
        assert degrees == pytest.approx(turned(before.summary, after.summary), abs=0.15)
    assert firefox.trouble == []
