"""A picture file -> upright sRGB pixels, whatever the camera or the program that wrote it had in mind.

file -> checks of format and size, nothing decoded yet -> EXIF orientation -> crop -> 8 bits -> sRGB -> on white
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "AVIF")
"""What may come in. MPO is a phone's JPEG with more pictures (depth, preview) behind the first, which is the photo."""

MAX_PIXELS = 100_000_000
"""A larger picture is refused before it is decoded: 100 megapixels are 300 MB of RGB."""

MIN_SIDE = 32
"""px: one 32x32 patch. Below that, enlarging to 224 px shows interpolation, not a photo."""

Box = tuple[int, int, int, int]
"""px: left, top, right, bottom."""

_QUARTER_TURNS = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""

_PROFILES = {
    "RGB": {"RGB": "RGB", "L": "RGB", "1": "RGB"},
    "GRAY": {"L": "L", "1": "L"},
    "CMYK": {"CMYK": "CMYK"},
}
"""A profile's colour space -> the pictures it can speak for, and the mode to hand them over in."""


class Unreadable(Exception):
    """Why a file is no photo for this site and what to do about it, as the end of a sentence about the file."""


@contextmanager
def opened(file: Path) -> Iterator[Image.Image]:
    """Open a picture, not yet decoded, of a format and size that will do. Errors in the block become Unreadable."""
    try:
        if file.stat().st_size == 0:
            raise Unreadable("is empty; put the photo there again")
        with warnings.catch_warnings():
            # Pillow's own bomb warning starts below our limit.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                _check(image)
                yield image
    except Image.DecompressionBombError:
        raise Unreadable(_too_large("far more than 100")) from None
    except UnidentifiedImageError:
        raise Unreadable("is not a picture, or a damaged one; save it as JPEG, PNG or WebP") from None
    except MemoryError:
        raise Unreadable("does not fit into this machine's memory; scale it down") from None
    except OSError as error:
        if error.errno is not None:
            raise Unreadable(f"cannot be read ({error.strerror}); check the file and its permissions") from None
        raise Unreadable(_damaged(error)) from None
    except (ValueError, SyntaxError, IndexError, KeyError, TypeError, EOFError, struct.error, zlib.error) as error:
        # Decoders answer nonsense in the file with whatever exception they ran into.
        raise Unreadable(_damaged(error)) from None


def oriented_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in px as the picture is meant to be seen."""
    turned = image.getexif().get(ExifTags.Base.Orientation) in _QUARTER_TURNS
    return (image.height, image.width) if turned else image.size


def crop_to_srgb(image: Image.Image, box: Box) -> Image.Image:
    """A box (px of the upright picture) of an opened file -> RGB pixels in sRGB, carrying no metadata.

    Transparent parts are laid on white. 16 bits a channel are reduced to 8. Without a profile, or with one that cannot
    be used, numbers are taken to be sRGB already, as browsers do.
    """
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image).crop(box)
    if upright.mode.startswith("I"):
        upright = _to_8_bits(upright)
    opaque, alpha = _split_alpha(upright)
    colours = _to_srgb(opaque, profile)
    if alpha is not None:
        white = Image.new("RGB", colours.size, "white")
        white.paste(colours, mask=alpha)
        colours = white
    return Image.frombytes("RGB", colours.size, colours.tobytes())


def _check(image: Image.Image) -> None:
    width, height = image.size
    if image.format not in FORMATS:
        raise Unreadable(f"is a {image.format} picture; save it as JPEG, PNG or WebP")
    if width * height > MAX_PIXELS:
        raise Unreadable(_too_large(f"{width}x{height} px, {width * height / 1e6:.0f}"))
    if min(width, height) < MIN_SIDE:
        raise Unreadable(f"is {width}x{height} px; each side needs at least {MIN_SIDE} px")
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise Unreadable(f"is animated ({frames} frames); save the frame you mean as a still picture")


def _too_large(amount: str) -> str:
    return f"has {amount} megapixels, the most is {MAX_PIXELS // 1_000_000}; scale it down (1000 px a side are plenty)"


def _damaged(error: Exception) -> str:
    reason = " ".join(str(error).split()) or type(error).__name__
    return f"is cut short or damaged ({reason}); put an intact copy there"


def _to_8_bits(image: Image.Image) -> Image.Image:
    """16-bit grey -> L. (Pillow itself reduces 16-bit colour while decoding, but clips 16-bit grey on conversion.)"""
    values = np.asarray(image).astype(np.float64)
    return Image.fromarray(np.clip(np.rint(values / 257), 0, 255).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """-> the colours alone (L, RGB, CMYK, ...) and the opacity, or None where everything is opaque."""
    if not image.has_transparency_data:
        return (image.convert("RGB") if image.mode == "P" else image), None
    with_alpha = image.convert("RGBA")
    grey = image.mode in ("L", "LA", "La", "1")
    return with_alpha.convert("L" if grey else "RGB"), with_alpha.getchannel("A")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Opaque colours in the space that their ICC profile describes -> RGB in sRGB."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            fits = _PROFILES.get(source.profile.xcolor_space.strip(), {})
            if image.mode in fits:
                converted = ImageCms.profileToProfile(
                    image.convert(fits[image.mode]),
                    source,
                    ImageCms.createProfile("sRGB"),
                    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    outputMode="RGB",
                    # In full precision, without the 8-bit tables: what other programs get from the same profile.
                    flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOOPTIMIZE,
                )
                if converted is not None:
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # An unusable profile is no profile: see crop_to_srgb.
    return image.convert("RGB")
