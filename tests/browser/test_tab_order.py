"""Whatever a pointer can do in a figure of the real ViT, Tab leads to it."""

import pytest
from driving import come_near, figure
from playwright.sync_api import expect
from visits import Visits

FIGURES = (
    "head-wall", "head-map", "stand-in-or-real", "rollout", "token-norms", "attention-distance", "position-table",
    "patch-filters", "positions-off",
)  # fmt: skip

STOPS = """
(root) => {
  const radios = root.querySelectorAll("input[type=radio]:checked:not(:disabled)");
  const others = root.querySelectorAll(
    "button:not(:disabled), summary, [tabindex='0'], a[href], select, input:not([type=radio])",
  );
  const seen = [...radios, ...others].filter((stop) => stop.checkVisibility({ visibilityProperty: true }));
  return seen.map((stop, index) => (stop.dataset.stop = `${index} ${stop.localName} ${stop.textContent.trim()}`));
}
"""

FOCUSED = """
(root) => {
  const { activeElement } = document;
  return root.contains(activeElement) ? (activeElement.dataset.stop ?? activeElement.outerHTML) : null;
}
"""


@pytest.mark.parametrize("address", ["http"], indirect=True)
@pytest.mark.parametrize("name", FIGURES)
def test_tab_reaches_every_control(visit: Visits, name: str) -> None:
    page = visit()
    root = figure(page, name)
    come_near(root)
    expect(root.locator("[data-progress]")).to_have_text([""] * root.locator("[data-progress]").count())
    expected = root.evaluate(STOPS)
    # The first Tab sets out from the figure itself.
    root.evaluate("(figure) => { figure.tabIndex = -1; figure.focus(); }")
    reached = []
    for _ in range(len(expected) + 1):
        page.keyboard.press("Tab")
        stop = root.evaluate(FOCUSED)
        if stop is None:
            break
        reached.append(stop)
    assert sorted(reached) == sorted(expected)
    assert len(reached) >= 2
