"""Photos and weights -> picture files: lossless crops for models, display pictures for the eye, heatmaps.

The same input gives the same bytes: encoders' options are all given, one thread encodes, nothing carries metadata.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from explainer import colormap
from explainer.photos import Photo, open_square

DISPLAY_WIDTHS: Final = (320, 480, 640, 960)
"""px; wider than a photo's own square none is made."""

THUMB_WIDTHS: Final = (96, 192)
"""px: 48 CSS px at two densities and a half-size card."""

BUDGET: Final = 120_000
"""bytes: the most a display picture may weigh, as one of them is the page's largest first paint."""

_QUALITY_SHARES = (1.0, 0.8, 0.6, 0.45)
"""A picture above the budget is tried again at these shares of its quality; below, fewer pixels look better."""


class EncodedPicture(NamedTuple):
    """One file of a square picture."""

    name: str
    """`chelsea-320.avif`; without a hash."""
    data: bytes
    width: int
    """px, also the height."""
    type: str
    """MIME type."""


class _Format(NamedTuple):
    pillow: str
    suffix: str
    type: str
    quality: int
    options: dict[str, Any]


_FORMATS = (
    _Format("AVIF", "avif", "image/avif", 68, {"speed": 6, "subsampling": "4:2:0", "codec": "aom", "max_threads": 1}),
    _Format("WEBP", "webp", "image/webp", 82, {"method": 6}),
    _Format("JPEG", "jpg", "image/jpeg", 84, {"optimize": True, "progressive": True, "subsampling": "4:2:0"}),
)
"""In a browser's order of preference; qualities chosen to look alike."""


def crop_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """(H, W, 3) uint8 -> a PNG that decodes to exactly these numbers."""
    return _png(Image.fromarray(pixels, "RGB"))


def display(photo: Photo) -> list[EncodedPicture]:
    """A photo -> its square in every format and width, each at most BUDGET bytes. The last is the widest JPEG.

    A square between two widths, or smaller than all, also comes at its own side, so that no sharpness is lost. A width
    that fits the budget only in poor quality is left out in all formats; the smallest always fits.
    """
    own = min(photo.side, DISPLAY_WIDTHS[-1])
    widths = sorted({own, *(width for width in DISPLAY_WIDTHS if width < own)})
    return list(_encode_all(open_square(photo), photo.id, widths))


def thumb(photo: Photo) -> list[EncodedPicture]:
    """A photo -> small squares in every format, ordered as `display`."""
    widths = sorted({min(width, photo.side) for width in THUMB_WIDTHS})
    return list(_encode_all(open_square(photo), f"{photo.id}-thumb", widths))


def heatmap_png(weights: npt.ArrayLike, maximum: float) -> bytes:
    """(rows, cols) weights -> an opaque PNG of rows x cols px, one pixel a cell: the map from 0 to `maximum`.

    The page scales it without smoothing and screens it over the dimmed photo, which shows where the map is dark.
    """
    shades = colormap.shade(weights, maximum)
    direct = _png(Image.fromarray(colormap.lut()[shades], "RGB"))
    # A palette halves a large map, and is more than a tiny map's own pixels.
    used, indices = np.unique(shades, return_inverse=True)
    indexed = Image.fromarray(indices.reshape(shades.shape).astype(np.uint8), "L")
    indexed.putpalette(colormap.lut()[used].tobytes())
    return min(direct, _png(indexed), key=len)


def _encode_all(square: Image.Image, stem: str, widths: Iterable[int]) -> Iterator[EncodedPicture]:
    for width in widths:
        resized = square.resize((width, width), Image.Resampling.LANCZOS)
        files = []
        for form in _FORMATS:
            data = _encode_within_budget(resized, form)
            if data is None:
                return  # Wider ones would be larger still.
            files.append(EncodedPicture(f"{stem}-{width}.{form.suffix}", data, width, form.type))
        yield from files


def _encode_within_budget(image: Image.Image, form: _Format) -> bytes | None:
    for share in _QUALITY_SHARES:
        data = _encode(image, form.pillow, quality=round(form.quality * share), **form.options)
        if len(data) <= BUDGET:
            return data
    return None


def _png(image: Image.Image) -> bytes:
    return _encode(image, "PNG", optimize=True)


def _encode(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
