"""Photos and their credits: `photos/photos.toml` and the files beside it -> Photo, checked to the last pixel.

Every problem of every photo is found before anything is computed, and reported at once.
"""

import difflib
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from explainer import decode
from explainer.errors import PhotoError

CREDITS = "photos.toml"

TEXT_FIELDS = ("id", "file", "title", "alt", "author", "licence", "licence_url", "source_url")
"""All required, all plain text."""

CENTRE = (0.5, 0.5)

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PICTURE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif"),
    *(".gif", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".jxl", ".jp2", ".psd", ".dng", ".svg"),
)
"""A file that looks like a picture needs a credit, also one in a format that will be refused."""


@dataclass(frozen=True)
class Photo:
    """A photo that can be decoded, and its credit. Its pixels stay in the file: many photos need no more memory."""

    id: str
    """[a-z0-9-]: its name in paths and addresses."""
    title: str
    """Plain text, as are the following; whoever renders them escapes them."""
    alt: str
    author: str
    licence: str
    licence_url: str
    source_url: str
    file: Path
    sha256: str
    """Of the file's bytes."""
    width: int
    """px, after EXIF orientation."""
    height: int
    """px, after EXIF orientation."""
    crop_box: decode.Box
    """px of the upright photo: the square that models see."""

    @property
    def side(self) -> int:
        """px: width and height of the square."""
        return self.crop_box[2] - self.crop_box[0]


def load_photos(folder: Path) -> list[Photo]:
    """A folder's photos in the order of photos.toml. Each is decoded once, one at a time, and let go again.

    Raises PhotoError with a line for every entry, file or picture that is not as it should be.
    """
    credits_file = folder / CREDITS
    entries, problems = _read_entries(credits_file)
    files = _files_in(folder)
    photos: list[Photo] = []
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        where = _describe(credits_file, number, entry)
        found = _check_entry(entry, files)
        identity = entry.get("id")
        if isinstance(identity, str) and seen.setdefault(identity, number) != number:
            found.append(f"id {identity!r} is taken by photo {seen[identity]}; give each its own")
        problems += [f"{where}: {problem}" for problem in found]
        if not found:
            try:
                photos.append(_verify(entry, files[_composed(entry["file"])]))
            except decode.Unreadable as error:
                problems.append(f"{folder / entry['file']}: {error}")
    problems += _uncredited(files, entries, credits_file)
    if not entries and not problems:
        problems.append(f"{credits_file}: no [[photo]] entry; the site needs at least one photo")
    if problems:
        raise PhotoError(_one_line(problem) for problem in problems)
    return photos


def open_square(photo: Photo) -> Image.Image:
    """The photo's square, upright, in sRGB and RGB, side x side px; opens the file anew.

    Raises PhotoError when the file can no longer be decoded.
    """
    try:
        with decode.opened(photo.file) as image:
            return decode.crop_to_srgb(image, photo.crop_box)
    except decode.Unreadable as error:
        raise PhotoError(_one_line(f"{photo.file}: {error}")) from None


def crop_box(width: int, height: int, centre: tuple[float, float] = CENTRE) -> decode.Box:
    """The largest square in width x height px whose middle is as near to `centre` (fractions) as the edges allow."""
    side = min(width, height)
    left = min(max(round(centre[0] * width - side / 2), 0), width - side)
    top = min(max(round(centre[1] * height - side / 2), 0), height - side)
    return left, top, left + side, top + side


def _read_entries(credits_file: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """photos.toml -> its [[photo]] tables, and what is wrong around them. Raises PhotoError when it cannot be read."""
    try:
        # Some editors begin UTF-8 files with a byte order mark, which TOML has no word for.
        document = tomllib.loads(credits_file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise PhotoError(f"{credits_file}: not found; each photo needs a credit in it") from None
    except OSError as error:
        raise PhotoError(f"{credits_file}: cannot be read ({error.strerror}); check its permissions") from None
    except UnicodeDecodeError:
        raise PhotoError(f"{credits_file}: is not UTF-8; save it with that encoding") from None
    except tomllib.TOMLDecodeError as error:
        raise PhotoError(_one_line(f"{credits_file}: is not valid TOML: {error}")) from None
    problems = [
        f"{credits_file}: unknown key {key!r}; only [[photo]] entries belong here" for key in document if key != "photo"
    ]
    entries = document.get("photo", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise PhotoError(f"{credits_file}: write each entry as [[photo]], with two brackets on either side")
    return entries, problems


def _check_entry(entry: Mapping[str, Any], files: Mapping[str, Path]) -> list[str]:
    """What is wrong with one [[photo]] table, apart from the picture itself."""
    problems = [
        f"{field} is missing or blank; write it in"
        for field in TEXT_FIELDS
        if entry.get(field) is None or (isinstance(entry[field], str) and not entry[field].strip())
    ]
    problems += [
        f"{field} must be text in quotes, got {entry[field]!r}"
        for field in TEXT_FIELDS
        if entry.get(field) is not None and not isinstance(entry[field], str)
    ]
    for key in entry:
        if key not in (*TEXT_FIELDS, "crop"):
            problems.append(f"unknown key {key!r}{_suggest(key, (*TEXT_FIELDS, 'crop'))}")
    text = {field: value for field in TEXT_FIELDS if isinstance(value := entry.get(field), str) and value.strip()}
    if "id" in text and not _ID.fullmatch(text["id"]):
        problems.append(f"id {text['id']!r} must be 1 to 64 of a-z, 0-9 and hyphens, not beginning with a hyphen")
    if "file" in text:
        problems += _check_file_name(text["file"], files)
    for field in ("licence_url", "source_url"):
        if field in text and not _is_web_address(text[field]):
            problems.append(f"{field} {text[field]!r} must be an address that begins with https:// or http://")
    if "crop" in entry and not _is_crop(entry["crop"]):
        problems.append(f"crop must be [x, y] with two numbers from 0 to 1, got {entry['crop']!r}")
    return problems


def _check_file_name(name: str, files: Mapping[str, Path]) -> list[str]:
    if name in (".", "..") or re.search(r"[/\\\0]", name):
        return [f"file {name!r} must be the name of a file in this folder, without a path"]
    if _composed(name) not in files:
        return [f"file {name!r} is not in this folder{_suggest(name, files)}"]
    return []


def _verify(entry: Mapping[str, Any], file: Path) -> Photo:
    """A checked entry -> its Photo, after decoding every pixel once. Raises decode.Unreadable."""
    with decode.opened(file) as image:
        image.load()
        width, height = decode.oriented_size(image)
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    text = {field: _one_line(entry[field]) for field in TEXT_FIELDS if field != "file"}
    x, y = entry.get("crop", CENTRE)
    box = crop_box(width, height, (float(x), float(y)))
    return Photo(**text, file=file, sha256=sha256, width=width, height=height, crop_box=box)


def _files_in(folder: Path) -> dict[str, Path]:
    """The folder's own files by name, hidden ones left out.

    Names are compared in composed form, as macOS may hand out a decomposed 'ü' where photos.toml has a composed one.
    """
    return {
        _composed(file.name): file
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".")
    }


def _uncredited(files: Mapping[str, Path], entries: Iterable[Mapping[str, Any]], credits_file: Path) -> list[str]:
    credited = {_composed(entry["file"]) for entry in entries if isinstance(entry.get("file"), str)}
    return [
        f"{file}: has no entry in {credits_file}; add a [[photo]] with its author and licence, or remove the file"
        for name, file in files.items()
        if file.suffix.lower() in _PICTURE_SUFFIXES and name not in credited
    ]


def _describe(credits_file: Path, number: int, entry: Mapping[str, Any]) -> str:
    identity = entry.get("id")
    named = f" ({identity})" if isinstance(identity, str) and _ID.fullmatch(identity) else ""
    return f"{credits_file}: photo {number}{named}"


def _suggest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else "; check the spelling"


def _is_web_address(address: str) -> bool:
    if re.search(r"[\s\x00-\x1f\x7f]", address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:  # For example an unclosed bracket in the host.
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_crop(crop: object) -> bool:
    return (
        isinstance(crop, list)
        and len(crop) == 2
        and all(isinstance(part, int | float) and not isinstance(part, bool) and 0 <= part <= 1 for part in crop)
    )


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _one_line(text: str) -> str:
    return " ".join(text.split())
