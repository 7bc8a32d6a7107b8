"""What the live part's JavaScript twins must reproduce: Python's results on the site's photos, as raw numbers.

resample.json       cases: the pattern, which JavaScript draws for itself, its side, and the file of Pillow's answer
photos.json         ids and sides, in the site's order
colours.json        pictures with a profile: the file, its numbers and what LittleCMS makes of them, uint8
headers.json        picture files: what Pillow knows of them, and the file
<photo>/            square.bin, pixels.bin: the photo's square and what the models see of it, uint8
                    input.bin: as the models are given it, float32
                    <run>_<part>.bin: run and plain (without positions); tokens, q, k, norms, float32
"""

import io
import json
from pathlib import Path

import awkward
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from explainer import decode, photos, preprocess, vit_run
from explainer.vit import VisionTransformer

SIDES = (32, 33, 100, 223, 224, 225, 300, 447, 448, 1000, 1999, 4000)
"""px, of a square that becomes 224: enlarged, kept, made smaller by whole and other factors."""

PATTERNS = ("noise", "extremes")


def pattern(name: str, side: int) -> npt.NDArray[np.uint8]:
    """(side, side, 3): a multiplicative hash of each number's index; `extremes`: its highest bit, as 0 or 255."""
    hashed = np.arange(side * side * 3, dtype=np.uint32) * np.uint32(2654435761)
    values = hashed >> np.uint32(24) if name == "noise" else (hashed >> np.uint32(31)) * np.uint32(255)
    return values.astype(np.uint8).reshape(side, side, 3)


def write_resampled(folder: Path) -> None:
    """Pillow's answers."""
    cases = []
    for name in PATTERNS:
        for side in SIDES:
            file = f"resampled_{name}_{side}.bin"
            small = Image.fromarray(pattern(name, side)).resize((224, 224), Image.Resampling.BICUBIC)
            (folder / file).write_bytes(small.tobytes())
            cases.append({"pattern": name, "side": side, "file": file})
    (folder / "resample.json").write_text(json.dumps(cases), encoding="utf-8")


def write_headers(folder: Path) -> None:
    """Awkward and moving pictures, as stored, before any orientation."""
    listed = []
    for name, (file, content) in (awkward.pictures() | awkward.moving()).items():
        with Image.open(io.BytesIO(content)) as image:
            known = {
                "format": (image.format or "").replace("WEBP", "WebP"),
                "width": image.width,
                "height": image.height,
            }
            known |= {"moves": getattr(image, "n_frames", 1) > 1}
        (folder / file).write_bytes(content)
        listed.append({"name": name, "file": file, **known})
    (folder / "headers.json").write_text(json.dumps(listed), encoding="utf-8")


def write_colours(folder: Path, source: Path) -> None:
    """Every picture with a profile of curves and a matrix, JPEG, PNG and WebP, with power, foot and table."""
    (rocket,) = (photo.file for photo in photos.load_photos(source) if photo.id == "rocket")
    table = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    files = {name: content for name, content in awkward.pictures().values() if name in ("p3.jpg", "p3.png")}
    files["adobe.jpg"] = rocket.read_bytes()
    files["table.webp"] = awkward.encoded("table.webp", awkward.source("flower"), "WEBP", icc_profile=curved(table))[1]
    listed = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        with decode.opened(folder / name) as image:
            kind = (image.format or "").replace("WEBP", "WebP")
            box = (0, 0, *image.size)
            (folder / f"{name}.numbers").write_bytes(image.convert("RGB").tobytes())
            (folder / f"{name}.srgb").write_bytes(decode.crop_to_srgb(image, box).tobytes())
        listed.append(
            {"name": name, "file": name, "format": kind, "numbers": f"{name}.numbers", "converted": f"{name}.srgb"}
        )
    (folder / "colours.json").write_text(json.dumps(listed), encoding="utf-8")


def curved(profile: bytes) -> bytes:
    """The same profile with tables of 64 numbers in place of its curves."""
    count = int.from_bytes(profile[128:132], "big")
    values = np.rint(65535 * np.linspace(0, 1, 64) ** 1.8).astype(">u2").tobytes()
    curve = b"curv" + bytes(4) + (64).to_bytes(4, "big") + values
    changed = bytearray(profile + bytes(-len(profile) % 4) + curve)
    for at in range(132, 132 + 12 * count, 12):
        if changed[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            changed[at + 4 : at + 12] = (len(changed) - len(curve)).to_bytes(4, "big") + len(curve).to_bytes(4, "big")
    changed[:4] = len(changed).to_bytes(4, "big")
    return bytes(changed)


def write_photos(folder: Path, source: Path, network: VisionTransformer) -> None:
    """Every photo of a folder, as read, as seen and as DINOv2 answers."""
    listed = []
    for photo in photos.load_photos(source):
        place = folder / photo.id
        place.mkdir()
        pixels = preprocess.model_pixels(photo)
        given = preprocess.to_input(pixels)
        (place / "square.bin").write_bytes(photos.open_square(photo).tobytes())
        (place / "pixels.bin").write_bytes(pixels.tobytes())
        (place / "input.bin").write_bytes(given.tobytes())
        for name, positions in (("run", True), ("plain", False)):
            run = vit_run.run(network, given, positions=positions)
            parts = {"tokens": run.tokens, "q": run.query, "k": run.key, "norms": run.norms}
            for part, values in parts.items():
                (place / f"{name}_{part}.bin").write_bytes(np.ascontiguousarray(values).tobytes())
        listed.append({"id": photo.id, "side": photo.side})
    (folder / "photos.json").write_text(json.dumps(listed), encoding="utf-8")
