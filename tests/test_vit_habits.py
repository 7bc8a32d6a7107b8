"""What the story says of heads, on maps made so that the answers are known."""

from pathlib import Path

import numpy as np
import pytest

from explainer import vit_attention as va
from explainer.attention import Matrix
from explainer.config import SiteConfig
from explainer.vit_habits import Seen, facts, tried

ROOT = Path(__file__).resolve().parents[1]
CONFIG = SiteConfig(root=ROOT, out=ROOT, photos=ROOT, content=ROOT, cache_dir=ROOT)
ROWS = COLS = 16
PATCHES = ROWS * COLS
LAYERS, HEADS = 12, 3
EVEN = np.full((PATCHES + 1, PATCHES + 1), 1 / (PATCHES + 1))
EYE, OTHER, CROWD = 16 * 5 + 5, 16 * 7 + 12, 16 * 1 + 3


def pointing(there: "np.ndarray[tuple[int], np.dtype[np.intp]]", weight: float) -> Matrix:
    """-> (N, N): each patch gives `weight` to one patch and shares the rest evenly."""
    maps = EVEN * (1 - weight)
    maps[1 + np.arange(PATCHES), 1 + there] += weight
    return maps


def made() -> list[Matrix]:
    """Layers of even maps, except for five heads with a habit and one that finds the other eye."""
    row, col = np.divmod(np.arange(PATCHES), COLS)

    def to(down: int, right: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
        return COLS * np.clip(row + down, 0, ROWS - 1) + np.clip(col + right, 0, COLS - 1)

    layers = [np.stack([EVEN] * HEADS) for _ in range(LAYERS)]
    layers[1][0] = pointing(to(0, 1), 0.6)
    layers[2][1] = pointing(to(0, -1), 0.5)
    layers[3][2] = pointing(to(1, 0), 0.4)
    layers[4][0] = pointing(to(-1, 0), 0.3)
    layers[0][2] = pointing(np.full(PATCHES, CROWD), 0.9)
    layers[9][1] = pointing(np.where(np.arange(PATCHES) == EYE, OTHER, np.arange(PATCHES)), 0.7)
    return layers


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    layers = made()
    rollout = np.stack([va.token_rollout([va.fused(layer, va.RECIPES[0]) for layer in layers])])
    document = {
        "grid": [ROWS, COLS],
        "layers": LAYERS,
        "positions_off": {
            "layers": [1, 4, 8, 12],
            "cls_cosine": 0.25,
            "patch_cosine": 0.5,
            "mean_distance": np.full((LAYERS, HEADS), 100.0).tolist(),
        },
    }
    photo = Seen(document, rollout, lambda layer: layers[layer - 1], lambda _: np.stack([EVEN] * HEADS))
    distance = np.full((LAYERS, HEADS), 90.0)
    distance[3] = [20, 30, 40]
    model = {"mean_distance": distance.tolist(), "uniform_distance": 116.6}
    assert tried(rollout, (ROWS, COLS), CONFIG) == (CROWD, EYE)
    return facts([photo, photo], model, [0.54, 1.4], CONFIG)


@pytest.mark.parametrize(
    ("side", "layer", "head", "percent"),
    [("right", 2, 1, 60), ("left", 3, 2, 50), ("below", 4, 3, 40), ("above", 5, 1, 30)],
)
def test_heads_that_look_one_step_aside(found: dict[str, str], side: str, layer: int, head: int, percent: int) -> None:
    assert (found[f"dinov2_{side}_layer"], found[f"dinov2_{side}_head"]) == (str(layer), str(head))
    assert found[f"dinov2_{side}_percent"] == str(percent)
    assert found[f"dinov2_{side}_top_percent"] == "100"
    assert found[f"dinov2_{side}_view"] == f"layer={layer - 1}&head={head - 1}"


def test_positions_off_is_read_where_the_layer_is_published_so(found: dict[str, str]) -> None:
    assert found["dinov2_compass_off_percent"] == "0.4"  # layer 4's head only, and there an even share


def test_the_head_that_finds_the_other_eye(found: dict[str, str]) -> None:
    assert found["dinov2_other_patches_word"] == "nine"
    assert found["dinov2_other_even_percent"] == f"{100 * 9 / 257:.1f}"
    assert (found["dinov2_late_layer"], found["dinov2_late_head"]) == ("10", "2")
    assert found["dinov2_late_percent"] == f"{100 * (0.7 + 0.3 * 9 / 257):.0f}"
    assert found["dinov2_half_count"] == "18"
    assert found["dinov2_early_count"] == "0" and found["dinov2_late_count"] == "1"


def test_the_crowd_and_its_bright_spot(found: dict[str, str]) -> None:
    assert (found["dinov2_crowd_layer"], found["dinov2_crowd_head"]) == ("1", "3")
    assert (found["dinov2_crowd_row"], found["dinov2_crowd_column"]) == ("2", "4")
    assert found["dinov2_crowd_percent"] == "90"
    assert (found["dinov2_rollout_row"], found["dinov2_rollout_column"]) == ("2", "4")
    assert found["dinov2_rollout_crowd_count_word"] == "two"
    assert float(found["dinov2_rollout_shares"]) > 5 * float(found["dinov2_rollout_without_shares"])
    assert (found["dinov2_flat_bright_degrees"], found["dinov2_flat_eye_degrees"]) == ("0.5", "1.4")


def test_reach(found: dict[str, str]) -> None:
    assert (found["dinov2_closest_layer"], found["dinov2_closest_distance"]) == ("4", "30")
    assert (found["dinov2_close_early"], found["dinov2_close_late"]) == ("3", "0")
    assert found["dinov2_off_distance"] == "100"
