"""What is computed for a build, each result through the cache.

photo ─▶ pixels ─▶ features ─▶ document          one photo at a time, as files in the cache
  └────▶ display pictures
features ─▶ exported model and its parity ─▶ facts

A result's key names all it depends on: its inputs by SHA-256, the parameters, our own source, the libraries' versions.
torch and onnx are imported only where a result has to be computed anew, so that a prose edit never waits for them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from explainer import artifacts, packing, pictures, preprocess
from explainer.cache import Cache, fingerprint
from explainer.config import MOBILENET_V2, SiteConfig
from explainer.deflate import deflate
from explainer.photos import Photo
from explainer.weights import Checkpoint, find, load_state, resolve_models

if TYPE_CHECKING:
    from torch import nn

TORCH = ("numpy", "torch", "torchvision")
ONNX = (*TORCH, "onnx", "onnxruntime", "onnxscript")
PILLOW = ("numpy", "pillow")


class StandIn:
    """MobileNet v2's verified checkpoint; its trunk is loaded when a result has to be computed, and then once."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    @cached_property
    def trunk(self) -> "nn.Module":
        from explainer import mobilenet

        return mobilenet.load_trunk(load_state(self.checkpoint))


@dataclass(frozen=True)
class PhotoResults:
    """Everything computed from one photo, as files in the cache, so that many photos need little memory."""

    photo: Photo
    pixels: Path
    """Pack, uint8 (224, 224, 3)."""
    crop: Path
    """The same as PNG."""
    features: Path
    """Pack, float32 (49, 1280)."""
    document: Path
    """JSON: the published attention."""
    display: tuple[tuple["PictureFile", Path], ...]
    thumb: tuple[tuple["PictureFile", Path], ...]


@dataclass(frozen=True)
class PictureFile:
    """One encoded picture."""

    name: str
    width: int
    """px."""
    type: str
    """MIME type."""


@dataclass(frozen=True)
class Export:
    """The model for the visitor's browser and how far its numbers are from PyTorch's."""

    onnx: Path
    parity: dict[str, Any]
    deflated: Path
    """The file as one raw deflate stream."""


def find_stand_in(config: SiteConfig, fetched: Callable[[str, int, int | None], None]) -> StandIn:
    """The model that every page computes with. Raises MissingWeights or WeightsError when it cannot be had."""
    requests = {request.model.name: request for request in resolve_models(config.models, config.require, config.known)}
    wanted = requests[MOBILENET_V2.name]
    return StandIn(find(wanted.model, wanted.checkpoint, config.weights_dir, config.cache_dir, fetched))


def compute_photo(photo: Photo, stand_in: StandIn, config: SiteConfig, cache: Cache) -> PhotoResults:
    """A photo -> its pixels, features, attention and pictures, from the cache where they are there."""
    source = {"sha256": photo.sha256, "crop_box": photo.crop_box}
    checkpoint = stand_in.checkpoint

    def seen() -> dict[str, bytes]:
        pixels = preprocess.model_pixels(photo)
        return {"pack": packing.pack(pixels, "pixels"), "png": pictures.crop_png(pixels)}

    pixels = cache.files("pixels", source | fingerprint(["preprocess", "packing", "pictures"], PILLOW), seen)

    def featured() -> dict[str, bytes]:
        from explainer import mobilenet

        values = mobilenet.features(stand_in.trunk, preprocess.to_input(unpack(pixels["pack"])))
        return {"pack": packing.pack(values, "mobilenet_v2_features")}

    weighed = {"weights": checkpoint.sha256}
    code = fingerprint(["mobilenet", "preprocess", "packing"], TORCH)
    features = cache.files("features", {"pixels": pixels["pack"].name} | weighed | code, featured)["pack"]

    parameters = {"photo": photo.id, "checkpoint": checkpoint.spec.name, "position_alpha": config.position_alpha}

    def documented() -> dict[str, bytes]:
        document = artifacts.photo_document(
            photo.id,
            unpack(features),
            checkpoint=checkpoint.spec.name,
            weights_sha256=checkpoint.sha256,
            position_alpha=config.position_alpha,
        )
        return {"json": artifacts.dumps(document)}

    code = fingerprint(["artifacts"], ["numpy"])
    document = cache.files("document", {"features": features.name} | weighed | parameters | code, documented)["json"]
    encoded = fingerprint(["pictures"], PILLOW)
    return PhotoResults(
        photo,
        pixels["pack"],
        pixels["png"],
        features,
        document,
        display=_pictures(cache, "display", {"id": photo.id} | source | encoded, lambda: pictures.display(photo)),
        thumb=_pictures(cache, "thumb", {"id": photo.id} | source | encoded, lambda: pictures.thumb(photo)),
    )


def export_model(results: Sequence[PhotoResults], stand_in: StandIn, config: SiteConfig, cache: Cache) -> Export:
    """The stand-in as ONNX, measured against PyTorch on every photo. Raises ModelError when its numbers don't hold."""
    key = {
        "weights": stand_in.checkpoint.sha256,
        "opset": config.opset,
        "position_alpha": config.position_alpha,
        "pixels": [(result.photo.id, result.pixels.name) for result in results],
    }

    def exported() -> dict[str, bytes]:
        from explainer import onnx_export

        inputs = ((result.photo.id, preprocess.to_input(unpack(result.pixels))) for result in results)
        model = onnx_export.export_mobilenet(
            stand_in.trunk, stand_in.checkpoint, config.opset, inputs, config.position_alpha
        )
        return {"onnx": model.onnx, "parity": artifacts.dumps(model.parity)}

    files = cache.files("export", key | fingerprint(["onnx_export"], ONNX), exported)
    deflated = cache.files(
        "deflated",
        {"file": files["onnx"].name} | fingerprint(["deflate"]),
        lambda: {"stream": deflate(files["onnx"].read_bytes())},
    )
    return Export(files["onnx"], json.loads(files["parity"].read_bytes()), deflated["stream"])


def measure_facts(results: Sequence[PhotoResults], export: Export, config: SiteConfig, cache: Cache) -> dict[str, str]:
    """What the prose quotes: every number in it was measured on these photos."""
    key = {
        "documents": [result.document.name for result in results],
        "parity": export.parity,
        "default_at": config.default_at,
        "other_at": config.other_at,
    }

    def measured() -> dict[str, bytes]:
        documents = [json.loads(result.document.read_bytes()) for result in results]
        return {"json": artifacts.dumps(artifacts.facts(documents, export.parity, config))}

    files = cache.files("facts", key | fingerprint(["artifacts"], ["numpy"]), measured)
    facts: dict[str, str] = json.loads(files["json"].read_bytes())
    return facts


def unpack(file: Path) -> npt.NDArray[Any]:
    """A pack in the cache -> its array."""
    return packing.unpack(file.read_bytes())


def _pictures(
    cache: Cache, kind: str, key: Mapping[str, Any], encode: Callable[[], Sequence[pictures.EncodedPicture]]
) -> tuple[tuple[PictureFile, Path], ...]:
    """Encoded pictures through the cache, which knows names only: what else is known of them goes into an index."""

    def encoded() -> dict[str, bytes]:
        made = encode()
        index = [asdict(PictureFile(picture.name, picture.width, picture.type)) for picture in made]
        return {picture.name: picture.data for picture in made} | {"index": artifacts.dumps({"pictures": index})}

    files = cache.files(kind, key, encoded)
    index = json.loads(files["index"].read_bytes())["pictures"]
    return tuple((PictureFile(**picture), files[picture["name"]]) for picture in index)
