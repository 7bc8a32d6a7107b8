"""Pictures that are hard to read right, made from the site's photos, the same on every run: `pictures()`.

The dozen that the browsers are held to, each a file that Python's reader takes too:

wide            not square, colour stored at half its width and height (4:2:0)
tiny            32 px high
turned_1 ... 8  each EXIF orientation
grey            one channel
palette         256 colours and a see-through one
translucent     a soft edge
sixteen         16 bits a channel
grey_sixteen    the same, one channel
p3_jpeg, p3_png Display P3: red, green and blue purer than sRGB's
webp, avif      the formats of the web
progressive     a JPEG that comes in layers
cmyk            a printer's JPEG
large           40 megapixels
"""

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from explainer import photos

ROOT = Path(__file__).resolve().parents[1]

Picture = tuple[str, bytes]
"""File name, content."""


def pictures() -> dict[str, Picture]:
    """Name -> file name and content."""
    made: dict[str, Callable[[], Picture]] = {
        "wide": lambda: jpeg("wide", source("china").resize((901, 333)), subsampling=2),
        "tiny": lambda: png("tiny", source("chelsea").resize((47, 32))),
        **{f"turned_{turn}": partial(turned, turn) for turn in range(1, 9)},
        "grey": lambda: jpeg("grey", source("rocket").convert("L")),
        "palette": palette,
        "translucent": translucent,
        "sixteen": lambda: ("sixteen.png", sixteen_bit_png(deep(source("astronaut")))),
        "grey_sixteen": lambda: ("grey_sixteen.png", sixteen_bit_png(deep(source("coffee").convert("L")))),
        "p3_jpeg": lambda: jpeg("p3", source("flower"), icc_profile=display_p3()),
        "p3_png": lambda: png("p3", source("coffee"), icc_profile=display_p3()),
        "webp": lambda: encoded("photo.webp", source("flower"), "WEBP", quality=82),
        "avif": lambda: encoded("photo.avif", source("chelsea"), "AVIF", quality=75),
        "progressive": lambda: jpeg("progressive", source("astronaut"), progressive=True, subsampling=1),
        "cmyk": lambda: jpeg("cmyk", source("coffee").convert("CMYK")),
        "large": lambda: jpeg("large", source("china").resize((8000, 5000), Image.Resampling.BILINEAR), quality=70),
    }
    return {name: make() for name, make in made.items()}


def source(photo: str) -> Image.Image:
    """One of the site's photos: its square, RGB in sRGB."""
    (found,) = (entry for entry in photos.load_photos(ROOT / "photos") if entry.id == photo)
    return photos.open_square(found)


def encoded(name: str, image: Image.Image, kind: str, **options: Any) -> Picture:
    """A picture in one of Pillow's formats."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return name, file.getvalue()


def jpeg(name: str, image: Image.Image, **options: Any) -> Picture:
    return encoded(f"{name}.jpg", image, "JPEG", **({"quality": 90} | options))


def png(name: str, image: Image.Image, **options: Any) -> Picture:
    return encoded(f"{name}.png", image, "PNG", **options)


def turned(orientation: int) -> Picture:
    """A photo that is not square and that its EXIF data turn or mirror."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return jpeg(f"turned_{orientation}", source("astronaut").crop((0, 0, 512, 400)), exif=exif)


def palette() -> Picture:
    """256 colours, one of which is see-through."""
    few = source("coffee").quantize(255, dither=Image.Dither.NONE)
    colours = few.getpalette() or []
    few.putpalette(colours[: 3 * 255] + [0] * (3 * 255 - len(colours)) + [255, 0, 255])
    few.paste(255, (0, 0, 120, 200))
    return png("palette", few, transparency=255)


def translucent() -> Picture:
    """Opacity rises from left to right."""
    image = source("flower")
    image.putalpha(Image.linear_gradient("L").rotate(90).resize(image.size))
    return png("translucent", image)


def deep(image: Image.Image) -> npt.NDArray[np.uint16]:
    """8 bits -> 16, between the steps of 8 bits too."""
    values = np.asarray(image).astype(np.float64)
    ramp = np.linspace(0, 1, values.shape[1])[None, :, None] if values.ndim == 3 else np.linspace(0, 1, values.shape[1])
    return np.clip(np.rint((values + 0.8 * ramp) * 257), 0, 65535).astype(np.uint16)


def sixteen_bit_png(values: npt.NDArray[np.uint16]) -> bytes:
    """(rows, columns) grey or (rows, columns, 3) -> a PNG of 16 bits a channel: Pillow can read one, not write it."""
    height, width = values.shape[:2]
    rows = values.astype(">u2").reshape(height, -1)
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, 2 if values.ndim == 3 else 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def display_p3() -> bytes:
    """A matrix profile (ICC.1, version 4): Display P3's primaries as seen under D50, and sRGB's curve."""

    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    def text(value: str) -> bytes:
        return (
            b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, 2 * len(value), 28) + value.encode("utf-16-be")
        )

    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    points = {
        b"wtpt": (0.9642, 1.0, 0.8249),
        b"rXYZ": (0.51512, 0.2412, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.1571, 0.06657, 0.78407),
    }
    tags = {b"desc": text("Display P3"), b"cprt": text("Public domain")}
    tags |= {name: b"XYZ \0\0\0\0" + fixed(*point) for name, point in points.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def moving() -> dict[str, Picture]:
    """Pictures with a second frame: a reader gets the first, and is told."""
    first = source("chelsea").resize((100, 90))
    more = {"save_all": True, "append_images": [first.rotate(180)]}
    kinds = {"gif": "GIF", "png": "PNG", "webp": "WEBP", "avif": "AVIF"}
    return {f"moving_{suffix}": encoded(f"moving.{suffix}", first, kind, **more) for suffix, kind in kinds.items()}


def refused() -> dict[str, tuple[str, bytes, str]]:
    """Files that are no photo: file name, content, and what the sentence about each says."""
    _, whole = jpeg("whole", source("chelsea"))
    _, still = png("still", source("chelsea"))
    small = Image.new("L", (64, 64))
    drawing = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn --><svg xmlns="http://www.w3.org/2000/svg" width="99"/>'
    container = b"\0\0\0\x18ftyp%s\0\0\0\0mif1%s" + b"\0" * 200
    return {
        "empty": ("empty.jpg", b"", "is empty"),
        "text": ("text.jpg", "nothing to see, ä ".encode() * 500, "is a text, not a photo"),
        "drawing": ("drawing.svg", drawing, "is an SVG"),
        "pdf": ("scan.pdf", b"%PDF-1.7\n%\xe2\xe3" + b"x" * 300, "is a PDF"),
        "film": ("film.mp4", container % (b"isom", b"isom"), "is a film"),
        "heic": ("photo.heic", container % (b"heic", b"heic"), "is a HEIC photo, which this browser cannot open"),
        "tiff": (*encoded("scan.tif", small, "TIFF"), "is a TIFF picture, which this browser cannot open"),
        "noise": ("noise.jpg", np.random.default_rng(3).bytes(5000), "is not a picture that this browser can open"),
        "cut_jpeg": ("cut.jpg", whole[: len(whole) // 2], "is cut short"),
        "cut_png": ("cut.png", still[: len(still) // 2], "is cut short"),
        "thin": (*png("thin", small.resize((31, 400))), "has 31 × 400 px; each side needs at least 32"),
        "huge": (*png("huge", Image.new("1", (20001, 5001))), "100.1 megapixels; the most is 100"),
    }
