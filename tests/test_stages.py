"""Computing through the cache: the right numbers at first, no model after that, anew when what they rest on changes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pytest
import small_site

from explainer import publish, stages
from explainer.cache import Cache
from explainer.config import SiteConfig
from explainer.output import Outputs
from explainer.photos import Photo, load_photos
from explainer.stages import Export, PhotoResults, StandIn
from explainer.weights import Checkpoint

if TYPE_CHECKING:
    from torch import nn


class Untouchable(StandIn):
    """A checkpoint whose trunk nobody may load."""

    @property
    def trunk(self) -> NoReturn:  # type: ignore[override]
        raise AssertionError("a cached result asked for the model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_site.sources(tmp_path_factory.mktemp("stages"))


@pytest.fixture(scope="module")
def photos(folder: Path) -> Sequence[Photo]:
    return load_photos(folder / "photos")


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> SiteConfig:
    return SiteConfig(small_site.ROOT, tmp_path / "dist", folder / "photos", folder / "content", tmp_path / "cache")


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def cache(shared_cache: Path) -> Cache:
    return Cache(shared_cache)


@pytest.fixture
def stand_in(real_checkpoint: Checkpoint, real_trunk: "nn.Module") -> StandIn:
    loaded = StandIn(real_checkpoint)
    loaded.__dict__["trunk"] = real_trunk  # the session's, rather than loading it again
    return loaded


def computed(photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache) -> list[PhotoResults]:
    return [stages.compute_photo(photo, stand_in, config, cache) for photo in photos]


def test_results_are_the_models_own_numbers(
    photos: Sequence[Photo], stand_in: StandIn, real_trunk: "nn.Module", config: SiteConfig, cache: Cache
) -> None:
    from explainer import mobilenet, preprocess

    (result, _) = computed(photos, stand_in, config, cache)
    pixels = preprocess.model_pixels(photos[0])
    assert np.array_equal(stages.unpack(result.pixels), pixels)
    expected = mobilenet.features(real_trunk, preprocess.to_input(pixels))
    assert np.array_equal(stages.unpack(result.features), expected)
    document = json.loads(result.document.read_bytes())
    assert document["photo"] == "cat"
    assert document["weights_sha256"] == stand_in.checkpoint.sha256
    assert result.crop.read_bytes().startswith(b"\x89PNG")
    assert {picture.type for picture, _ in result.display} == {"image/avif", "image/webp", "image/jpeg"}


def test_the_second_time_no_model_is_loaded(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    first = computed(photos, stand_in, config, cache)
    misses = cache.misses
    assert computed(photos, Untouchable(stand_in.checkpoint), config, cache) == first
    assert cache.misses == misses


def test_a_new_title_computes_nothing(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    computed(photos, stand_in, config, cache)
    misses = cache.misses
    renamed = [replace(photo, title="Another", alt="Another", author="Another") for photo in photos]
    computed(renamed, Untouchable(stand_in.checkpoint), config, cache)
    assert cache.misses == misses


def test_a_new_parameter_computes_only_what_depends_on_it(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    before = computed(photos, stand_in, config, cache)
    misses = cache.misses
    after = computed(photos, Untouchable(stand_in.checkpoint), replace(config, position_alpha=0.5), cache)
    assert cache.misses == misses + len(photos)
    assert [result.features for result in after] == [result.features for result in before]
    assert after[0].document != before[0].document


def test_another_crop_computes_the_photo_again(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    before = computed(photos, stand_in, config, cache)
    left, top, right, bottom = photos[0].crop_box
    moved = replace(photos[0], crop_box=(left - 20, top, right - 20, bottom))
    after = stages.compute_photo(moved, stand_in, config, cache)
    assert after.pixels != before[0].pixels
    assert after.features != before[0].features
    assert after.display[0][1] != before[0].display[0][1]


def test_other_weights_compute_the_features_again(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    computed(photos, stand_in, config, cache)
    others = Untouchable(replace(stand_in.checkpoint, sha256="0" * 64))
    with pytest.raises(AssertionError, match="asked for the model"):
        stages.compute_photo(photos[0], others, config, cache)


def test_published_addresses_exist_and_say_what_they_hold(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    outputs = Outputs()
    (result, _) = computed(photos, stand_in, config, cache)
    entry = publish.photo(result, [], outputs)
    assert entry.files["pixels"].twin == "data/photos/cat/pixels.bin.js"
    assert entry.crop.path == "data/photos/cat/crop.png"
    assert entry.crop.twin is None
    paths = set(outputs.paths())
    for picture in (entry.display, entry.thumb):
        assert [source.type for source in picture.sources] == ["image/avif", "image/webp", "image/jpeg"]
        listed = [part.split() for source in picture.sources for part in source.srcset.split(", ")]
        assert {path for path, _ in listed} <= paths
        assert f"{picture.width}w" in {width for _, width in listed}
        assert picture.src in paths
        assert picture.src.endswith(".jpg")
    assert entry.display.width == 133


def test_first_views_are_the_documents_numbers(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    outputs = Outputs()
    (result, _) = computed(photos, stand_in, config, cache)
    views = publish.first_views(result, [], publish.photo(result, [], outputs), config, outputs)
    assert set(views) >= {"attention", "patch-grid", "cost"}
    document = json.loads(result.document.read_bytes())
    row = document["attention"]["layernorm"]["weights"][views["attention"]["token"]]
    assert np.allclose(np.ravel(views["attention"]["weights"]), row)
    assert views["attention"]["map"] in outputs.paths()


def test_every_figure_template_has_a_first_view(
    photos: Sequence[Photo], stand_in: StandIn, config: SiteConfig, cache: Cache
) -> None:
    outputs = Outputs()
    (result, _) = computed(photos, stand_in, config, cache)
    views = publish.first_views(result, [], publish.photo(result, [], outputs), config, outputs)
    # A figure whose numbers are all made in the reader's browser has none before.
    assert set(publish.figure_names(config)) - set(views) == {"check-us", "occlusion", "what-if"}
    assert set(views) <= set(publish.figure_names(config))


def test_a_models_entry_states_its_checkpoint_and_parity(stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"onnx")
    (tmp_path / "stream").write_bytes(b"deflated")
    outputs = Outputs()
    entry = publish.model(Export(tmp_path / "model", {"bytes": 4}, tmp_path / "stream"), stand_in, outputs)
    assert entry.weights_sha256 == stand_in.checkpoint.sha256
    assert entry.onnx == outputs.refs["models/mobilenet_v2.onnx"]
    assert entry.onnx_deflated == outputs.refs["models/mobilenet_v2.onnx.deflate"]
    assert (entry.kind, entry.grid, entry.available) == ("stand-in", (7, 7), True)
