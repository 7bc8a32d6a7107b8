"""The calculator's arithmetic against numbers published elsewhere, and against the browser's golden file."""

import json
from pathlib import Path

import pytest

from explainer.config import PATCH_SIZES
from explainer.cost import BASE, IMAGE_SIZES, WIDTHS, cost, to_plain

GOLDEN = Path(__file__).parent / "golden" / "cost.json"


def test_vit_b_16_has_torchvisions_parameters_and_multiply_adds() -> None:
    base = cost(BASE, 16, 224)
    assert base.parameters.total == 86_567_656
    assert f"{base.multiply_adds.total / 1e9:.2f}" == "17.56"
    assert (base.grid_size, base.tokens, base.pairs, base.vector_length) == (14, 197, 38_809, 768)


@pytest.mark.parametrize(
    ("key", "patch_size", "parameters", "giga"),
    [("b", 32, 88_224_232, "4.41"), ("l", 16, 304_326_632, "61.55")],
)
def test_other_torchvision_models_agree(key: str, patch_size: int, parameters: int, giga: str) -> None:
    width = next(width for width in WIDTHS if width.key == key)
    result = cost(width, patch_size, 224)
    assert result.parameters.total == parameters
    assert f"{result.multiply_adds.total / 1e9:.2f}" == giga


def test_halving_the_patch_costs_four_and_a_half_times_as_much_not_sixteen() -> None:
    coarse, fine = cost(BASE, 16, 224), cost(BASE, 8, 224)
    assert f"{fine.tokens / coarse.tokens:.2f}" == "3.98"
    assert f"{fine.pairs / coarse.pairs:.1f}" == "15.9"
    assert f"{fine.multiply_adds.total / coarse.multiply_adds.total:.2f}" == "4.45"


def test_quadratic_part_of_the_block_is_small_at_224() -> None:
    assert f"{100 * cost(BASE, 16, 224).multiply_adds.quadratic_share:.1f}" == "4.1"


def test_a_patch_size_that_does_not_divide_leaves_out_the_remainder() -> None:
    assert cost(BASE, 14, 384).grid_size == 27


def test_golden_numbers_for_the_browser_are_current() -> None:
    expected = [
        {"width": width.key, "depth": width.depth, "embed_dim": width.embed_dim, **to_plain(cost(width, patch, image))}
        for width in WIDTHS
        for patch in PATCH_SIZES
        for image in IMAGE_SIZES
    ]
    assert json.loads(GOLDEN.read_text()) == expected
