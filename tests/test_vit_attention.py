"""The real ViT's arithmetic against cases done by hand, and against slower formulas."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from explainer import vit_attention as va

RANDOM = np.random.default_rng(5)


def stochastic(*shape: int) -> npt.NDArray[np.float64]:
    values = RANDOM.random(shape) ** 4
    return np.asarray(values / values.sum(axis=-1, keepdims=True))


def test_weights_are_the_softmax_of_scaled_products() -> None:
    q, k = RANDOM.normal(size=(2, 3, 5, 64))
    found = va.weights(q, k)
    expected = np.exp(np.einsum("hnd,hmd->hnm", q, k) / 8)
    np.testing.assert_allclose(found, expected / expected.sum(axis=-1, keepdims=True))


def test_distances_are_between_the_centres_of_patches() -> None:
    between = va.distances(16, 16, 224)
    assert between[0, 1] == between[0, 16] == 14
    assert between[0, 17] == pytest.approx(14 * np.sqrt(2))
    wide = va.patch_centres(2, 4, 224)
    assert wide[0].tolist() == [28, 56] and wide[7].tolist() == [196, 168]


def test_a_head_that_looks_at_itself_has_no_reach_and_one_at_its_neighbour_a_patch() -> None:
    between = va.distances(1, 4, 56)  # four patches in a row, 14 px apart
    one = np.zeros((1, 5, 5))
    one[0, :, 0] = 0.5  # half of everything goes to CLS, which is nowhere
    one[0, range(5), range(5)] += 0.5
    assert va.mean_attention_distance(one, between).tolist() == [0]
    other = np.zeros((1, 5, 5))
    other[0, :, 0] = 0.9
    other[0, [1, 2, 3, 4], [2, 1, 4, 3]] = 0.1
    assert va.mean_attention_distance(other, between) == pytest.approx([14])


def test_even_attention_is_received_in_even_shares() -> None:
    assert va.received(np.full((3, 2, 4, 4), 0.25)) == pytest.approx(np.ones((3, 4)))
    assert va.received(np.eye(4)[None, [2, 2, 2, 2]]).tolist() == [0, 0, 4, 0]


def test_rollout_of_three_tokens_by_hand() -> None:
    """In layer 1 a listens to b, in layer 2 CLS to a: a quarter of what CLS holds then came from b."""
    first, second = np.eye(3), np.eye(3)
    first[1], second[0] = [0, 0, 1], [0, 1, 0]
    steps = va.rollout(np.stack([first, second])[:, None], va.RECIPES[0])
    assert steps[-1, 0].tolist() == [0.5, 0.25, 0.25]
    late = va.rollout(np.stack([second, first])[:, None], va.RECIPES[0])
    assert late[-1, 0].tolist() == [0.5, 0.5, 0.0]


def test_the_first_recipe_is_the_published_one_literally() -> None:
    attention = stochastic(4, 3, 9, 9)
    flow = np.eye(9)
    for layer in attention:
        flow = (layer.mean(axis=0) + np.eye(9)) / 2 @ flow
    np.testing.assert_allclose(va.rollout(attention, va.RECIPES[0])[-1], flow)
    assert va.RECIPES[0] == ("mean", 0.0)
    assert [recipe.published for recipe in va.RECIPES] == [True, *[False] * 5]


@pytest.mark.parametrize("recipe", va.RECIPES)
def test_every_recipe_keeps_budgets_and_one_row_alone_is_that_row(recipe: va.Recipe) -> None:
    attention = stochastic(5, 2, 17, 17)
    whole = va.rollout(attention, recipe)
    np.testing.assert_allclose(whole.sum(axis=-1), 1)
    rows = va.token_rollout([va.fused(layer, recipe) for layer in attention], token=3)
    difference = np.abs(rows - whole[:, 3]).max()
    print(f"largest difference between one row and the whole: {difference:.1e}")
    assert difference < 1e-12


def test_discarding_drops_the_smallest_weights_of_the_whole_matrix() -> None:
    layer = np.array([[[0.6, 0.3, 0.1], [0.05, 0.9, 0.05], [0.2, 0.2, 0.6]]])
    found = va.fused(layer, va.Recipe("mean", 0.5))  # four of nine
    dropped = np.array([[0.6, 0.3, 0], [0, 0.9, 0], [0.2, 0.2, 0.6]]) + np.eye(3)
    np.testing.assert_allclose(found, dropped / dropped.sum(axis=1, keepdims=True))


def test_a_token_is_long_only_beyond_twice_the_median_patch() -> None:
    norms = np.array([900.0, 10, 10, 10, 19.9, 20.1])
    tokens, greatest = va.long_tokens(norms)
    assert tokens == [5] and greatest == pytest.approx(2.01)
    assert va.long_tokens(norms[:-1])[0] == []


def test_sinks_are_patches_and_come_greatest_first() -> None:
    shares = np.ones((3, 6))
    shares[0, 0], shares[0, 2], shares[2, 5], shares[1, 1] = 50, 5.5, 9, 5
    assert va.sinks(shares) == [(2, 5, 9.0), (0, 2, 5.5)]


def test_pooling_divides_a_patch_by_area() -> None:
    row = np.zeros(1 + 9)
    row[0], row[1 + 4] = 0.5, 0.5  # the middle patch of 3 x 3, after CLS is left out
    assert va.pool(row, (3, 3), (2, 2)) == pytest.approx([0.25] * 4)
    corner = np.zeros(1 + 9)
    corner[1] = 1
    assert va.pool(corner, (3, 3), (2, 2)).tolist() == [1, 0, 0, 0]
    pooled = va.pool(stochastic(5, 257), (16, 16), (7, 7))
    assert pooled.shape == (5, 49)
    np.testing.assert_allclose(pooled.sum(axis=1), 1)
    even = va.pool(np.full(257, 1 / 257), (16, 16), (7, 7))
    np.testing.assert_allclose(even, 1 / 49)


def test_pooling_as_a_finer_picture_would() -> None:
    """16 x 16 to 7 x 7 through 112 x 112, where both grids' edges are whole pixels."""
    row = stochastic(257)
    fine = np.kron(row[1:].reshape(16, 16), np.ones((7, 7))) / 49 / row[1:].sum()
    expected = fine.reshape(7, 16, 7, 16).sum(axis=(1, 3))
    np.testing.assert_allclose(va.pool(row, (16, 16), (7, 7)), expected.ravel())


def test_overlap_is_one_minus_total_variation() -> None:
    one, other = stochastic(4, 9), stochastic(4, 9)
    np.testing.assert_allclose(va.overlap(one, other), 1 - va.total_variation(one, other))
    assert va.overlap([0.5, 0.5, 0], [0, 0.5, 0.5]) == 0.5


def test_agreement_by_chance_is_its_mean_over_all_orders() -> None:
    ones, others = stochastic(3, 4), stochastic(3, 4)
    orders = np.array(list(itertools.permutations(range(4))))  # (24, 4)
    shuffled = others[:, orders]  # (3, 24, 4)
    np.testing.assert_allclose(va.chance_overlap(ones, others), va.overlap(ones[:, None], shuffled).mean(axis=1))
    np.testing.assert_allclose(va.spearman(ones[:, None], shuffled).mean(axis=1), 0, atol=1e-12)


def test_spearman_is_the_correlation_of_ranks() -> None:
    assert va.spearman([1, 2, 3, 40], [0.1, 0.2, 0.3, 0.31]) == pytest.approx(1)
    assert va.spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert va.spearman([1, 1, 1], [1, 2, 3]) == 0
    # Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
    ranks = np.corrcoef([1, 2.5, 2.5, 4], [1, 3, 2, 4])[0, 1]
    assert va.spearman([0, 7, 7, 9], [1, 5, 3, 8]) == pytest.approx(ranks)


def test_similarity_of_positions_is_their_cosine() -> None:
    table = np.array([[1.0, 0], [2, 0], [0, 3], [-1, 0]])
    assert va.position_similarity(table).tolist() == [[1, 1, 0, -1], [1, 1, 0, -1], [0, 0, 1, 0], [-1, -1, 0, 1]]


def test_principal_filters_find_what_filters_were_made_of() -> None:
    parts = np.linalg.qr(RANDOM.normal(size=(3 * 4 * 4, 2)))[0].T.reshape(2, 3, 4, 4)
    strengths = RANDOM.normal(size=(50, 2)) * [5, 1]
    filters = np.einsum("fk,kcij->fcij", strengths, parts) + RANDOM.normal(size=(1, 3, 4, 4))
    components, shares = va.principal_filters(filters, 3)
    assert components.shape == (3, 4, 4, 3)
    assert shares[:2].sum() == pytest.approx(1) and shares[0] > 0.9
    first = components[0].transpose(2, 0, 1)
    assert abs(float((first * parts[0]).sum())) > 0.98
    largest = components.reshape(3, -1)[0]
    assert largest[np.abs(largest).argmax()] > 0
