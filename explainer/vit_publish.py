"""What was computed of the real ViTs, onto the site: files under their published names, and entries in the manifest."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from explainer import artifacts, model_entry, schema
from explainer.config import REAL_GRIDS, REAL_HEADS
from explainer.first_view import RealView
from explainer.manifest import Artifact, FileRef, Manifest, ModelEntry
from explainer.output import Outputs
from explainer.vit_found import Missing
from explainer.vit_stages import RealModel, RealResults, read_json

_WHAT = {
    "cls": "what CLS attends to, every layer and head",
    "rollout": "what reaches CLS through the layers, by six recipes",
    "no_positions_cls": "what CLS attends to when the model is run without its position table",
}
"""A photo's packs, by what follows the model's name in theirs."""


def photo_files(photo: str, results: Iterable[RealResults], outputs: Outputs) -> dict[str, FileRef]:
    """Every real ViT's files for a photo onto the site -> by the names that `PhotoEntry.files` gives them."""
    files = {}
    for result in results:
        stem = f"data/photos/{photo}/{result.model}"
        files[result.model] = outputs.add(f"{stem}.json", result.document, twin=True)
        for name, pack in result.packs.items():
            files[f"{result.model}_{name}"] = outputs.add(f"{stem}_{name}.bin", pack, twin=True)
    return files


def models(real: Iterable[RealModel], missing: Iterable[Missing], outputs: Outputs) -> list[ModelEntry]:
    """Real ViTs onto the site -> their entries in the manifest, always in one order; those that are missing say why."""
    entries = [*(_model(found, outputs) for found in real), *(_missing(absent) for absent in missing)]
    return sorted(entries, key=lambda entry: list(REAL_GRIDS).index(entry.name))


def _model(real: RealModel, outputs: Outputs) -> ModelEntry:
    spec = real.checkpoint.model
    layers, heads = REAL_HEADS[spec.name]
    files = {}
    for name, file in real.files.items():
        path = f"data/models/{spec.name}.json" if name == "document" else f"data/models/{spec.name}_{name}"
        suffix = {"document": "", "positions": ".bin"}.get(name, ".png")
        files[name] = outputs.add(f"{path}{suffix}", file, twin=suffix != ".png")
    grid = REAL_GRIDS[spec.name]
    return model_entry.entry(real.checkpoint, grid, real.export, outputs, layers=layers, heads=heads, files=files)


def _missing(absent: Missing) -> ModelEntry:
    spec = absent.model
    layers, heads = REAL_HEADS[spec.name]
    return ModelEntry(
        name=spec.name,
        title=spec.title,
        kind=spec.kind,
        checkpoint="",
        weights_sha256="",
        licence="",
        preprocessing="",
        grid=REAL_GRIDS[spec.name],
        available=False,
        layers=layers,
        heads=heads,
        missing=absent.published,
    )


def listed(manifest: Manifest) -> list[Artifact]:
    """The real ViTs' published files, as data.html lists them."""
    found = []
    for model in manifest.models:
        if model.kind != "real" or not model.available:
            continue
        if model.onnx is not None and model.onnx_deflated is not None:
            found += [
                Artifact(model.onnx, f"{model.title} as ONNX: pixels (1, 3, 224, 224) to tokens, q and k"),
                Artifact(model.onnx_deflated, "The same file as one raw deflate stream"),
            ]
        for name, file in model.files.items():
            found.append(Artifact(file, f"{model.title}: {_of_model(name)}", _schema_of(file, "model_document")))
        for photo in manifest.photos:
            of_model = {name: file for name, file in photo.files.items() if name.startswith(model.name)}
            found += [
                Artifact(
                    file,
                    f"{photo.title}: {model.title}, {_of_photo(name.removeprefix(model.name).strip('_'))}",
                    _schema_of(file, model.name),
                )
                for name, file in of_model.items()
            ]
    return found


def _of_model(name: str) -> str:
    told = {"document": "reach of its heads, its positions, its filters", "positions": "similarity of its positions"}
    return told.get(name) or f"principal component {int(name[-2:])} of its patch embedding's filters"


def _of_photo(name: str) -> str:
    if not name:
        return "measures of its attention"
    if name in _WHAT:
        return _WHAT[name]
    without = " when run without positions" if name.startswith("no_positions") else ""
    return f"queries and keys of layer {int(name[-2:])}{without}"


def _schema_of(file: FileRef, document: str) -> str | None:
    names = {"json": document, "bin": "pack_header"}
    suffix = file.path.rpartition(".")[2]
    return schema.path_of(names[suffix]) if suffix in names else None


def views(real: Sequence[RealModel]) -> dict[str, RealView]:
    """What first views may be computed from: the default photo's results, by model."""
    return {
        found.name: RealView(
            read_json(found.photos[0].document),
            read_json(found.files["document"]),
            found.photos[0].packs | {name: found.files[name] for name in ("positions",) if name in found.files},
        )
        for found in real
    }


def parity(manifest: Manifest) -> bytes:
    """data/parity.json: every model's report, by its name."""
    reports: Mapping[str, Any] = {model.name: model.parity for model in manifest.models if model.parity is not None}
    return artifacts.dumps({"models": reports})
