"""First views of the real ViT's maps: their arithmetic, on a small model, and what pages show without one."""

import io
import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_inputs import NOWHERE, view_inputs

from explainer import attention, colormap, packing, real_views
from explainer import vit_attention as va
from explainer.config import DINOV2_VITS14
from explainer.first_view import FirstPictures, RealView, ViewInputs
from explainer.manifest import FileRef

ROOT = Path(__file__).parent.parent
LAYERS, HEADS, SIDE, WIDTH = 3, 2, 16, 8
TOKENS = SIDE * SIDE + 1
LAYER = 1
PATCH = 5 * SIDE + 5  # where the default point (80, 80) lies: row 6, column 6
CELL = 2 * 7 + 2  # in the stand-in's grid


def inputs_with(real: dict[str, RealView]) -> ViewInputs:
    files = {f"{DINOV2_VITS14.name}_layer_{number:02d}": FileRef("a", 100 * number, "0") for number in (1, 2, 3)}
    inputs = view_inputs(real, layer=LAYER)
    return replace(inputs, photo=replace(inputs.photo, files=files))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> RealView:
    random = np.random.default_rng(11)
    folder = tmp_path_factory.mktemp("packs")
    packs = {}
    for number in range(1, LAYERS + 1):
        file = folder / f"layer_{number:02d}.bin"
        file.write_bytes(packing.pack_scaled(random.normal(0, 1.5, (2, HEADS, WIDTH, TOKENS)), file.stem, 2.0**-7))
        packs[file.stem] = file
    each = random.uniform(0, 1, (LAYERS, 49)).tolist()
    agreement = {
        "overlap": each,
        "spearman": each,
        "other_overlap": [0.1] * LAYERS,
        "other_spearman": [0.2] * LAYERS,
    }
    return RealView({"grid": [SIDE, SIDE], "layers": LAYERS, "heads": HEADS, "agreement": agreement}, {}, packs)


@pytest.fixture(scope="module")
def wall(real: RealView) -> np.ndarray:
    """(L, H, N): what the default patch attends to, by the formula."""
    layers = (real.layer(number) for number in range(1, LAYERS + 1))
    return np.stack([va.weights(query, key)[:, 1 + PATCH] for query, key in layers])


@pytest.fixture(scope="module")
def pictures() -> FirstPictures:
    return FirstPictures()


@pytest.fixture(scope="module")
def views(real: RealView, pictures: FirstPictures) -> dict[str, dict]:
    return real_views.views(inputs_with({DINOV2_VITS14.name: real}), pictures)


def test_without_the_model_its_figures_are_absent() -> None:
    pictures = FirstPictures()
    assert real_views.views(inputs_with({}), pictures) == {name: {"present": False} for name in real_views.FIGURES}
    assert pictures.files == {}


def test_every_figure_has_a_template_and_a_script() -> None:
    for name in real_views.FIGURES:
        assert (ROOT / "site_templates" / "figures" / f"{name}.html").is_file()
        assert (ROOT / "site_templates" / "js" / "figures" / f"{name}.js").is_file()


def test_the_page_opens_with_the_layer_of_the_first_views() -> None:
    script = (ROOT / "site_templates" / "js" / "state.js").read_text()
    chosen = re.search(r"const CLEAREST_LAYER = (\d+);", script)
    assert chosen and int(chosen[1]) == NOWHERE.layer


def test_rows_of_several_tokens_are_rows_of_the_whole_matrix(real: RealView) -> None:
    query, key = real.layer(2)
    np.testing.assert_allclose(real_views.attention_rows(real, 1, [0, 9, 3]), va.weights(query, key)[:, [0, 9, 3]])


def test_the_large_map_is_the_mean_of_the_chosen_layers_heads(views: dict[str, dict], wall: np.ndarray) -> None:
    view = views["head-map"]
    mean = wall[LAYER].mean(axis=0)
    assert (view["layer"], view["head"], view["query"]) == (LAYER, "mean", {"row": 5, "col": 5})
    np.testing.assert_allclose(np.ravel(view["weights"]), mean[1:])
    assert view["self"] == pytest.approx(mean[1 + PATCH])
    assert view["cls_share"] + view["self"] + view["neighbours"] + view["farther"] == pytest.approx(1)
    assert view["effective"] == pytest.approx(float(attention.effective_number(mean)))
    assert [line["weight"] for line in view["top"]] == pytest.approx(sorted(mean[1:], reverse=True)[:5])
    others = np.delete(mean[1:], PATCH)
    assert view["loudest"]["weight"] == pytest.approx(others.max())


def test_the_neighbours_are_the_eight_patches_that_touch(views: dict[str, dict], wall: np.ndarray) -> None:
    mean = wall[LAYER].mean(axis=0)[1:].reshape(SIDE, SIDE)
    assert views["head-map"]["neighbours"] == pytest.approx(mean[4:7, 4:7].sum() - mean[5, 5])


def test_the_wall_is_one_picture_with_every_maps_edge_around_it(
    views: dict[str, dict], wall: np.ndarray, pictures: FirstPictures
) -> None:
    sprite = np.asarray(Image.open(io.BytesIO(pictures.files[views["head-wall"]["sprite"]])).convert("RGB"))
    assert sprite.shape == ((HEADS + 1) * (SIDE + 2), LAYERS * (SIDE + 2), 3)
    maps = np.concatenate([wall, wall.mean(axis=1, keepdims=True)], axis=1)[..., 1:]
    for layer, head in itertools.product(range(LAYERS), range(HEADS + 1)):
        top, left = head * (SIDE + 2), layer * (SIDE + 2)
        tile = sprite[top : top + SIDE + 2, left : left + SIDE + 2]
        expected = colormap.lut()[colormap.shade(maps[layer, head].reshape(SIDE, SIDE), real_views.MAXIMUM)]
        np.testing.assert_array_equal(tile[1:-1, 1:-1], expected)
        np.testing.assert_array_equal(tile[0, 1:-1], expected[0])
        np.testing.assert_array_equal(tile[1:-1, -1], expected[:, -1])


def test_the_button_says_what_all_layers_weigh(views: dict[str, dict]) -> None:
    assert views["head-wall"]["bytes"] == 100 + 200 + 300


def test_the_pair_is_measured_as_the_reference_measures(views: dict[str, dict], wall: np.ndarray) -> None:
    view = views["stand-in-or-real"]
    pooled = va.pool(wall[LAYER].mean(axis=0), (SIDE, SIDE), (7, 7))
    ours = np.asarray(inputs_with({}).document["attention"]["layernorm"]["weights"][CELL])
    np.testing.assert_allclose(np.ravel(view["pooled"]), pooled)
    np.testing.assert_allclose(np.ravel(view["stand_in"]), ours)
    assert view["cell"] == {"row": 2, "col": 2}
    assert view["overlap"] == pytest.approx(float(va.overlap(ours, pooled)))
    assert view["spearman"] == pytest.approx(float(va.spearman(ours, pooled)))


def test_the_baseline_asks_from_the_centres_of_the_other_cells(views: dict[str, dict], real: RealView) -> None:
    ours = np.ravel(views["stand-in-or-real"]["stand_in"])
    maps = va.weights(*real.layer(LAYER + 1)).mean(axis=0)
    found = []
    for row, col in itertools.product(range(7), repeat=2):
        if (row, col) == (2, 2):
            continue
        y, x = (32 * row + 16) // 14, (32 * col + 16) // 14
        found.append(float(va.overlap(ours, va.pool(maps[1 + SIDE * y + x], (SIDE, SIDE), (7, 7)))))
    assert len(found) == 48
    assert views["stand-in-or-real"]["other_overlap"] == pytest.approx(np.mean(found))


def test_each_layers_agreement_is_the_published_one(views: dict[str, dict], real: RealView) -> None:
    lines = views["stand-in-or-real"]["by_layer"]
    assert [line["overlap"] for line in lines] == pytest.approx(np.mean(real.document["agreement"]["overlap"], axis=1))
    assert [line["other_spearman"] for line in lines] == [0.2] * LAYERS
