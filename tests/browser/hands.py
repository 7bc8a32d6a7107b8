"""A reader's hands: the same wish carried out by mouse, by keyboard alone, or by a finger on a phone."""

from typing import Any, ClassVar

import pytest
from driving import Cell, come_near
from playwright.sync_api import Locator


class Mouse:
    """Points and clicks."""

    page: ClassVar[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}
    """Options of the browser context that it needs."""

    def choose(self, root: Locator, name: str, value: str) -> None:
        """A radio button, by its group's name and its value."""
        self.press(root.locator(f'label:has(input[name="{name}"][value="{value}"])'))

    def press(self, target: Locator) -> None:
        """A button, or whatever takes a click."""
        target.click()

    def pick(self, cells: Locator, cell: Cell, rows: int, cols: int) -> None:
        """A cell of a grid that is laid over a picture."""
        cells.scroll_into_view_if_needed()
        box = cells.bounding_box()
        assert box
        self.at(cells, (cell[1] + 0.5) * box["width"] / cols, (cell[0] + 0.5) * box["height"] / rows)

    def point(self, cells: Locator, cell: Cell, rows: int, cols: int) -> None:
        """Goes to a cell without picking it."""
        come_near(cells)
        box = cells.bounding_box()
        assert box
        x, y = box["x"] + (cell[1] + 0.5) * box["width"] / cols, box["y"] + (cell[0] + 0.5) * box["height"] / rows
        cells.page.mouse.move(x, y)

    def at(self, target: Locator, x: float, y: float) -> None:
        """px from the target's top left corner."""
        target.click(position={"x": x, "y": y})


class Finger(Mouse):
    """Taps, on a phone."""

    page: ClassVar[dict[str, Any]] = {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    }

    def press(self, target: Locator) -> None:
        target.tap()

    def at(self, target: Locator, x: float, y: float) -> None:
        target.tap(position={"x": x, "y": y})


class Keyboard(Mouse):
    """Keys alone, from wherever the focus can go."""

    def choose(self, root: Locator, name: str, value: str) -> None:
        chosen = root.locator(f'input[name="{name}"]:checked')
        chosen.focus()
        for _ in range(root.locator(f'input[name="{name}"]').count()):
            if chosen.get_attribute("value") == value:
                return
            root.page.keyboard.press("ArrowRight")
        raise AssertionError(f"the arrow keys never reach {value!r} of {name!r}")

    def press(self, target: Locator) -> None:
        target.focus()
        target.page.keyboard.press("Enter")

    def pick(self, cells: Locator, cell: Cell, rows: int, cols: int) -> None:
        self.point(cells, cell, rows, cols)
        cells.page.keyboard.press("Enter")

    def point(self, cells: Locator, cell: Cell, rows: int, cols: int) -> None:
        cells.locator('[role="gridcell"]').focus()
        for key in ["Control+Home", *["ArrowDown"] * cell[0], *["ArrowRight"] * cell[1]]:
            cells.page.keyboard.press(key)


MEANS = pytest.mark.parametrize(
    ("hands", "address"),
    [
        pytest.param(Mouse(), "http", id="mouse-http"),
        pytest.param(Keyboard(), "file", id="keyboard-file"),
        pytest.param(Finger(), "http", id="phone-http"),
    ],
    indirect=["address"],
)
"""Each means once, and both ways of loading files."""
