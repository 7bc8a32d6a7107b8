"""Every photo that may come is read as it is meant to be seen; every other gets one clear line, all of them at once."""

import io
import json
import struct
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explainer.errors import PhotoError
from explainer.photos import Photo, crop_box, load_photos, open_square

ROOT = Path(__file__).resolve().parents[1]
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 160, 60), (40, 60, 200), (255, 255, 255)


def entry(identity: str, file: str, /, **changes: Any) -> dict[str, Any]:
    """A complete [[photo]] table; a change to None leaves the field out."""
    fields = {
        "id": identity,
        "file": file,
        "title": "A photo",
        "alt": "What it shows",
        "author": "Somebody",
        "licence": "CC0 1.0",
        "licence_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "source_url": "https://example.org/photo",
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def write_credits(folder: Path, *entries: dict[str, Any]) -> None:
    # JSON's strings, numbers and flat lists are TOML's as well.
    tables = ("[[photo]]\n" + "".join(f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in e.items()) for e in entries)
    (folder / "photos.toml").write_text("\n".join(tables), encoding="utf-8")


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), BLUE)
    draw.rectangle((width // 2, height // 2, width, height), WHITE)
    return picture


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def noise(side: int = 96) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8))


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG put together by hand, for kinds that Pillow does not write."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def load_one(folder: Path, content: bytes, file: str = "photo.png", **changes: Any) -> Photo:
    (folder / file).write_bytes(content)
    write_credits(folder, entry("photo", file, **changes))
    (photo,) = load_photos(folder)
    return photo


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(PhotoError) as caught:
        load_photos(folder)
    assert all("\n" not in problem for problem in caught.value.problems)
    return caught.value.problems


def pixel(photo: Photo, x: float, y: float) -> tuple[int, ...]:
    """Of the square, at a fraction of its side."""
    colour = open_square(photo).getpixel((int(x * photo.side), int(y * photo.side)))
    assert isinstance(colour, tuple)
    return colour


def near(colour: tuple[int, ...], expected: tuple[int, ...], tolerance: int = 12) -> bool:
    return max(abs(a - b) for a, b in zip(colour, expected, strict=True)) <= tolerance


# The photos that we publish


def test_our_own_photos_are_complete_and_credited() -> None:
    photos = load_photos(ROOT / "photos")
    assert [photo.id for photo in photos] == ["chelsea", "coffee", "astronaut", "rocket", "china", "flower"]
    assert (photos[0].width, photos[0].height, photos[0].crop_box) == (451, 300, (76, 0, 376, 300))
    assert all(len(photo.alt) > 60 and photo.alt.endswith(".") for photo in photos)


def test_a_wide_profile_is_converted_to_srgb() -> None:
    """The rocket is in Adobe RGB: compared with that space's own equations (Adobe 2005), not with the same library."""
    photo = next(photo for photo in load_photos(ROOT / "photos") if photo.id == "rocket")
    with Image.open(photo.file) as stored:
        adobe = np.asarray(stored.crop(photo.crop_box)) / 255
    to_xyz = [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    from_xyz = [[3.24045, -1.53714, -0.49853], [-0.96927, 1.87601, 0.04156], [0.05564, -0.20403, 1.05723]]
    linear = np.clip(adobe ** (563 / 256) @ np.transpose(to_xyz) @ np.transpose(from_xyz), 0, 1)
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    difference = np.abs(np.asarray(open_square(photo)) - expected)
    assert difference.mean() < 0.6
    assert np.abs(np.asarray(open_square(photo)) - 255 * adobe).mean() > 3  # The conversion is not nothing.


# What may come


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(tmp_path: Path, orientation: int) -> None:
    """Whichever way the camera lay, the upright photo is 96 wide, 64 high, and red at its top left."""
    stored_as = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    picture = quarters()
    for step in stored_as.get(orientation, []):
        picture = picture.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = load_one(tmp_path, encoded(picture, "JPEG", quality=95, exif=exif), "photo.jpg")
    assert (photo.width, photo.height, photo.crop_box) == (96, 64, (16, 0, 80, 64))
    corners = [pixel(photo, x, y) for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))]
    assert all(near(*pair) for pair in zip(corners, (RED, GREEN, BLUE, WHITE), strict=True))


@pytest.mark.parametrize(("form", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("AVIF", "avif")])
def test_formats(tmp_path: Path, form: str, suffix: str) -> None:
    photo = load_one(tmp_path, encoded(quarters(), form), f"photo.{suffix}")
    assert near(pixel(photo, 0.2, 0.2), RED, 25)


def test_a_phones_picture_with_a_second_one_behind_it_is_a_photo(tmp_path: Path) -> None:
    both = encoded(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64), "black")])
    assert near(pixel(load_one(tmp_path, both, "photo.jpg"), 0.2, 0.2), RED, 25)


def test_cmyk(tmp_path: Path) -> None:
    photo = load_one(tmp_path, encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"), "photo.jpg")
    assert near(pixel(photo, 0.5, 0.5), (255, 0, 0), 4)


def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    levels = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))
    square = np.asarray(open_square(load_one(tmp_path, encoded(Image.fromarray(levels), "PNG"))))
    assert np.array_equal(square[0, :, 0], np.rint(levels[0] / 257))
    assert np.array_equal(square[..., 0], square[..., 2])


def test_16_bit_colour(tmp_path: Path) -> None:
    row = b"\0" + struct.pack(">HHH", 0x1234, 0x8000, 0xFFFF) * 40
    assert near(pixel(load_one(tmp_path, raw_png(40, 40, 16, 2, row * 40)), 0.5, 0.5), (0x12, 0x80, 0xFF), 1)


def test_palette_transparency_is_laid_on_white(tmp_path: Path) -> None:
    picture = quarters().quantize(8)
    blue = picture.getpixel((10, 60))
    photo = load_one(tmp_path, encoded(picture, "PNG", transparency=blue))
    assert near(pixel(photo, 0.2, 0.2), RED)
    assert pixel(photo, 0.2, 0.8) == WHITE


def test_half_transparent_colour_is_mixed_with_white(tmp_path: Path) -> None:
    photo = load_one(tmp_path, encoded(Image.new("RGBA", (40, 40), (0, 0, 0, 128)), "PNG"))
    assert near(pixel(photo, 0.5, 0.5), (127, 127, 127), 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_other_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    photo = load_one(tmp_path, encoded(Image.new("RGB", (40, 40), "white").convert(mode), "PNG"))
    assert pixel(photo, 0.5, 0.5) == WHITE


def test_a_broken_colour_profile_counts_as_none(tmp_path: Path) -> None:
    assert near(pixel(load_one(tmp_path, encoded(quarters(), "PNG", icc_profile=b"nonsense")), 0.2, 0.2), RED, 0)


def test_file_names_with_spaces_and_accents_in_either_unicode_form(tmp_path: Path) -> None:
    name = "Höhle am Fluß – 日本.png"
    (tmp_path / unicodedata.normalize("NFD", name)).write_bytes(encoded(quarters(), "PNG"))
    write_credits(tmp_path, entry("cave", unicodedata.normalize("NFC", name)))
    (photo,) = load_photos(tmp_path)
    assert near(pixel(photo, 0.2, 0.2), RED)


def test_html_in_a_title_is_text(tmp_path: Path) -> None:
    photo = load_one(tmp_path, encoded(quarters(), "PNG"), title="<b>Bold</b> & 'quoted'")
    assert photo.title == "<b>Bold</b> & 'quoted'"


def test_the_crop_follows_its_centre_up_to_the_edges(tmp_path: Path) -> None:
    assert crop_box(400, 200) == (100, 0, 300, 200)
    assert crop_box(200, 400) == (0, 100, 200, 300)
    assert crop_box(400, 200, (0.0, 1.0)) == (0, 0, 200, 200)
    assert crop_box(400, 200, (0.95, 0.5)) == (200, 0, 400, 200)
    assert load_one(tmp_path, encoded(quarters(200, 50), "PNG"), crop=[1, 0.5]).crop_box == (150, 0, 200, 50)


def test_metadata_stays_behind(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    square = open_square(load_one(tmp_path, encoded(quarters(), "JPEG", exif=exif), "photo.jpg"))
    assert not square.info
    assert not square.getexif()


def test_memory_does_not_grow_with_the_number_of_photos(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="peak memory is measured the POSIX way")
    unit = 1 if sys.platform == "darwin" else 1024
    assert resource
    script = (
        "import resource, sys; from pathlib import Path; from explainer.photos import load_photos;"
        "load_photos(Path(sys.argv[1])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for count in (1, 8):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.png").write_bytes(encoded(Image.new("RGB", (2000, 2000)), "PNG", compress_level=1))
        write_credits(folder, *(entry(f"p{number}", f"{number}.png") for number in range(count)))
        done = subprocess.run([sys.executable, "-c", script, folder], cwd=ROOT, capture_output=True, check=True)
        peaks.append(int(done.stdout) * unit)
    assert peaks[1] - peaks[0] < 18_000_000  # One photo is 12 MB of pixels; seven more would be 84.


# What may not


def truncated(form: str) -> Callable[[], bytes]:
    return lambda: encoded(noise(), form)[:-700]


BAD_FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "truncated JPEG": ("a.jpg", truncated("JPEG"), "cut short or damaged"),
    "truncated PNG": ("a.png", truncated("PNG"), "cut short or damaged"),
    "truncated WebP": ("a.webp", truncated("WEBP"), "cut short or damaged"),
    "header alone": ("a.png", lambda: encoded(noise(), "PNG")[:40], "damaged"),
    "empty": ("a.jpg", lambda: b"", "is empty"),
    "text": ("a.jpg", lambda: b"This is not a picture.\n", "not a picture"),
    "HTML": ("a.png", lambda: b"<!doctype html><title>404</title>", "not a picture"),
    "1x1": ("a.png", lambda: encoded(Image.new("RGB", (1, 1)), "PNG"), "is 1x1 px; each side needs at least 32 px"),
    "a strip": ("a.png", lambda: encoded(Image.new("RGB", (500, 31)), "PNG"), "500x31"),
    "100.01 megapixels": ("a.png", lambda: raw_png(10001, 10000, 8, 2, b""), "10001x10000 px, 100 megapixels"),
    "400 megapixels": ("a.png", lambda: raw_png(20000, 20000, 8, 2, b""), "far more than 100 megapixels"),
    "GIF": ("a.gif", lambda: encoded(quarters(), "GIF"), "is a GIF picture"),
    "TIFF named .jpg": ("a.jpg", lambda: encoded(quarters(), "TIFF"), "is a TIFF picture"),
    "animated WebP": (
        "a.webp",
        lambda: encoded(quarters(), "WEBP", save_all=True, append_images=[quarters().rotate(180), quarters()]),
        "is animated (3 frames)",
    ),
    "animated PNG": (
        "a.png",
        lambda: encoded(quarters(), "PNG", save_all=True, append_images=[Image.new("RGB", (96, 64))]),
        "is animated (2 frames)",
    ),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_gets_one_line(tmp_path: Path, kind: str) -> None:
    name, make, expected = BAD_FILES[kind]
    (tmp_path / name).write_bytes(make())
    write_credits(tmp_path, entry("photo", name))
    (problem,) = problems_of(tmp_path)
    assert problem.startswith(f"{tmp_path / name}: ")
    assert expected in problem


def test_all_bad_files_are_listed_at_once(tmp_path: Path) -> None:
    entries = []
    for number, (name, make, _) in enumerate(BAD_FILES.values()):
        file = f"{number}-{name}"
        (tmp_path / file).write_bytes(make())
        entries.append(entry(f"p{number}", file))
    write_credits(tmp_path, *entries)
    assert len(problems_of(tmp_path)) == len(BAD_FILES)


def test_a_huge_picture_is_refused_without_decoding_it(tmp_path: Path) -> None:
    """The same refusal for a file whose pixels are not even there."""
    (tmp_path / "a.png").write_bytes(raw_png(12000, 12000, 8, 2, b"")[:60])
    write_credits(tmp_path, entry("photo", "a.png"))
    assert "12000x12000 px, 144 megapixels" in problems_of(tmp_path)[0]


def test_100_megapixels_are_not_too_many(tmp_path: Path) -> None:
    """At the limit the file is decoded: here it turns out to hold too few pixels."""
    (tmp_path / "a.png").write_bytes(raw_png(10000, 10000, 1, 0, b"\0" * 10))
    write_credits(tmp_path, entry("photo", "a.png"))
    assert "damaged" in problems_of(tmp_path)[0]


def test_a_photo_that_breaks_after_loading(tmp_path: Path) -> None:
    photo = load_one(tmp_path, encoded(quarters(), "PNG"))
    photo.file.write_bytes(b"gone")
    with pytest.raises(PhotoError, match="not a picture"):
        open_square(photo)


BAD_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "missing title": ({"title": None}, "title is missing or blank"),
    "blank alt": ({"alt": " \n "}, "alt is missing or blank"),
    "missing id": ({"id": None}, "id is missing or blank"),
    "a number for text": ({"author": 7}, "author must be text in quotes, got 7"),
    "unknown key": ({"autor": "Somebody"}, "unknown key 'autor'; did you mean 'author'?"),
    "id leaves the folder": ({"id": "../up"}, "id '../up' must be"),
    "id with a slash": ({"id": "a/b"}, "id 'a/b' must be"),
    "id in capitals": ({"id": "Cat"}, "id 'Cat' must be"),
    "id with an accent": ({"id": "café"}, "id 'café' must be"),
    "id with a line break": ({"id": "cat\n"}, "must be 1 to 64 of a-z"),
    "id too long": ({"id": "a" * 65}, "must be 1 to 64 of a-z"),
    "file outside": ({"file": "../photo.png"}, "without a path"),
    "absolute file": ({"file": "/etc/passwd"}, "without a path"),
    "Windows path": ({"file": "..\\photo.png"}, "without a path"),
    "the folder itself": ({"file": ".."}, "without a path"),
    "misspelt file": ({"file": "phto.png"}, "file 'phto.png' is not in this folder; did you mean 'photo.png'?"),
    "script address": ({"licence_url": "javascript:alert(1)"}, "licence_url 'javascript:alert(1)' must be an address"),
    "bare host": ({"source_url": "example.org/photo"}, "source_url 'example.org/photo' must be an address"),
    "address without host": ({"source_url": "https:///x"}, "must be an address"),
    "address with a space": ({"source_url": "https://example.org/a b"}, "must be an address"),
    "broken address": ({"source_url": "http://[::1"}, "must be an address"),
    "crop outside": ({"crop": [0.5, 1.5]}, "crop must be [x, y] with two numbers from 0 to 1, got [0.5, 1.5]"),
    "crop of three": ({"crop": [0.1, 0.2, 0.3]}, "crop must be"),
    "crop of booleans": ({"crop": [True, False]}, "crop must be"),
}


@pytest.mark.parametrize("kind", BAD_FIELDS)
def test_a_bad_field_gets_one_line(tmp_path: Path, kind: str) -> None:
    changes, expected = BAD_FIELDS[kind]
    (tmp_path / "photo.png").write_bytes(encoded(quarters(), "PNG"))
    write_credits(tmp_path, entry("photo", "photo.png", **changes))
    found = [problem for problem in problems_of(tmp_path) if "has no entry in" not in problem]
    assert len(found) == 1
    assert found[0].startswith(f"{tmp_path / 'photos.toml'}: photo 1")
    assert expected in found[0]


def test_duplicate_ids(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(encoded(quarters(), "PNG"))
    write_credits(tmp_path, entry("cat", "photo.png"), entry("dog", "photo.png"), entry("cat", "photo.png"))
    (problem,) = problems_of(tmp_path)
    assert "photo 3 (cat): id 'cat' is taken by photo 1" in problem


def test_a_photo_without_a_credit_and_a_credit_without_a_photo(tmp_path: Path) -> None:
    (tmp_path / "lonely.JPG").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not a photo")
    (tmp_path / ".hidden.png").write_bytes(b"")
    write_credits(tmp_path, entry("ghost", "ghost.png"))
    ghost, lonely = problems_of(tmp_path)
    assert "photo 1 (ghost): file 'ghost.png' is not in this folder" in ghost
    assert lonely.startswith(f"{tmp_path / 'lonely.JPG'}: has no entry in")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "no [[photo]] entry"),
        (b"photo = []", "no [[photo]] entry"),
        (b"[photo]\nid = 'cat'", "write each entry as [[photo]]"),
        (b"photo = 3", "write each entry as [[photo]]"),
        (b"[[photo]]\nid = ", "is not valid TOML"),
        (b"title = 'x'", "unknown key 'title'"),
        (b"\xff\xfe[[photo]]", "is not UTF-8"),
    ],
)
def test_bad_credit_files(tmp_path: Path, text: bytes, expected: str) -> None:
    (tmp_path / "photos.toml").write_bytes(text)
    (problem,) = problems_of(tmp_path)
    assert problem.startswith(f"{tmp_path / 'photos.toml'}: ")
    assert expected in problem


def test_no_credit_file(tmp_path: Path) -> None:
    assert "photos.toml: not found" in problems_of(tmp_path)[0]


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    load_one(tmp_path, encoded(quarters(), "PNG"))
    credits_file = tmp_path / "photos.toml"
    credits_file.write_bytes(b"\xef\xbb\xbf" + credits_file.read_bytes())
    assert len(load_photos(tmp_path)) == 1
