"""What the build published, as dataclasses: data/manifest.json. All paths are relative to the site's root."""

from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True)
class FileRef:
    """A published file, and the classic script that hands it over where `fetch` cannot (`file://`)."""

    path: str
    bytes: int
    sha256: str
    twin: str | None = None
    """`<path>.js`, or None for files that the page never loads through the loader."""

    @property
    def version(self) -> str:
        """The first eight digits of its SHA-256: enough to tell two builds apart, and sixty-four don't compress."""
        return self.sha256[:8]

    @property
    def address(self) -> str:
        """Where a page finds it: another in each build that has it otherwise, so that no page mixes two."""
        return f"{self.path}?v={self.version}"


@dataclass(frozen=True)
class PictureSource:
    """One `<source>` of a `<picture>`."""

    type: str
    """MIME type."""
    srcset: str


@dataclass(frozen=True)
class Picture:
    """A square picture for display in several formats and sizes."""

    src: str
    """The fallback file."""
    width: int
    """px of the largest size; pictures are square, so also the height."""
    sources: tuple[PictureSource, ...]


@dataclass(frozen=True)
class PhotoEntry:
    """A photo, its credit and what was computed from it."""

    id: str
    title: str
    alt: str
    author: str
    licence: str
    licence_url: str
    source_url: str
    width: int
    """px of the oriented original."""
    height: int
    """px of the oriented original."""
    crop_box: tuple[int, int, int, int]
    """px of the oriented original: left, top, right, bottom of the square that models see."""
    crop: FileRef
    """Lossless 224x224 PNG: exactly the pixels that models see."""
    display: Picture
    """The same square, for the eye."""
    thumb: Picture
    files: dict[str, FileRef]
    """By name: `pixels` (pack, uint8 224x224x3), `mobilenet_v2` (JSON), `mobilenet_v2_features` (pack, 49x1280).

    Of each real ViT in the build, with its name for MODEL: `MODEL` (JSON), `MODEL_cls`, `MODEL_rollout` (packs), and of
    one whose every layer is published `MODEL_layer_01` ..., `MODEL_no_positions_cls`, `MODEL_no_positions_layer_01` ...
    """


@dataclass(frozen=True)
class ModelEntry:
    """A model, or the plain reason why this build has none."""

    name: str
    title: str
    kind: str
    """`stand-in` or `real`."""
    checkpoint: str
    weights_sha256: str
    licence: str
    preprocessing: str
    grid: tuple[int, int]
    """rows, columns of its tokens."""
    available: bool
    layers: int = 0
    """0 for the stand-in, which has no attention of its own."""
    heads: int = 0
    """In each layer."""
    missing: str | None = None
    """Why it is not here and the command that adds it."""
    onnx: FileRef | None = None
    onnx_deflated: FileRef | None = None
    """The same as one raw deflate stream, for the page to fetch and inflate."""
    parity: dict[str, Any] | None = None
    """The measured parity report, as published."""
    files: dict[str, FileRef] = field(default_factory=dict)
    """What belongs to the model and to no photo: `document` (JSON), `positions` (pack), `filter_01` ... (PNG)."""


@dataclass(frozen=True)
class LiveFile:
    """A large file that the page runs: fetched when a reader asks, and checked before use."""

    file: FileRef
    """As published; it has no twin of its own."""
    sha256: str
    """Of what it holds, inflated."""
    inflated_bytes: int
    encoding: str
    """`none`, `xz`, or `deflate-raw`: one raw deflate stream."""
    parts: int
    """Twins `<path>.1.js` ... `<path>.<parts>.js` hand it over, one after the other, where `fetch` cannot."""


@dataclass(frozen=True)
class Live:
    """What the page needs to run models itself."""

    runtime: LiveFile
    """ONNX Runtime's WebAssembly."""
    models: dict[str, LiveFile]
    """ONNX files, by the model's name."""


@dataclass(frozen=True)
class LiveScripts:
    """The scripts of the live part; not in data/manifest.json, as they are bundled after it."""

    script: str
    """Path of the classic script that runs on the page."""
    style: str | None
    """Path of that script's own stylesheet, where it has one."""
    worker: LiveFile
    """The script that runs in a worker."""


@dataclass(frozen=True)
class Artifact:
    """A published data file, as `data.html` lists it."""

    file: FileRef
    description: str
    schema: str | None = None
    """Path of its JSON Schema, relative to the site's root."""


@dataclass(frozen=True)
class Manifest:
    """The root: published as data/manifest.json."""

    photos: tuple[PhotoEntry, ...]
    models: tuple[ModelEntry, ...]
    default_photo: str
    default_at: tuple[int, int]
    """px of the 224 crop (x, y)."""
    image_size: int
    temperature: float
    position_alpha: float
    colormap: str
    """256 colours, six hex digits each, dark to light."""
    live: Live
    provenance: FileRef
    """What a number that is taken from a page says of itself (JSON)."""
    version: int = VERSION
    facts: dict[str, str] = field(default_factory=dict)
    """Measured in this build, formatted for prose; `{{name}}` in Markdown."""


def to_json(value: Any) -> Any:
    """A dataclass (or a plain value) -> what `json.dumps` takes."""
    return asdict(value)
