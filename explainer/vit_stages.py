"""What is computed of the real ViTs, each result through the cache, photo by photo; the counterpart of `stages`.

pixels ─▶ run, and run without positions ─▶ packs, measures ─┐
stand-in's document ─────────────────────────────────────────┴▶ document
all photos' measures ─▶ the model's own files
packs, pixels ─▶ exported model and its parity
pixels, rollout ─▶ what painting a patch over does
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from explainer import (
    artifacts,
    preprocess,
    vit_agreement,
    vit_artifacts,
    vit_attention,
    vit_facts,
    vit_habits,
    vit_packs,
)
from explainer.attention import Matrix
from explainer.cache import Cache, fingerprint
from explainer.config import DINOV2_VITS14, MOBILENET_V2, REAL_GRIDS, STAND_IN_GRID, SiteConfig
from explainer.digits import rounded
from explainer.stages import ONNX, TORCH, Export, PhotoResults, unpack
from explainer.vit_found import RealViT
from explainer.weights import Checkpoint


@dataclass(frozen=True)
class RealResults:
    """What one ViT gave for one photo: files in the cache by what follows the model's name in theirs."""

    model: str
    document: Path
    packs: dict[str, Path]
    """`cls`, `rollout`, and of a model whose every layer is published `layer_01` ... and `no_positions_...`."""


@dataclass(frozen=True)
class RealModel:
    """Everything computed with one ViT."""

    checkpoint: Checkpoint
    photos: tuple[RealResults, ...]
    """In the photos' order."""
    files: dict[str, Path]
    """What belongs to it and to no photo; see `vit_artifacts.model_files`."""
    export: Export | None
    """Of the one that readers can run."""
    painted: Path | None
    """Of the same: JSON, what painting a patch over does; see `paint_over`."""

    @property
    def name(self) -> str:
        """As in file names and the manifest."""
        return self.checkpoint.model.name


def compute_photo(result: PhotoResults, real: RealViT, config: SiteConfig, cache: Cache) -> RealResults:
    """One photo through one ViT -> its packs and document, from the cache where they are there."""
    checkpoint, model = real.checkpoint, real.name
    every_layer = model == DINOV2_VITS14.name
    key = {"model": model, "weights": checkpoint.sha256, "pixels": result.pixels.name}

    def ran() -> dict[str, bytes]:
        from explainer import vit_run

        pixels = preprocess.to_input(unpack(result.pixels))
        run, *others = vit_run.runs(real.network, pixels, [True, False] if every_layer else [True])
        plain = others[0] if others else None
        categories = None if run.logits is None else vit_run.categories()
        return vit_artifacts.photo_files(model, run, plain, categories, config.image_size)

    code = fingerprint(["vit_run", "vit_weights", "vit_artifacts", "preprocess"], (*TORCH, "onnx"))
    files = cache.files("vit", key | code, ran)
    measures = files.pop("measures")
    layers = [files[name] for name in sorted(files) if name.startswith("layer_")]

    def documented() -> dict[str, bytes]:
        agreement = None
        if every_layer:
            weights = read_json(result.document)["attention"][vit_agreement.VARIANT]["weights"]
            asked = 1 + vit_agreement.patches_at_centres(STAND_IN_GRID, REAL_GRIDS[model])
            agreement = vit_agreement.agreement((_asked(layer, asked) for layer in layers), weights, REAL_GRIDS[model])
        document = vit_artifacts.photo_document(
            result.photo.id, checkpoint, read_json(measures), agreement, config.image_size
        )
        return {"json": artifacts.dumps(document)}

    inputs = {
        "photo": result.photo.id,
        "checkpoint": checkpoint.spec.name,
        "measures": measures.name,
        "layers": [layer.name for layer in layers],
        MOBILENET_V2.name: result.document.name if every_layer else "",
    }
    code = fingerprint(["vit_artifacts", "vit_agreement"], ["numpy"])
    document = cache.files("vit-document", key | inputs | code, documented)["json"]
    return RealResults(model, document, files)


def compute_model(results: Sequence[RealResults], real: RealViT, config: SiteConfig, cache: Cache) -> dict[str, Path]:
    """What belongs to a ViT and to no photo; see `vit_artifacts.model_files`."""
    key = {"weights": real.checkpoint.sha256, "documents": [result.document.name for result in results]}

    def looked_at() -> dict[str, bytes]:
        from explainer import vit_run

        documents = (read_json(result.document) for result in results)
        distances = [document["measures"]["mean_distance"] for document in documents]
        table, filters = vit_run.position_table(real.network), vit_run.patch_filters(real.network)
        return vit_artifacts.model_files(real.checkpoint, table, filters, distances, config.image_size)

    code = fingerprint(["vit_artifacts", "vit_run", "vit_weights"], (*TORCH, "onnx", "pillow"))
    return cache.files("vit-model", key | code, looked_at)


def export_model(
    photos: Sequence[PhotoResults], results: Sequence[RealResults], real: RealViT, config: SiteConfig, cache: Cache
) -> Export:
    """DINOv2 as ONNX, measured against PyTorch on every photo, and the published packs with it.

    Raises ModelError when the numbers of either don't hold.
    """
    layers = [[result.packs[name] for name in sorted(result.packs) if name.startswith("layer_")] for result in results]
    key = {
        "weights": real.checkpoint.sha256,
        "opset": config.opset,
        "photos": [
            (photo.photo.id, photo.pixels.name, [file.name for file in files])
            for photo, files in zip(photos, layers, strict=True)
        ],
    }

    def exported() -> dict[str, bytes]:
        from explainer import vit_export

        inputs = (
            (photo.photo.id, preprocess.to_input(unpack(photo.pixels)), files)
            for photo, files in zip(photos, layers, strict=True)
        )
        model = vit_export.export(real.network, real.checkpoint, config.opset, inputs)
        return {"onnx": model.onnx, "deflated": model.deflated, "parity": artifacts.dumps(model.parity)}

    files = cache.files("vit-export", key | fingerprint(["vit_export"], ONNX), exported)
    return Export(files["onnx"], read_json(files["parity"]), files["deflated"])


def compute_models(
    photos: Sequence[PhotoResults],
    results: Sequence[Sequence[RealResults]],
    real: Sequence[RealViT],
    config: SiteConfig,
    cache: Cache,
) -> list[RealModel]:
    """All photos' results, one for each ViT, -> each ViT with what takes all photos: its own files and its export."""
    models = []
    for vit, of_vit in zip(real, zip(*results, strict=True), strict=True):
        files = compute_model(of_vit, vit, config, cache)
        told = vit.name == DINOV2_VITS14.name
        export = export_model(photos, of_vit, vit, config, cache) if told else None
        painted = paint_over(photos[0], of_vit[0], vit, config, cache) if told else None
        models.append(RealModel(vit.checkpoint, of_vit, files, export, painted))
    return models


def paint_over(photo: PhotoResults, result: RealResults, real: RealViT, config: SiteConfig, cache: Cache) -> Path:
    """The default photo -> JSON: degrees by which the final CLS token turns when the story paints a patch over."""
    rollout = result.packs["rollout"]
    patches = vit_habits.tried(unpack(rollout), REAL_GRIDS[real.name], config)
    key = {"weights": real.checkpoint.sha256, "pixels": photo.pixels.name, "patches": patches}

    def painted() -> dict[str, bytes]:
        from explainer import vit_run

        degrees = vit_run.turned(real.network, unpack(photo.pixels), patches)
        return {"json": artifacts.dumps({"degrees": rounded(degrees)})}

    return cache.files("vit-painted", key | fingerprint(["vit_run", "vit_weights"], (*TORCH, "onnx")), painted)["json"]


def measure_facts(real: Sequence[RealModel], config: SiteConfig, cache: Cache) -> dict[str, str]:
    """What the prose quotes of the ViTs in this build."""
    facts: dict[str, str] = {}
    for model in real:
        documents = [result.document for result in model.photos]
        key = {
            "model": model.name,
            "documents": [document.name for document in documents],
            "files": {name: file.name for name, file in model.files.items()},
            "packs": [{name: file.name for name, file in result.packs.items()} for result in model.photos],
            "parity": model.export.parity if model.export else None,
            "painted": model.painted.name if model.painted else None,
            "at": [config.default_at, config.other_at],
        }
        measured = partial(_facts, model, config)
        files = cache.files("vit-facts", key | fingerprint(["vit_facts", "vit_habits"], ["numpy"]), measured)
        facts |= read_json(files["json"])
    return facts


def _facts(model: RealModel, config: SiteConfig) -> dict[str, bytes]:
    documents = [read_json(result.document) for result in model.photos]
    if model.export is None or model.painted is None:
        return {"json": artifacts.dumps(vit_facts.vit_b_16(documents[0]))}
    token = 1 + vit_facts.default_patch(config, model.name)
    first = model.photos[0].packs
    layers = [read_layer(first[name]) for name in sorted(first) if name.startswith("layer_")]
    maps = [vit_attention.weights(query[:, token : token + 1], key)[:, 0] for query, key in layers]
    report, own = model.export.parity, read_json(model.files["document"])
    degrees = read_json(model.painted)["degrees"]
    habits = vit_habits.facts([_seen(result) for result in model.photos], own, degrees, config)
    return {"json": artifacts.dumps(vit_facts.dinov2(documents, own, maps, report, config) | habits)}


def _seen(result: RealResults) -> vit_habits.Seen:
    """A photo's published packs, each read when its layer is asked for."""

    def maps(prefix: str, layer: int) -> Matrix:
        weights: Matrix = vit_attention.weights(*read_layer(result.packs[f"{prefix}layer_{layer:02d}"]))
        return weights

    rollout = np.asarray(unpack(result.packs["rollout"]), dtype=np.float64)
    return vit_habits.Seen(read_json(result.document), rollout, partial(maps, ""), partial(maps, "no_positions_"))


def read_json(file: Path) -> dict[str, Any]:
    """A JSON document in the cache."""
    document: dict[str, Any] = json.loads(file.read_bytes())
    return document


def read_layer(file: Path) -> tuple[Matrix, Matrix]:
    """A published layer pack -> queries and keys, (H, N, d) each."""
    query, key = vit_packs.unpack_layer(unpack(file))
    return np.asarray(query, dtype=np.float64), np.asarray(key, dtype=np.float64)


def _asked(file: Path, tokens: npt.NDArray[np.intp]) -> Matrix:
    """A published layer pack, T tokens -> (T, N): what they attend to, mean over heads."""
    query, key = read_layer(file)
    mean: Matrix = vit_attention.weights(query[:, tokens], key).mean(axis=0)
    return mean
