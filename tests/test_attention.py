"""The reference arithmetic against explicit loops, and the properties that the story claims."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest

from explainer import attention

GENERATOR = np.random.default_rng(3)
FEATURES = np.clip(GENERATOR.normal(0.5, 2.0, (12, 16)), 0, 6)
GRID = (3, 4)


def attend(tokens: npt.NDArray[np.float64], temperature: float = 4.0) -> npt.NDArray[np.float64]:
    return attention.softmax(attention.logits(tokens, tokens), temperature)


def test_layer_norm_equals_its_formula_token_by_token() -> None:
    result = attention.layer_norm(FEATURES)
    for token, normalised in zip(FEATURES.tolist(), result.tolist(), strict=True):
        mean = sum(token) / len(token)
        variance = sum((value - mean) ** 2 for value in token) / len(token)
        assert normalised == pytest.approx([(value - mean) / math.sqrt(variance + 1e-6) for value in token], abs=1e-12)


def test_layer_norm_of_a_constant_token_is_zero() -> None:
    assert not attention.layer_norm(np.full((1, 16), 3.0)).any()


def test_logits_equal_their_formula_pair_by_pair() -> None:
    query, key = FEATURES[:5], FEATURES[5:]
    result = attention.logits(query, key)
    assert result.shape == (5, 7)
    for i in range(5):
        for j in range(7):
            dot = sum(float(query[i, k]) * float(key[j, k]) for k in range(16))
            assert result[i, j] == pytest.approx(dot / 4.0, abs=1e-12)


def test_logits_of_tokens_with_themselves_are_symmetric() -> None:
    scores = attention.logits(FEATURES, FEATURES)
    assert np.array_equal(scores, scores.T) or np.abs(scores - scores.T).max() < 1e-12


def test_logits_name_both_lengths_when_they_differ() -> None:
    with pytest.raises(ValueError, match="queries have 16 numbers, keys have 8"):
        attention.logits(FEATURES, FEATURES[:, :8])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0, 16.0])
def test_softmax_equals_its_formula_row_by_row(temperature: float) -> None:
    scores = attention.logits(FEATURES, FEATURES)
    result = attention.softmax(scores, temperature)
    for row, weights in zip(scores.tolist(), result.tolist(), strict=True):
        powers = [math.exp(score / temperature) for score in row]
        assert weights == pytest.approx([power / math.fsum(powers) for power in powers], rel=1e-12)
        assert math.fsum(weights) == pytest.approx(1.0, abs=1e-12)


def test_softmax_survives_scores_that_would_overflow() -> None:
    weights = attention.softmax([[1e4, 1e4 - math.log(3), -1e4]])
    assert weights[0] == pytest.approx([0.75, 0.25, 0.0], abs=1e-9)


def test_low_temperature_takes_all_and_high_temperature_shares_alike() -> None:
    scores = attention.logits(FEATURES, FEATURES)
    cold, hot = attention.softmax(scores, 1e-4), attention.softmax(scores, 1e6)
    assert np.array_equal(cold, np.eye(12)[scores.argmax(axis=1)])
    assert hot == pytest.approx(np.full((12, 12), 1 / 12), abs=1e-5)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_softmax_refuses_a_temperature_that_is_not_above_zero(temperature: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        attention.softmax([[1.0, 2.0]], temperature)


def test_effective_number_counts_equal_shares() -> None:
    rows = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4]
    assert attention.effective_number(rows) == pytest.approx([1.0, 2.0, 4.0], rel=1e-12)


def test_effective_number_rises_with_temperature() -> None:
    scores = attention.logits(FEATURES, FEATURES)
    numbers = [float(attention.effective_number(attention.softmax(scores, t)).mean()) for t in (0.5, 1, 2, 4, 8, 16)]
    assert numbers == sorted(numbers)
    assert 1 <= numbers[0] < numbers[-1] <= 12


def test_positions_equal_their_formula() -> None:
    codes = attention.sine_cosine_positions(3, 4, 16)
    for row in range(3):
        for col in range(4):
            expected = []
            for position in (col, row):
                angles = [position / 10000 ** (k / 4) for k in range(4)]
                expected += [math.sin(angle) for angle in angles] + [math.cos(angle) for angle in angles]
            assert codes[4 * row + col].tolist() == pytest.approx(expected, abs=1e-12)


def test_positions_have_one_length_and_depend_on_distance_alone() -> None:
    codes = attention.sine_cosine_positions(7, 7, 1280)
    products = (codes @ codes.T).reshape(7, 7, 7, 7)
    assert products[3, 3, 3, 3] == pytest.approx(640.0)
    for row in range(5):
        for col in range(4):
            # Two rows down and three columns right is as alike from everywhere.
            assert products[row, col, row + 2, col + 3] == pytest.approx(products[0, 0, 2, 3])
    assert len(np.unique(codes.round(9), axis=0)) == 49
    assert products[3, 3].argmax() == 24


def test_positions_tell_rows_from_columns_on_a_grid_that_is_not_square() -> None:
    codes = attention.sine_cosine_positions(2, 5, 8)
    assert codes.shape == (10, 8)
    assert np.array_equal(codes[3, 4:], codes[0, 4:])  # Same row, same second half.
    assert np.array_equal(codes[3, :4], codes[8, :4])  # Same column, same first half.


def test_positions_need_a_multiple_of_four() -> None:
    with pytest.raises(ValueError, match="multiple of 4 numbers, got 10"):
        attention.sine_cosine_positions(2, 2, 10)


@pytest.mark.parametrize("variant", ["raw", "layernorm"])
def test_shuffled_patches_give_the_same_attention_shuffled(variant: str) -> None:
    order = GENERATOR.permutation(12)
    before = attend(attention.tokens(FEATURES, variant, 1.0, GRID))
    after = attend(attention.tokens(FEATURES[order], variant, 1.0, GRID))
    assert np.abs(after - before[np.ix_(order, order)]).max() < 1e-12


def test_with_positions_shuffled_patches_give_another_attention() -> None:
    order = np.roll(np.arange(12), 5)
    before = attend(attention.tokens(FEATURES, "layernorm_position", 1.0, GRID))
    after = attend(attention.tokens(FEATURES[order], "layernorm_position", 1.0, GRID))
    assert np.abs(after - before[np.ix_(order, order)]).max() > 0.01


def test_variants_build_on_each_other() -> None:
    normalised = attention.tokens(FEATURES, "layernorm", 1.0, GRID)
    placed = attention.tokens(FEATURES, "layernorm_position", 0.5, GRID)
    assert np.array_equal(attention.tokens(FEATURES, "raw", 1.0, GRID), FEATURES)
    assert np.array_equal(normalised, attention.layer_norm(FEATURES))
    assert placed - normalised == pytest.approx(0.5 * attention.sine_cosine_positions(3, 4, 16))
    assert set(attention.DEFAULT_TEMPERATURE) == set(attention.VARIANTS)


def test_an_unknown_variant_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'cosine'; known: raw, layernorm, layernorm_position"):
        attention.tokens(FEATURES, "cosine", 1.0, GRID)


def test_the_summary_query_does_not_change_when_patches_are_shuffled() -> None:
    order = GENERATOR.permutation(12)
    for variant in attention.VARIANTS:
        query = attention.summary_query(FEATURES, variant)
        assert query.shape == (1, 16)
        assert attention.summary_query(FEATURES[order], variant) == pytest.approx(query, abs=1e-12)
    assert attention.summary_query(FEATURES, "raw")[0] == pytest.approx(FEATURES.mean(axis=0))


def test_what_the_story_says_of_real_features(real_features: Mapping[str, npt.NDArray[np.float32]]) -> None:
    for features in real_features.values():
        numbers = {
            (variant, temperature): float(
                attention.effective_number(attend(attention.tokens(features, variant, 1.0), temperature)).mean()
            )
            for variant, temperature in (("raw", 1.0), ("layernorm", 1.0), ("layernorm", 4.0))
        }
        assert 2 < numbers["raw", 1.0] < 11
        assert 1.0 < numbers["layernorm", 1.0] < 1.4
        assert 5 < numbers["layernorm", 4.0] < 13
