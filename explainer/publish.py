"""What was computed, onto the site: files under their published names, the manifest, and each figure's first view."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from explainer import (
    artifacts,
    assets,
    attention_views,
    colormap,
    cost,
    fonts,
    live_publish,
    model_entry,
    notebook,
    pixel_views,
    provenance,
    real_measures_views,
    real_model_views,
    real_views,
    schema,
    service_worker,
    vit_publish,
)
from explainer.assets import Assets
from explainer.cache import Cache, fingerprint
from explainer.config import STAND_IN_GRID, SiteConfig
from explainer.content import Site
from explainer.first_view import FirstPictures, ViewInputs
from explainer.inclusion import Build
from explainer.manifest import Artifact, LiveFile, Manifest, ModelEntry, PhotoEntry, Picture, PictureSource, to_json
from explainer.output import Outputs
from explainer.photos import CREDITS
from explainer.stages import Export, PhotoResults, PictureFile, StandIn, unpack
from explainer.vit_stages import RealModel, RealResults


def photo(results: PhotoResults, real: Sequence[RealResults], outputs: Outputs) -> PhotoEntry:
    """A photo's files onto the site, what real ViTs gave for it included -> its entry in the manifest."""
    photo = results.photo
    folder = f"data/photos/{photo.id}"
    return PhotoEntry(
        id=photo.id,
        title=photo.title,
        alt=photo.alt,
        author=photo.author,
        licence=photo.licence,
        licence_url=photo.licence_url,
        source_url=photo.source_url,
        width=photo.width,
        height=photo.height,
        crop_box=photo.crop_box,
        crop=outputs.add(f"{folder}/crop.png", results.crop),
        display=_publish_picture(results.display, outputs),
        thumb=_publish_picture(results.thumb, outputs),
        files={
            "pixels": outputs.add(f"{folder}/pixels.bin", results.pixels, twin=True),
            "mobilenet_v2": outputs.add(f"{folder}/mobilenet_v2.json", results.document, twin=True),
            "mobilenet_v2_features": outputs.add(f"{folder}/mobilenet_v2_features.bin", results.features, twin=True),
            **vit_publish.photo_files(photo.id, real, outputs),
        },
    )


def model(export: Export, stand_in: StandIn, outputs: Outputs) -> ModelEntry:
    """The exported model onto the site -> its entry in the manifest."""
    return model_entry.entry(stand_in.checkpoint, STAND_IN_GRID, export, outputs)


def assemble(
    photos: Sequence[PhotoEntry],
    models: Sequence[ModelEntry],
    runtime: LiveFile,
    facts: Mapping[str, str],
    config: SiteConfig,
    outputs: Outputs,
) -> Manifest:
    """The manifest, and onto the site the file that says where its numbers are from.

    The first photo of photos.toml is the one that the story opens with. ContentError when the citation is broken.
    """
    sources = artifacts.dumps(provenance.document(models, config.content))
    return Manifest(
        photos=tuple(photos),
        models=tuple(models),
        default_photo=photos[0].id,
        default_at=config.default_at,
        image_size=config.image_size,
        temperature=config.temperature,
        position_alpha=config.position_alpha,
        colormap=colormap.hex_string(),
        live=live_publish.live(runtime, models),
        provenance=outputs.add(provenance.PATH, sources, twin=True),
        facts=dict(facts),
    )


def data(manifest: Manifest, config: SiteConfig, outputs: Outputs) -> list[Artifact]:
    """Manifest, parity report, schemas, the notebook and the index of all data files onto the site -> that index, for
    data.html. Raises ContentError when the notebook's text is broken.
    """
    schemas = [
        Artifact(outputs.add(path, artifacts.dumps(content)), content["title"])
        for path, content in schema.all_schemas().items()
    ]
    found = [
        Artifact(
            outputs.add("data/manifest.json", artifacts.dumps(to_json(manifest))),
            "What this build made: photos, credits, files with their SHA-256, models, measured facts",
            schema.path_of("manifest"),
        )
    ]
    found.append(
        Artifact(
            outputs.add("data/parity.json", vit_publish.parity(manifest)),
            "How far the attention of each ONNX file is from PyTorch's, measured in this build",
            schema.path_of("parity"),
        )
    )
    found.append(
        Artifact(
            manifest.provenance,
            "How to cite the site, and each model's checkpoint, SHA-256 and preprocessing, as downloads say",
            schema.path_of("provenance"),
        )
    )
    notes = config.content / "notebook.md"
    if notes.is_file():
        models = build(manifest, config).models
        cells = notebook.notebook(notes.read_text(encoding="utf-8"), models, f"{config.content.name}/{notes.name}")
        summary = "A Jupyter notebook that computes the story's numbers again, from these files and the models"
        found.append(Artifact(outputs.add("vision-transformer.ipynb", cells), summary))
    for entry in manifest.models:
        if entry.kind == "stand-in" and entry.onnx is not None and entry.onnx_deflated is not None:
            summary = f"{entry.title} as ONNX: pixels (1, 3, 224, 224) to features (1, 1280, 7, 7)"
            found += [
                Artifact(entry.onnx, summary),
                Artifact(entry.onnx_deflated, "The same file as one raw deflate stream"),
            ]
    for shown in manifest.photos:
        found += [
            Artifact(
                shown.files["mobilenet_v2"],
                f"{shown.title}: scores and attention weights of three variants, and of the CLS stand-in",
                schema.path_of("mobilenet_v2"),
            ),
            Artifact(
                shown.files["mobilenet_v2_features"],
                f"{shown.title}: the 49 features of 1280 numbers, float32, as a pack",
                schema.path_of("pack_header"),
            ),
            Artifact(
                shown.files["pixels"],
                f"{shown.title}: the 224 × 224 × 3 pixels that the model saw, uint8, as a pack",
                schema.path_of("pack_header"),
            ),
            Artifact(shown.crop, f"{shown.title}: the same pixels as a PNG"),
        ]
    found += [*vit_publish.listed(manifest), *live_publish.listed(manifest), *schemas]
    outputs.add("data/artifacts.json", artifacts.dumps({"artifacts": [to_json(artifact) for artifact in found]}))
    return found


def first_views(
    first: PhotoResults, real: Sequence[RealModel], entry: PhotoEntry, config: SiteConfig, outputs: Outputs
) -> dict[str, dict[str, Any]]:
    """The default photo's results -> what each figure shows before any script has run, by the figure's name."""
    inputs = ViewInputs(
        config,
        entry,
        unpack(first.pixels),
        unpack(first.features),
        json.loads(first.document.read_bytes()),
        vit_publish.views(real),
    )
    small = FirstPictures()
    views: dict[str, dict[str, Any]] = {}
    for module in (pixel_views, attention_views, real_views, real_measures_views, real_model_views, cost):
        views |= module.views(inputs, small)
    for path, png in small.files.items():
        outputs.add(path, png)
    return views


def bundle(site: Site, config: SiteConfig, outputs: Outputs, cache: Cache) -> Assets:
    """Scripts, styles and fonts onto the site, hashed names. Raises ToolError when npm or esbuild fails.

    Fonts hold what the site shows; the mathematics font is the one called so.
    """
    key = assets.inputs(config.root) | fingerprint(["assets"])
    built = cache.files("assets", key, lambda: assets.bundle(config.root))
    sources = (config.content, config.templates, config.photos / CREDITS)
    shown = fonts.characters(sources, site.html())
    code = fingerprint(["fonts"], ["brotli", "fonttools"])
    files = {}
    for name, file in built.items():
        if name.endswith(".woff2"):
            held = shown.formulas if name == "fonts/math.woff2" else shown.text
            smaller = partial(_subset, file, held)
            file = cache.files("font", {"font": file.name, "characters": held} | code, smaller)["woff2"]
        files[name] = file.read_bytes()
    service_worker_code = files.pop(assets.SERVICE_WORKER.name)
    named = assets.published(files)
    (worker,) = (name for name in named if assets.plain(name) == assets.WORKER.name)
    for name, content in named.items():
        if name != worker:
            outputs.add(f"assets/{name}", content)
    live_worker = live_publish.worker(f"assets/{worker}", named[worker], outputs)
    return assets.describe(named, live_worker, service_worker_code)


def pages(pages: Mapping[str, str], manifest: Manifest, linked: Assets, outputs: Outputs) -> None:
    """{path: HTML} onto the site, and then the service worker, which names every other file."""
    for path, html in pages.items():
        outputs.add(path, html.encode())
    service_worker.publish(outputs, manifest, linked)


def figure_names(config: SiteConfig) -> list[str]:
    """The figures that prose can place: one template each."""
    return sorted(file.stem for file in (config.templates / "figures").glob("*.html"))


def build(manifest: Manifest, config: SiteConfig) -> Build:
    """What prose may ask: which models are here, and where our sources are."""
    return Build({model.name: model.available for model in manifest.models}, config.root)


def _subset(font: Path, characters: str) -> dict[str, bytes]:
    return {"woff2": fonts.subset(font.read_bytes(), characters)}


def _publish_picture(encoded: Sequence[tuple[PictureFile, Path]], outputs: Outputs) -> Picture:
    """Files of one picture onto the site -> their `<picture>`, the formats in the order given, the last as fallback."""
    by_type: dict[str, list[str]] = {}
    # One hash for all files of a picture: pages repeat these addresses, and hashes don't compress.
    version = hashlib.sha256("".join(file.name for _, file in encoded).encode()).hexdigest()[:10]
    for picture, file in encoded:
        stem, suffix = picture.name.rsplit(".", 1)
        ref = outputs.add(f"assets/photos/{stem}.{version}.{suffix}", file)
        by_type.setdefault(picture.type, []).append(f"{ref.path} {picture.width}w")
    fallback = by_type[encoded[-1][0].type][-1].split()[0]
    return Picture(
        src=fallback,
        width=max(picture.width for picture, _ in encoded),
        sources=tuple(PictureSource(kind, ", ".join(parts)) for kind, parts in by_type.items()),
    )
