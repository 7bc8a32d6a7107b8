"""The quick measures against the formulas, one by one and in float64."""

import numpy as np
import numpy.typing as npt

from explainer import vit_attention as va
from explainer import vit_measures
from explainer.attention import effective_number

LAYERS, HEADS, ROWS, COLS, WIDTH = 3, 2, 4, 5, 8
TOKENS = 1 + ROWS * COLS
SIDE = 224


def run(seed: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    query, key = np.random.default_rng(seed).normal(size=(2, LAYERS, HEADS, TOKENS, WIDTH)) * 2
    return query.astype(np.float32), key.astype(np.float32)


def test_each_measure_is_its_formulas() -> None:
    found, moved = vit_measures.measure(run(1), None, (ROWS, COLS), SIDE)
    assert moved is None
    maps = va.weights(*run(1))  # (L, H, N, N)
    numbers = effective_number(maps)
    expected = {
        "mean_distance": va.mean_attention_distance(maps, va.distances(ROWS, COLS, SIDE)),
        "effective_number": numbers[..., 1:].mean(axis=-1),
        "cls_effective_number": numbers[..., 0],
        "cls_share": maps[..., 1:, 0].mean(axis=-1),
        "self_share": np.diagonal(maps, axis1=-2, axis2=-1)[..., 1:].mean(axis=-1),
    }
    assert list(found.per_head) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found.per_head[name], values, rtol=2e-5, err_msg=name)
    np.testing.assert_allclose(found.received, va.received(maps), rtol=2e-5)
    np.testing.assert_allclose(found.cls, maps[:, :, 0], atol=1e-6)
    rollout = [va.rollout(maps, recipe)[:, 0] for recipe in va.RECIPES]
    np.testing.assert_allclose(found.rollout, rollout, atol=1e-6)
    print(f"largest difference of a rollout from float64: {np.abs(found.rollout - rollout).max():.1e}")


def test_what_moves_is_the_distance_of_both_runs_maps() -> None:
    _, moved = vit_measures.measure(run(1), run(2), (ROWS, COLS), SIDE)
    assert moved is not None
    maps, others = va.weights(*run(1)), va.weights(*run(2))
    np.testing.assert_allclose(moved.total_variation, va.total_variation(maps, others).mean(axis=-1), rtol=2e-5)
    between = va.distances(ROWS, COLS, SIDE)
    np.testing.assert_allclose(moved.mean_distance, va.mean_attention_distance(others, between), rtol=2e-5)
    np.testing.assert_allclose(moved.cls, others[:, :, 0], atol=1e-6)


def test_scores_of_any_size_make_no_number_that_is_none() -> None:
    query, key = run(1)
    found, _ = vit_measures.measure((query * 4, key * 4), None, (ROWS, COLS), SIDE)
    assert np.isfinite(found.rollout).all() and np.isfinite(found.per_head["mean_distance"]).all()
    assert found.per_head["effective_number"].min() >= 0.999
