"""What the build published, as dataclasses: whole in data/manifest.json, and in every page what its scripts use.

The `Page...` classes are the one contract between Python and JavaScript: `site_templates/js/manifest.js` declares them
as JSDoc types. All paths are relative to the site's root.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

VERSION = 1

T = TypeVar("T")


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


@dataclass(frozen=True)
class PageFile:
    """A published file, for the page to load."""

    path: str
    bytes: int
    version: str
    twin: bool
    """Whether `<path>.js` hands it over where `fetch` cannot."""


@dataclass(frozen=True)
class PagePhoto:
    """Of a PhotoEntry, the fields of these names."""

    id: str
    title: str
    alt: str
    author: str
    licence: str
    licence_url: str
    source_url: str
    width: int
    height: int
    crop_box: tuple[int, int, int, int]
    crop: PageFile
    display: Picture
    thumb: Picture
    files: dict[str, PageFile]


@dataclass(frozen=True)
class PageModel:
    """Of a ModelEntry, the fields of these names."""

    name: str
    title: str
    grid: tuple[int, int]
    available: bool
    files: dict[str, PageFile]
    """Those that scripts load: with a twin."""


@dataclass(frozen=True)
class PageLiveFile:
    """A LiveFile for the page to load."""

    path: str
    bytes: int
    version: str
    twin: bool
    """Never: its twins hold a part each."""
    sha256: str
    inflated_bytes: int
    encoding: str
    parts: int


@dataclass(frozen=True)
class PageLive:
    """The live part: LiveScripts and Live."""

    script: str
    style: str | None
    worker: PageLiveFile
    runtime: PageLiveFile
    models: dict[str, PageLiveFile]


@dataclass(frozen=True)
class PageManifest:
    """Of the Manifest, the fields of these names: embedded in every page as a JSON data block."""

    photos: tuple[PagePhoto, ...]
    models: tuple[PageModel, ...]
    default_photo: str
    default_at: tuple[int, int]
    image_size: int
    temperature: float
    position_alpha: float
    colormap: str
    live: PageLive
    provenance: PageFile
    version: int


def for_page(manifest: Manifest, scripts: LiveScripts) -> PageManifest:
    """What the page's scripts use of it."""
    photos = tuple(
        _part(
            PagePhoto,
            photo,
            crop=_page_file(photo.crop),
            files={name: _page_file(file) for name, file in photo.files.items()},
        )
        for photo in manifest.photos
    )
    models = tuple(
        _part(
            PageModel,
            model,
            files={name: _page_file(file) for name, file in model.files.items() if file.twin is not None},
        )
        for model in manifest.models
    )
    live = PageLive(
        scripts.script,
        scripts.style,
        _page_live_file(scripts.worker),
        _page_live_file(manifest.live.runtime),
        {name: _page_live_file(file) for name, file in manifest.live.models.items()},
    )
    source = _page_file(manifest.provenance)
    return _part(PageManifest, manifest, photos=photos, models=models, live=live, provenance=source)


def _page_file(file: FileRef) -> PageFile:
    return PageFile(file.path, file.bytes, file.version, file.twin is not None)


def _page_live_file(live: LiveFile) -> PageLiveFile:
    return PageLiveFile(
        **asdict(_page_file(live.file)),
        sha256=live.sha256,
        inflated_bytes=live.inflated_bytes,
        encoding=live.encoding,
        parts=live.parts,
    )


def _part(kind: type[T], whole: Any, **changed: Any) -> T:
    """A dataclass of fewer fields, each as in the whole or as given."""
    return kind(**{it.name: changed.get(it.name, getattr(whole, it.name)) for it in fields(kind)})  # type: ignore[arg-type]


def to_json(value: Any) -> Any:
    """A dataclass (or a plain value) -> what `json.dumps` takes."""
    return asdict(value)
