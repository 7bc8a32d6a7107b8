"""The published models by native ONNX Runtime, and what follows by NumPy: nothing of the page's code."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from driving import Numbers, text, weights_of
from PIL import Image
from playwright.sync_api import Locator

Pixels = npt.NDArray[np.uint8]
"""(224, 224, 3)."""
How = Literal["blank", "grey", "shuffle"]


@cache
def session(file: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])


def photo(site: Path, name: str) -> Pixels:
    with Image.open(site / f"data/photos/{name}/crop.png") as crop:
        return np.asarray(crop.convert("RGB"))


def edited(pixels: Pixels, chosen: list[int], squares: int, how: How, order: list[int] | None = None) -> Pixels:
    """The chosen squares blanked to the photo's mean, turned grey, or shuffled: slot i gets chosen[order[i]]."""
    changed = pixels.copy()
    side = 224 // squares
    corners = [(side * (square // squares), side * (square % squares)) for square in chosen]
    places = [np.s_[top : top + side, left : left + side] for top, left in corners]
    for slot, place in enumerate(places):
        if how == "blank":
            changed[place] = np.floor(pixels.reshape(-1, 3).mean(axis=0) + 0.5)
        elif how == "grey":
            changed[place] = np.floor(pixels[place] @ np.array([0.299, 0.587, 0.114]) + 0.5)[..., None]
        else:
            assert order is not None
            changed[place] = pixels[places[order[slot]]]
    return changed


def outputs(file: Path, pixels: Pixels) -> dict[str, Numbers]:
    """By name, as the file gives them."""
    values = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    run = session(file)
    names = [output.name for output in run.get_outputs()]
    given = run.run(names, {"pixels": values.transpose(2, 0, 1)[None].astype(np.float32)})
    return {name: np.asarray(value, np.float64) for name, value in zip(names, given, strict=True)}


@dataclass(frozen=True)
class Look:
    """What a model makes of some pixels."""

    patches: Numbers
    """(N, D)."""
    summary: Numbers
    """(D,)."""
    weights: Numbers
    """(T, T): the real ViT's tokens open with CLS."""
    summary_weights: Numbers
    """(T,)."""


def stand_in(site: Path, pixels: Pixels) -> Look:
    """MobileNet's features; attention after LayerNorm at temperature 4."""
    features = outputs(site / "models/mobilenet_v2.onnx", pixels)["features"].reshape(1280, 49).T
    summary: Numbers = features.mean(axis=0)

    def normalised(x: Numbers) -> Numbers:
        return np.asarray((x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-6))

    keys = normalised(features)
    scores, asked = keys @ keys.T / np.sqrt(1280), normalised(summary) @ keys.T / np.sqrt(1280)
    return Look(features, summary, weights_of(scores, 4.0), weights_of(asked, 4.0))


def real(site: Path, pixels: Pixels, layer: int = 10) -> Look:
    """DINOv2's last tokens, and the mean of a layer's six heads; the page opens with layer 11."""
    given = outputs(site / "models/dinov2_vits14.onnx", pixels)
    weights = weights_of(given["q"][layer] @ given["k"][layer].transpose(0, 2, 1) / 8, 1.0).mean(axis=0)
    tokens = given["tokens"][0]
    return Look(tokens[1:], tokens[0], weights, weights[0])


def turned(one: Numbers, other: Numbers) -> Numbers:
    """(..., D), (..., D) -> degrees."""
    cosine = (one * other).sum(axis=-1) / np.linalg.norm(one, axis=-1) / np.linalg.norm(other, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def moved(one: Numbers, other: Numbers) -> float:
    """Total variation."""
    return float(np.abs(one - other).sum() / 2)


def expect_moved(root: Locator, before: Look, after: Look, token: int) -> None:
    """What-if's answer to how far a token's attention went; `token` counts CLS where the model has one."""
    told = float(text(root, "moved").first.text_content() or "nan")
    assert told == pytest.approx(moved(before.weights[token], after.weights[token]), abs=0.002)


def spearman(one: Numbers, other: Numbers) -> float:
    """Rank correlation; no two values are equal here."""
    ranks = [np.argsort(np.argsort(values)) for values in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])
