"""What a reader does in the browser, and what the figures should then say, by NumPy from the published files."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect

Numbers = npt.NDArray[np.float64]
Cell = tuple[int, int]
"""0-based (row, column)."""

SIDE = 7
USUAL_TEMPERATURE = {"raw": 1.0, "layernorm": 4.0, "layernorm_position": 4.0}


class Answer(NamedTuple):
    """A line of the attention figure's table: as printed."""

    place: str
    itself: bool
    weight: str


def place(token: int, cols: int = SIDE) -> str:
    """0-based token -> its place as the page says it, counted from 1."""
    return f"row {token // cols + 1}, column {token % cols + 1}"


@cache
def published(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def weights_of(scores: Any, temperature: float) -> Numbers:
    """(..., N) published logits -> their softmax."""
    values = np.asarray(scores, np.float64)
    exponentials: Numbers = np.exp((values - values.max(axis=-1, keepdims=True)) / temperature)
    total: Numbers = exponentials.sum(axis=-1, keepdims=True)
    return np.asarray(exponentials / total)


@dataclass(frozen=True)
class View:
    """What the page is asked to show."""

    site: Path
    photo: str = "chelsea"
    cell: Cell = (2, 2)
    variant: str = "layernorm"
    temperature: float = 4.0
    direction: str = "to"

    @property
    def document(self) -> dict[str, Any]:
        return published(self.site / f"data/photos/{self.photo}/mobilenet_v2.json")

    @property
    def token(self) -> int:
        return SIDE * self.cell[0] + self.cell[1]

    @property
    def matrix(self) -> Numbers:
        """(49, 49): row = query."""
        return weights_of(self.document["logits"][self.variant], self.temperature)

    @property
    def weights(self) -> Numbers:
        """(49,): what the map shows."""
        return self.matrix[self.token] if self.direction == "to" else self.matrix[:, self.token]

    @property
    def summary(self) -> Numbers:
        """(49,): the CLS stand-in's."""
        return weights_of(self.document["cls"]["logits"][self.variant], self.temperature)

    @property
    def effective(self) -> str:
        return effective(self.matrix[self.token])

    @property
    def top(self) -> list[Answer]:
        loudest = sorted(range(SIDE * SIDE), key=lambda token: (-self.weights[token], token))[:5]
        return [Answer(place(token), token == self.token, printed(self.weights[token])) for token in loudest]


def effective(weights: Numbers) -> str:
    return f"{math.exp(-sum(weight * math.log(weight) for weight in weights if weight > 0)):.1f}"


def printed(weight: float) -> str:
    return f"{weight:.3f}"


def figure(page: Page, name: str) -> Locator:
    return page.locator(f"#figure-{name}")


def come_near(root: Locator) -> None:
    """Scrolls to the figure, as its reader would: data are loaded for figures that are near."""
    root.evaluate("(figure) => figure.scrollIntoView({ behavior: 'instant', block: 'center' })")


def text(root: Locator, name: str) -> Locator:
    """The figure's words or number of that name."""
    return root.locator(f'[data-text="{name}"]')


def click_cell(cells: Locator, cell: Cell, rows: int = SIDE, cols: int = SIDE) -> None:
    """A click in the middle of a cell of a grid laid over a picture."""
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box
    row, col = cell
    cells.click(position={"x": (col + 0.5) * box["width"] / cols, "y": (row + 0.5) * box["height"] / rows})


def choose(root: Locator, name: str, value: str) -> None:
    """A radio button, by its group's name and its value, as a mouse would."""
    root.locator(f'label:has(input[name="{name}"][value="{value}"])').click()


def choose_photo(page: Page, photo: str) -> None:
    choose(page.locator("[data-bar]"), "bar-photo", photo)


def set_temperature(page: Page, temperature: float) -> None:
    figure(page, "attention").locator("[data-doublings]").fill(f"{math.log2(temperature):g}")


def map_colours(root: Locator) -> list[str]:
    """The first canvas's pixels in raster order, six hexadecimal digits each."""
    rgba: list[int] = root.locator("canvas").first.evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    )
    return [bytes(rgba[start : start + 3]).hex() for start in range(0, len(rgba), 4)]


def answers(root: Locator) -> list[Answer]:
    """The attention figure's table as it stands."""
    lines = root.locator("[data-rank]").all()
    return [
        Answer(
            f"row {text(line, 'top-row').inner_text()}, column {text(line, 'top-column').inner_text()}",
            line.locator("[data-itself]").is_visible(),
            text(line, "top-weight").inner_text(),
        )
        for line in lines
    ]


def expect_weights(root: Locator, weights: Numbers) -> None:
    """The figure's table alternative, all of its numbers, as soon as the figure has drawn."""
    come_near(root)
    expect(root.locator("[data-weight-cell]")).to_have_text([printed(weight) for weight in weights])


def expect_attention(page: Page, view: View) -> None:
    """Everything the attention figure says, against the published numbers."""
    root = figure(page, "attention")
    expect_weights(root, view.weights)
    assert answers(root) == view.top
    expect(text(root, "effective")).to_have_text(view.effective)
    expect(text(root, "temperature")).to_have_text(f"{view.temperature:.2f}")
    spoken = f"{place(view.token)}, weight {printed(view.weights[view.token])}"
    expect(root.locator('[role="gridcell"]')).to_have_attribute("aria-label", spoken)
    told = root.locator("[data-case]:visible")
    expect(told).to_contain_text(place(view.token))
    expect(told).to_contain_text(view.top[0].weight)
    if view.direction == "by":
        expect(told).to_contain_text(f"{view.weights.sum():.2f}")
