"""What of the manifest a page's scripts use, embedded in every page: the contract between Python and JavaScript.

`site_templates/js/manifest.js` declares the same shapes as JSDoc types. All paths are relative to the site's root.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from explainer.manifest import FileRef, LiveFile, LiveScripts, Manifest, Picture

T = TypeVar("T")


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
