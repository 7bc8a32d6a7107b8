"""First views of the real ViT's measures: their arithmetic, on a small model that is not there in full."""

from typing import Any

import numpy as np
import pytest
from small_inputs import view_inputs

from explainer import packing, real_measures_views
from explainer import vit_attention as va
from explainer.first_view import FirstPictures, RealView

LAYERS, HEADS, ROWS, COLS = 3, 2, 4, 4
TOKENS = ROWS * COLS + 1
FIGURES = {"rollout", "token-norms", "attention-distance", "classify"}
ROW = [0.5, 0.1, 0.3, 0.05, 0.05]
NORMS = [9, 2, 4, 3, 8]
"""Numbers that real-measures.test.js has too."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> RealView:
    random = np.random.default_rng(3)
    maps = random.dirichlet(np.full(TOKENS, 0.3), (LAYERS, HEADS, TOKENS))
    received = np.stack([va.received(layer) for layer in maps])
    steps = np.stack([va.token_rollout([va.fused(layer, recipe) for layer in maps]) for recipe in va.RECIPES])
    distance = np.stack([va.mean_attention_distance(layer, va.distances(ROWS, COLS, 224)) for layer in maps])
    pack = tmp_path_factory.mktemp("packs") / "rollout.bin"
    pack.write_bytes(packing.pack_scaled(steps, "rollout", 2.0**-15))
    document: dict[str, Any] = {
        "grid": [ROWS, COLS],
        "layers": LAYERS,
        "heads": HEADS,
        "measures": {"mean_distance": distance.tolist()},
        "token_norms": random.uniform(1, 2, (LAYERS, TOKENS)).tolist(),
        "received": received.tolist(),
        "artefacts": {
            "long": {"rule": "over 2 times", "ratio": va.LONG, "greatest": 1.4, "tokens": []},
            "sinks": {
                "rule": "over 5 shares",
                "ratio": va.SINK,
                "tokens": [{"layer": 2, "token": 7, "received": 9.5}, {"layer": 0, "token": 1, "received": 6.0}],
            },
        },
        "rollout": [recipe._asdict() | {"published": recipe.published} for recipe in va.RECIPES],
        "top5": [{"index": 281, "label": "tabby", "probability": 0.6}],
    }
    return RealView(document, {"mean_distance": distance.tolist(), "uniform_distance": 116.6}, {"rollout": pack})


@pytest.fixture(scope="module")
def views(real: RealView) -> dict[str, dict[str, Any]]:
    return real_measures_views.views(view_inputs({"dinov2_vits14": real, "vit_b_16": real}, layer=1), FirstPictures())


def test_without_the_models_every_figure_says_so_and_shows_nothing() -> None:
    pictures = FirstPictures()
    views = real_measures_views.views(view_inputs(layer=1), pictures)
    assert views == {name: {"present": False} for name in FIGURES}
    assert not pictures.files


def test_one_model_brings_its_own_figures_only(real: RealView) -> None:
    views = real_measures_views.views(view_inputs({"dinov2_vits14": real}, layer=1), FirstPictures())
    assert {name for name, view in views.items() if view["present"]} == FIGURES - {"classify"}
    views = real_measures_views.views(view_inputs({"vit_b_16": real}, layer=1), FirstPictures())
    assert {name for name, view in views.items() if view["present"]} == {"classify"}


def test_the_arithmetic_is_what_real_measures_test_js_expects() -> None:
    np.testing.assert_allclose(real_measures_views.patch_shares(ROW), [0.5, 1.5, 0.25, 0.25])
    assert real_measures_views.brightest(np.array([0.5, 1.5, 0.25, 1.5]), 2) == {"row": 0, "col": 1, "shares": 1.5}
    assert [real_measures_views.logarithmic(value, 100) for value in (0, 1, 10, 100)] == [0, 0, 0.5, 1]
    assert real_measures_views.extremes([[5, 2], [9, 2], [1.5, 9]]) == {
        "least": {"layer": 2, "head": 0, "value": 1.5},
        "greatest": {"layer": 1, "head": 0, "value": 9.0},
    }
    assert real_measures_views.length_spread(NORMS) == (2 / 3.5, 8 / 3.5)


def test_the_rollout_is_the_published_recipe_after_the_last_layer(real: RealView, views: dict[str, Any]) -> None:
    view = views["rollout"]
    published = real.rollout[0, -1]
    assert real.document["rollout"][0]["published"]
    np.testing.assert_allclose(np.ravel(view["weights"]), published[1:] * TOKENS)
    assert view["kept"] == published[0]
    assert view["kept"] + np.sum(view["weights"]) / TOKENS == pytest.approx(1, abs=1e-3)  # the pack's own steps
    assert view["brightest"]["shares"] == np.max(view["weights"])
    assert 1 < view["effective"] <= ROWS * COLS


def test_the_brightest_patch_is_compared_with_the_first_layers_most_looked_at(
    real: RealView, views: dict[str, Any]
) -> None:
    view = views["rollout"]
    first = int(np.argmax(real.document["received"][0][1:]))
    assert (view["first"]["row"], view["first"]["col"]) == divmod(first, COLS)
    assert view["same"] == (int(np.argmax(real.rollout[0, -1, 1:])) == first)


def test_the_maps_are_the_chosen_layers(real: RealView, views: dict[str, Any]) -> None:
    view = views["token-norms"]
    norms = np.asarray(real.document["token_norms"])
    np.testing.assert_allclose(np.ravel(view["lengths"]), norms[1, 1:] / np.median(norms[1, 1:]))
    assert np.ravel(view["received"]).tolist() == real.document["received"][1][1:]
    assert view["spreads"][1] == (np.min(view["lengths"]), np.max(view["lengths"]))
    assert view["longest"]["shares"] == np.max(view["lengths"])
    assert view["most"][1]["shares"] == np.max(view["received"])
    assert view["cls"] == [row[0] for row in real.document["received"]]


def test_sinks_are_told_by_their_place(views: dict[str, Any]) -> None:
    sinks = views["token-norms"]["sinks"]
    assert [(sink["layer"], sink["row"], sink["col"]) for sink in sinks] == [(2, 1, 2), (0, 0, 0)]


def test_classes_come_with_their_own_models_rollout(real: RealView, views: dict[str, Any]) -> None:
    view = views["classify"]
    assert view["top"] == real.document["top5"]
    assert view["kept"] == real.rollout[0, -1, 0]


def test_each_map_is_published_once_under_its_own_name(real: RealView) -> None:
    pictures = FirstPictures()
    views = real_measures_views.views(view_inputs({"dinov2_vits14": real, "vit_b_16": real}, layer=1), pictures)
    maps = [value for view in views.values() for key, value in view.items() if key.endswith("map") or key == "strip"]
    assert sorted(maps) == sorted(pictures.files)
    assert len(maps) == 6
