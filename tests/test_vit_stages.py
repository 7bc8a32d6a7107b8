"""Real ViTs through the cache and onto the site; a ViT-B/16 of random weights, in a build that is never published."""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import jsonschema
import numpy as np
import pytest
import small_site
import torch

from explainer import (
    mobilenet,
    packing,
    preprocess,
    schema,
    stages,
    vit_found,
    vit_packs,
    vit_run,
    vit_stages,
    vit_weights,
)
from explainer import vit_attention as va
from explainer.cache import Cache
from explainer.config import DINOV2_VITS14, MOBILENET_V2, VIT_B_16, CheckpointSpec, HubFile, SiteConfig
from explainer.errors import MissingWeights, WeightsError
from explainer.photos import load_photos
from explainer.stages import PhotoResults, StandIn
from explainer.vit import VisionTransformer
from explainer.vit_found import RealViT
from explainer.vit_stages import RealResults
from explainer.weights import Checkpoint, file_name


class Untouchable(RealViT):
    """A checkpoint whose network nobody may load."""

    @property
    def network(self) -> NoReturn:  # type: ignore[override]
        raise AssertionError("a cached result asked for the model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_site.sources(tmp_path_factory.mktemp("vit"))


@pytest.fixture(scope="module")
def config(folder: Path) -> SiteConfig:
    return SiteConfig(small_site.ROOT, folder / "dist", folder / "photos", folder / "content", folder / "cache")


@pytest.fixture(scope="module")
def cache(folder: Path) -> Cache:
    return Cache(folder / "cache")


@pytest.fixture(scope="module")
def photos(
    config: SiteConfig, cache: Cache, real_checkpoint: Checkpoint, real_trunk: torch.nn.Module
) -> list[PhotoResults]:
    stand_in = StandIn(real_checkpoint)
    stand_in.__dict__["trunk"] = real_trunk
    return [stages.compute_photo(photo, stand_in, config, cache) for photo in load_photos(config.photos)]


@pytest.fixture(scope="module")
def real(dinov2_checkpoint: Checkpoint, dinov2: VisionTransformer) -> RealViT:
    loaded = RealViT(dinov2_checkpoint)
    loaded.__dict__["network"] = dinov2
    return loaded


@pytest.fixture(scope="module")
def results(photos: Sequence[PhotoResults], real: RealViT, config: SiteConfig, cache: Cache) -> list[RealResults]:
    return [vit_stages.compute_photo(photo, real, config, cache) for photo in photos]


def test_published_maps_are_the_models_own(
    photos: Sequence[PhotoResults], results: Sequence[RealResults], dinov2: VisionTransformer
) -> None:
    """Every head of every layer, by torch's softmax on torch's queries and keys."""
    for photo, result in zip(photos, results, strict=True):
        run = vit_run.run(dinov2, preprocess.to_input(stages.unpack(photo.pixels)))
        worst = 0.0
        for layer in range(12):
            scores = torch.from_numpy(run.query[layer]) @ torch.from_numpy(run.key[layer]).transpose(1, 2) / 8
            expected = scores.double().softmax(-1).numpy()
            query, key = vit_stages.read_layer(result.packs[f"layer_{layer + 1:02d}"])
            distance = np.abs(va.weights(query, key) - expected).sum(axis=-1).mean(axis=-1) / 2  # (heads,)
            worst = max(worst, float(distance.max()))
            cls = stages.unpack(result.packs["cls"])[layer]
            assert np.abs(cls - expected[:, 0]).max() < 2**-15
        print(f"{photo.photo.id}: worst map's mean total variation {worst:.4f}")
        assert worst <= vit_packs.PACK_TOLERANCE


def test_measures_follow_from_the_published_packs(
    photos: Sequence[PhotoResults], results: Sequence[RealResults], config: SiteConfig
) -> None:
    document = json.loads(results[0].document.read_bytes())
    between = va.distances(16, 16, config.image_size)
    maps = [va.weights(*vit_stages.read_layer(results[0].packs[f"layer_{n:02d}"])) for n in range(1, 13)]
    distance = [va.mean_attention_distance(layer, between) for layer in maps]
    np.testing.assert_allclose(distance, document["measures"]["mean_distance"], rtol=0.01)
    np.testing.assert_allclose([va.received(layer) for layer in maps], document["received"], rtol=0.05, atol=0.02)
    rollout = stages.unpack(results[0].packs["rollout"])
    assert rollout.shape == (6, 12, 257)
    for index, recipe in enumerate(document["rollout"][:3]):
        expected = va.rollout(maps, va.Recipe(recipe["fusion"], recipe["discard"]))[:, 0]
        assert np.abs(rollout[index] - expected).sum(axis=-1).max() < 0.02
    pooled = va.pool(maps[3].mean(axis=0)[1 + 16 * 1 + 1], (16, 16), (7, 7))  # at the centre of the first cell
    weights = json.loads(photos[0].document.read_bytes())["attention"]["layernorm"]["weights"][0]
    assert document["agreement"]["overlap"][3][0] == pytest.approx(float(va.overlap(weights, pooled)), abs=0.002)
    assert document["positions_off"]["layers"] == [1, 4, 8, 12]


def test_documents_are_valid_and_small(results: Sequence[RealResults]) -> None:
    validator = jsonschema.Draft202012Validator(schema.all_schemas()[schema.path_of("dinov2_vits14")])
    for result in results:
        text = result.document.read_bytes()
        validator.validate(json.loads(text))
        attached = len(packing._deflate(text)) + sum(result.packs[n].stat().st_size for n in ("cls", "rollout"))
        assert attached <= 60_000
        assert max(pack.stat().st_size for pack in result.packs.values()) <= 400_000


def test_the_second_time_no_model_is_loaded(
    photos: Sequence[PhotoResults], results: Sequence[RealResults], real: RealViT, config: SiteConfig, cache: Cache
) -> None:
    misses = cache.misses
    untouchable = Untouchable(real.checkpoint)
    assert [vit_stages.compute_photo(photo, untouchable, config, cache) for photo in photos] == list(results)
    assert cache.misses == misses


def test_without_positions_the_packs_are_of_the_run_without_them(
    photos: Sequence[PhotoResults], results: Sequence[RealResults], dinov2: VisionTransformer
) -> None:
    pixels = preprocess.to_input(stages.unpack(photos[0].pixels))
    plain = vit_run.run(dinov2, pixels, positions=False)
    query, key = vit_stages.read_layer(results[0].packs["no_positions_layer_08"])
    expected = va.weights(plain.query[7], plain.key[7])
    assert float(va.total_variation(va.weights(query, key), expected).mean()) < 0.005
    with_positions = va.weights(*vit_stages.read_layer(results[0].packs["layer_08"]))
    assert float(va.total_variation(with_positions, expected).mean()) > 0.1


# ViT-B/16: a checkpoint of random weights, pinned by a specification that only this file knows.


def random_checkpoint(folder: Path) -> tuple[Path, CheckpointSpec]:
    torch.manual_seed(7)
    net = mobilenet.torchvision_models().vit_b_16(weights=None)
    torch.nn.init.normal_(net.heads.head.weight, std=0.05)
    state = {name: tensor.half() for name, tensor in net.state_dict().items()}  # half the bytes to write and hash
    file = folder / "vit_b_16-random.pth"
    torch.save(state, file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    source = HubFile("https://example.invalid/vit_b_16-random.pth", sha256)
    return file, CheckpointSpec("random", source, "random weights, for a test", "none")


@pytest.fixture(scope="module")
def random_vit(tmp_path_factory: pytest.TempPathFactory, real_checkpoint: Checkpoint) -> tuple[Path, CheckpointSpec]:
    """A --weights-dir with the stand-in's real checkpoint and a random ViT-B/16, and that one's specification."""
    folder = tmp_path_factory.mktemp("weights")
    file, spec = random_checkpoint(folder)
    (folder / file_name(real_checkpoint.spec)).symlink_to(real_checkpoint.path)
    return file.parent, spec


SCRIPT = """
import dataclasses, sys
import build
from explainer import cli
from explainer.config import MOBILENET_V2, VIT_B_16, CheckpointSpec, HubFile
spec = CheckpointSpec("random", HubFile({url!r}, {sha256!r}), "random weights, for a test", "none")
known = (MOBILENET_V2, dataclasses.replace(VIT_B_16, checkpoints=(spec,)))
def never_published(config, progress):
    build.build(dataclasses.replace(config, known=known), progress)
sys.exit(cli.main(never_published, build.ROOT))
"""


def script(spec: CheckpointSpec, sha256: str | None = None) -> str:
    assert isinstance(spec.source, HubFile)
    return SCRIPT.format(url=spec.source.url, sha256=sha256 or spec.source.sha256_prefix)


def test_a_vit_b_16_is_classified_rolled_out_and_published(
    tmp_path: Path, random_vit: tuple[Path, CheckpointSpec], real_checkpoint: Checkpoint
) -> None:
    weights_dir, spec = random_vit
    folder = small_site.sources(tmp_path / "site")
    small_site.clone(folder / "clone")
    done = small_site.build(
        folder, folder / "dist", folder / "cache", weights_dir, script(spec), "mobilenet_v2,vit_b_16"
    )
    assert done.returncode == 0, done.stderr
    assert "Computed with random weights, for a test" in done.stdout
    dist = folder / "dist"
    document = json.loads((dist / "data/photos/cat/vit_b_16.json").read_bytes())
    published = json.loads((dist / "data/schema/vit_b_16.schema.json").read_bytes())
    jsonschema.Draft202012Validator(published).validate(document)

    state = torch.load(weights_dir / "vit_b_16-random.pth", weights_only=True)
    theirs = mobilenet.torchvision_models().vit_b_16(weights=None).eval()
    theirs.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    pixels = packing.unpack((dist / "data/photos/cat/pixels.bin").read_bytes())
    with torch.inference_mode():
        probabilities = theirs(torch.from_numpy(preprocess.to_input(pixels))).softmax(dim=1)[0]
    values, indices = probabilities.topk(5)
    categories = mobilenet.torchvision_models().ViT_B_16_Weights.IMAGENET1K_V1.meta["categories"]
    assert [guess["index"] for guess in document["top5"]] == indices.tolist()
    assert [guess["label"] for guess in document["top5"]] == [categories[index] for index in indices]
    np.testing.assert_allclose([guess["probability"] for guess in document["top5"]], values, rtol=1e-3)

    ours = vit_weights.build(vit_weights.SHAPES[VIT_B_16.name], state, "random")
    run = vit_run.run(ours, preprocess.to_input(pixels))
    maps = va.weights(run.query, run.key)
    cls = packing.unpack((dist / "data/photos/cat/vit_b_16_cls.bin").read_bytes())
    rollout = packing.unpack((dist / "data/photos/cat/vit_b_16_rollout.bin").read_bytes())
    assert cls.shape == (12, 12, 197) and rollout.shape == (6, 12, 197)
    assert np.abs(cls - maps[:, :, 0]).max() < 2**-15
    assert np.abs(rollout[0] - va.rollout(maps, va.RECIPES[0])[:, 0]).max() < 2**-15

    manifest = json.loads((dist / "data/manifest.json").read_bytes())
    entry = next(model for model in manifest["models"] if model["name"] == "vit_b_16")
    assert entry["available"] and entry["kind"] == "real" and entry["grid"] == [14, 14]
    assert manifest["facts"]["vit_b_16_top1"] == document["top5"][0]["label"]
    assert not [name for name in manifest["photos"][0]["files"] if name.startswith("dinov2")]


def test_a_vit_b_16_of_another_hash_is_refused(tmp_path: Path, random_vit: tuple[Path, CheckpointSpec]) -> None:
    weights_dir, spec = random_vit
    folder = small_site.sources(tmp_path / "site")
    small_site.clone(folder / "clone")
    wrong = script(spec, "0" * 64)
    done = small_site.build(folder, folder / "dist", folder / "cache", weights_dir, wrong, "mobilenet_v2,vit_b_16")
    assert done.returncode == 1
    assert "vit_b_16-random.pth" in done.stderr and "SHA-256" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "dist").exists()


def test_the_pinned_checkpoint_is_torchvisions_and_no_other(
    tmp_path: Path, random_vit: tuple[Path, CheckpointSpec], config: SiteConfig
) -> None:
    weights_dir, _ = random_vit
    (tmp_path / "vit_b_16-c867db91.pth").symlink_to(weights_dir / "vit_b_16-random.pth")
    given = replace(config, weights_dir=tmp_path, models=("vit_b_16",), known=(MOBILENET_V2, VIT_B_16))
    with pytest.raises(WeightsError, match="c867db91"):
        vit_found.find_real(given, lambda what, here, total: None)


# Models that cannot be had.


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: SiteConfig) -> SiteConfig:
    """No package index, no torch hub, an empty cache; ViT-B/16 at an address that does not exist."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    nowhere = CheckpointSpec("nowhere", HubFile("http://127.0.0.1:9/vit_b_16.pth", "0"), "none", "none")
    known = (MOBILENET_V2, DINOV2_VITS14, replace(VIT_B_16, checkpoints=(nowhere,)))
    return replace(config, cache_dir=tmp_path / "cache", known=known)


def nothing(what: str, here: int, total: int | None) -> None:
    """Progress for nobody."""


def test_missing_models_are_told_and_not_asked_for_again_the_same_day(offline: SiteConfig) -> None:
    found, missing = vit_found.find_real(offline, nothing)
    assert found == []
    assert [absent.model.name for absent in missing] == ["dinov2_vits14", "vit_b_16"]
    for absent in missing:
        assert "\n" not in absent.line and "--weights-dir" in absent.line
        assert "--weights-dir" in absent.published and "127.0.0.1" not in absent.published
    note = offline.cache_dir / "weights/vit_b_16/unreachable.txt"
    note.write_text("said before")
    assert vit_found.find_real(offline, nothing)[1][1].reason == "said before"
    yesterday = time.time() - vit_found.PATIENCE - 1
    os.utime(note, (yesterday, yesterday))
    assert "127.0.0.1" in vit_found.find_real(offline, nothing)[1][1].reason


def test_a_model_that_is_named_is_asked_for_every_time(offline: SiteConfig) -> None:
    only = replace(offline, models=("vit_b_16",))
    note = offline.cache_dir / "weights/vit_b_16/unreachable.txt"
    note.parent.mkdir(parents=True)
    note.write_text("said before")
    _, (small, base) = vit_found.find_real(only, nothing)
    assert small.reason == vit_found.NOT_ASKED and "--models auto" in small.published
    assert "127.0.0.1" in base.reason


def test_a_required_model_that_is_missing_stops_the_build(offline: SiteConfig) -> None:
    with pytest.raises(MissingWeights, match=r"127\.0\.0\.1"):
        vit_found.find_real(replace(offline, models=("mobilenet_v2",), require=("vit_b_16",)), nothing)
