"""First views of the attention figures: their arithmetic, on small real inputs."""

import numpy as np
import pytest
from small_inputs import view_inputs

from explainer import artifacts, attention, attention_views, colormap
from explainer.first_view import FirstPictures, ViewInputs

ROWS, COLS = artifacts.GRID
QUERY = 16  # row 3, column 3, where the default point (80, 80) lies


@pytest.fixture(scope="module")
def inputs() -> ViewInputs:
    return view_inputs()


@pytest.fixture(scope="module")
def views(inputs: ViewInputs) -> dict[str, dict]:
    return attention_views.views(inputs, FirstPictures())


def test_the_permutation_is_the_one_that_permutation_test_js_expects() -> None:
    assert attention_views.permutation(1, 8) == [4, 6, 7, 0, 5, 3, 2, 1]
    assert attention_views.permutation(1, 49)[:6] == [14, 4, 12, 40, 18, 27]
    assert attention_views.permutation(2**32 - 1, 8) == [5, 6, 4, 2, 3, 0, 7, 1]
    assert sorted(attention_views.permutation(9, 49)) == list(range(49))


def test_attention_without_positions_permutes_with_its_tokens(inputs: ViewInputs) -> None:
    order = attention_views.permutation(3, 49)
    for variant in ("raw", "layernorm"):
        compared = attention_views.compare_shuffled(inputs.features, order, variant, 1.0, 4.0, artifacts.GRID)
        assert compared.largest < 1e-14
        assert compared.changed == 0


def test_positions_break_the_symmetry(inputs: ViewInputs) -> None:
    order = attention_views.permutation(3, 49)
    compared = attention_views.compare_shuffled(inputs.features, order, "layernorm_position", 1.0, 4.0, artifacts.GRID)
    assert compared.largest > 1e-4
    assert compared.changed > 0


def test_the_comparison_is_with_the_reference_attention(inputs: ViewInputs) -> None:
    tokens = attention.tokens(inputs.features, "layernorm", 1.0)
    reference = attention.softmax(attention.logits(tokens, tokens), 4.0)
    compared = attention_views.compare_shuffled(inputs.features, range(49), "layernorm", 1.0, 4.0, artifacts.GRID)
    np.testing.assert_allclose(compared.original, reference, atol=1e-12)
    assert compared.largest == 0


def test_neighbours_are_the_cells_that_touch() -> None:
    weights = 2.0 ** np.arange(12)  # 3 rows of 4
    assert attention_views.neighbour_share(weights, 0, 4) == 2**1 + 2**4 + 2**5
    assert attention_views.neighbour_share(weights, 5, 4) == sum(2**n for n in (0, 1, 2, 4, 6, 8, 9, 10))


def test_the_hero_shows_published_weights_of_the_default_patch(inputs: ViewInputs, views: dict[str, dict]) -> None:
    view = views["attention"]
    published = np.asarray(inputs.document["attention"]["layernorm"]["weights"])
    assert view["query"] == {"row": 2, "col": 2}
    np.testing.assert_array_equal(np.ravel(view["weights"]), published[QUERY])
    assert view["self"] == published[QUERY, QUERY]
    assert view["self"] + view["neighbours"] + view["rest"] == pytest.approx(1, abs=1e-6)
    assert view["effective"] == pytest.approx(float(attention.effective_number(published[QUERY])))
    assert view["total"] == pytest.approx(float(published[:, QUERY].sum()))
    assert view["temperatures"] == attention.DEFAULT_TEMPERATURE
    assert view["maximum"] == colormap.ABSOLUTE_MAXIMUM
    assert [line["weight"] for line in view["top"]] == sorted(published[QUERY], reverse=True)[:5]
    assert view["top"][0]["share"] == 100
    assert view["case"] == ("to-itself" if published[QUERY].argmax() == QUERY else "to-other")


def test_another_temperature_is_the_softmax_of_the_published_scores(inputs: ViewInputs) -> None:
    view = attention_views.views(view_inputs(temperature=8.0), FirstPictures())["attention"]
    expected = attention.softmax(inputs.document["logits"]["layernorm"][QUERY], 8.0)
    np.testing.assert_allclose(np.ravel(view["weights"]), expected)


def test_the_matrix_rests_on_the_loudest_other_patch(inputs: ViewInputs, views: dict[str, dict]) -> None:
    row = np.asarray(inputs.document["attention"]["layernorm"]["weights"][QUERY])
    row[QUERY] = 0
    other = views["attention-matrix"]["other"]
    assert other["row"] * COLS + other["col"] == row.argmax()
    assert other["weight"] == row.max()


def test_the_summary_is_the_published_cls_row(inputs: ViewInputs, views: dict[str, dict]) -> None:
    published = inputs.document["cls"]["attention"]["layernorm"]["weights"]
    view = views["cls-stand-in"]
    assert np.ravel(view["weights"]).tolist() == published
    assert view["loudest"]["weight"] == max(published)
    assert view["here"] == published[QUERY]


def test_the_shuffle_follows_its_order(views: dict[str, dict]) -> None:
    view = views["shuffle"]
    order = view["order"]
    for slot, token in enumerate(order):
        tile = view["tiles"][token]
        assert (tile["row"], tile["col"]) == divmod(token, COLS)
        assert (tile["slot_row"], tile["slot_col"]) == divmod(slot, COLS)
    assert order[view["slot"]["row"] * COLS + view["slot"]["col"]] == QUERY
    assert view["results"]["layernorm"]["changed"] == 0
    assert view["results"]["layernorm_position"]["changed"] > 0


def test_each_map_is_published_once_under_its_own_name(inputs: ViewInputs) -> None:
    pictures = FirstPictures()
    views = attention_views.views(inputs, pictures)
    maps = {value for view in views.values() for key, value in view.items() if key == "map" or key.endswith("_map")}
    assert maps == set(pictures.files)
    assert len(maps) == 5
    assert all(png.startswith(b"\x89PNG") for png in pictures.files.values())
