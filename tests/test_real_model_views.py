"""First views of the figures about the real model itself, on a small invented model's packs."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_inputs import view_inputs

from explainer import colormap, packing, real_model_views, vit_packs
from explainer import vit_attention as va
from explainer.first_view import FirstPictures, RealView

ROWS, COLS = 16, 16
PLACES = ROWS * COLS
HEADS = 6
QUERY = {"row": 5, "col": 5}  # where the default point (80, 80) lies
KEPT = (1, 4, 8, 12)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> RealView:
    folder = tmp_path_factory.mktemp("packs")
    random = np.random.default_rng(3)
    packs: dict[str, Path] = {}

    def write(name: str, data: bytes) -> None:
        packs[name] = folder / name
        packs[name].write_bytes(data)

    for number in KEPT:
        for name in (f"layer_{number:02d}", f"no_positions_layer_{number:02d}"):
            query, key = random.standard_normal((2, HEADS, 1 + PLACES, 64)).astype(np.float32)
            write(name, vit_packs.pack_layer(query, key, name))
    similarity = va.position_similarity(random.standard_normal((PLACES, 8)))
    write("positions", packing.pack_scaled(similarity, "positions", 1 / 127, "|i1"))
    document = {
        "grid": [ROWS, COLS],
        "patch_size": 14,
        "layers": 12,
        "heads": HEADS,
        "embed_dim": 384,
        "measures": {"mean_distance": random.uniform(40, 120, (12, HEADS)).tolist()},
        "positions_off": {
            "cls_cosine": 0.2,
            "patch_cosine": 0.1,
            "total_variation": random.uniform(0, 1, (12, HEADS)).tolist(),
            "mean_distance": random.uniform(40, 120, (12, HEADS)).tolist(),
            "layers": list(KEPT),
        },
    }
    model_document = {
        "uniform_distance": 117.0,
        "positions": {"same_row": 0.5, "same_column": 0.4, "elsewhere": 0.0},
        "filters": {"explained": [0.0284, 0.0134, 0.01]},
    }
    return RealView(document, model_document, packs)


@pytest.fixture(scope="module")
def views(real: RealView) -> dict[str, dict]:
    return real_model_views.views(view_inputs({"dinov2_vits14": real}), FirstPictures())


def test_without_the_model_every_figure_says_that_it_is_absent() -> None:
    found = real_model_views.views(view_inputs(), FirstPictures())
    assert found == {name: {"present": False} for name in ("position-table", "patch-filters", "positions-off")}


def test_a_places_row_its_column_and_the_rest_are_told_apart() -> None:
    # The same grid as in tests/js/model-views.test.js.
    grid = np.reshape([0, 1, 5, 2, 3, 4, 100, 7, -6, 8, 9, 10], (3, 4))
    assert real_model_views.line_means(grid, 1, 2) == {
        "row": pytest.approx(14 / 3),
        "column": 7,
        "elsewhere": 15 / 6,
        "least": {"row": 2, "col": 0, "likeness": -6},
    }


def test_the_nearest_kept_layer_is_the_first_of_two() -> None:
    found = [real_model_views.nearest((0, 3, 7, 11), layer) for layer in range(12)]
    assert found == [0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11]


def test_the_field_holds_every_places_map_where_the_place_is() -> None:
    similarity = np.arange(36.0).reshape(6, 6) / 35  # 2 rows of 3
    image = Image.open(io.BytesIO(real_model_views.field_png(similarity, 2, 3, 0.0))).convert("RGBA")
    cell, gap = real_model_views.CELL, real_model_views.GAP
    high, wide = 2 * cell + 2 * gap, 3 * cell + 2 * gap
    assert image.size == (3 * wide, 2 * high)
    pixels = np.asarray(image)
    assert pixels[0, 0, 3] == 0  # a gap to see through
    lut = colormap.lut()
    for place in range(6):
        for other in range(6):
            row = place // 3 * high + gap + other // 3 * cell
            col = place % 3 * wide + gap + other % 3 * cell
            expected = lut[max(1, round(255 * float(similarity[place, other])))]
            np.testing.assert_array_equal(pixels[row, col], [*expected, 255])
            np.testing.assert_array_equal(pixels[row + cell - 1, col + cell - 1], [*expected, 255])


def test_the_table_shows_the_default_place_of_the_published_pack(real: RealView, views: dict[str, dict]) -> None:
    view = views["position-table"]
    own = real.positions[COLS * QUERY["row"] + QUERY["col"]]
    assert view["query"] == QUERY
    np.testing.assert_array_equal(np.ravel(view["likeness"]), own)
    assert view["likeness"][5][5] == pytest.approx(1)
    assert -1 <= view["floor"] <= real.positions.min() < view["floor"] + 0.1
    assert view["overall"] == real.model_document["positions"]


def test_the_filters_shares_add_up(views: dict[str, dict]) -> None:
    view = views["patch-filters"]
    assert view["together"] == pytest.approx([0.0284, 0.0418, 0.0518])
    assert view["even"] == 1 / 384
    assert view["top"] == 0.03


def test_both_runs_are_asked_by_the_default_patch_at_the_nearest_kept_layer(
    real: RealView, views: dict[str, dict]
) -> None:
    view = views["positions-off"]
    token = 1 + COLS * QUERY["row"] + QUERY["col"]
    rows = {}
    for name, positions in (("with", True), ("without", False)):
        rows[name] = va.weights(*real.layer(12, positions))[:, token].mean(axis=0)
        np.testing.assert_allclose(np.ravel(view["maps"][name]["weights"]), rows[name][1:])
        most = view["maps"][name]["most"]
        assert most["weight"] == pytest.approx(rows[name][1:].max())
        assert most["row"] * COLS + most["col"] == rows[name][1:].argmax()
    assert view["layer"] == 11  # the story opens with the eleventh
    assert view["moved"] == pytest.approx(np.abs(rows["with"] - rows["without"]).sum() / 2)
    assert view["moved_mean"] == pytest.approx(np.mean(real.document["positions_off"]["total_variation"][11]))
    assert view["distance"]["without"][2] == pytest.approx(np.mean(real.document["positions_off"]["mean_distance"][2]))


def test_the_layer_follows_the_one_that_the_story_opens_with(real: RealView) -> None:
    inputs = view_inputs({"dinov2_vits14": real})
    earlier = dataclasses.replace(inputs, config=dataclasses.replace(inputs.config, layer=6))
    assert real_model_views.views(earlier, FirstPictures())["positions-off"]["layer"] == 7
