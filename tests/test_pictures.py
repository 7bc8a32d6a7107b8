"""Picture files: small, free of metadata, the same bytes every time, and heatmaps of exactly the map's colours."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explainer import colormap, pictures
from explainer.photos import Photo, crop_box, load_photos, open_square

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def chelsea() -> Photo:
    return load_photos(ROOT / "photos")[0]


def photo_of(picture: Image.Image, folder: Path) -> Photo:
    file = folder / "photo.png"
    picture.save(file)
    links = ("https://a.org", "https://b.org")
    return Photo("photo", "T", "A", "A", "CC0", *links, file, "", *picture.size, crop_box(*picture.size))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(opened(data).convert("RGB"))


def test_display_is_the_photos_square_in_three_formats(chelsea: Photo) -> None:
    files = pictures.display(chelsea)
    assert [file.name for file in files] == ["chelsea-300.avif", "chelsea-300.webp", "chelsea-300.jpg"]
    assert [file.type for file in files] == ["image/avif", "image/webp", "image/jpeg"]
    square = np.asarray(open_square(chelsea)).astype(int)
    for file in files:
        assert opened(file.data).size == (300, 300) == (file.width, file.width)
        assert np.abs(decoded(file.data) - square).mean() < 5


@pytest.mark.parametrize(
    ("side", "expected"),
    [(32, [32]), (320, [320]), (427, [320, 427]), (700, [320, 480, 640, 700]), (2000, [320, 480, 640, 960])],
)
def test_no_picture_is_wider_than_the_photo(tmp_path: Path, side: int, expected: list[int]) -> None:
    files = pictures.display(photo_of(Image.new("RGB", (side + 9, side)), tmp_path))
    assert [file.width for file in files if file.type == "image/jpeg"] == expected
    assert max(expected) == files[-1].width


def test_thumbs(chelsea: Photo, tmp_path: Path) -> None:
    files = pictures.thumb(chelsea)
    assert [(file.name, file.width) for file in files[::3]] == [
        ("chelsea-thumb-96.avif", 96),
        ("chelsea-thumb-192.avif", 192),
    ]
    assert {file.width for file in pictures.thumb(photo_of(Image.new("RGB", (50, 40)), tmp_path))} == {40}


def test_even_noise_stays_within_the_budget(tmp_path: Path) -> None:
    """The worst photo there is: widths that would look poor within the budget are left out, in every format."""
    noise = np.random.default_rng(5).integers(0, 256, (640, 640, 3), np.uint8)
    files = pictures.display(photo_of(Image.fromarray(noise), tmp_path))
    assert max(len(file.data) for file in files) <= pictures.BUDGET == 120_000
    widths = {form: [file.width for file in files if file.type == form] for form in {file.type for file in files}}
    assert len(widths) == 3
    assert len({tuple(found) for found in widths.values()}) == 1
    assert 320 in widths["image/avif"]
    assert 640 not in widths["image/avif"]


def test_nothing_of_the_cameras_is_published(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAM"
    picture = Image.new("RGB", (64, 64), "teal")
    file = tmp_path / "photo.jpg"
    picture.save(file, exif=exif, comment=b"SECRETCAM", icc_profile=b"SECRETCAM")
    assert file.read_bytes().count(b"SECRETCAM") == 3
    photo = Photo("p", "T", "A", "A", "CC0", "https://a.org", "https://b.org", file, "", 64, 64, (0, 0, 64, 64))
    for published in pictures.display(photo) + pictures.thumb(photo):
        assert b"SECRETCAM" not in published.data
        assert not opened(published.data).getexif()
        assert "icc_profile" not in opened(published.data).info


DIGEST = """
import hashlib, sys
from pathlib import Path
from explainer import pictures, preprocess
from explainer.photos import load_photos
photo = load_photos(Path("photos"))[0]
files = [file.data for file in pictures.display(photo) + pictures.thumb(photo)]
files.append(pictures.crop_png(preprocess.model_pixels(photo)))
files.append(pictures.heatmap_png([[0.1, 0.2], [0.3, 0.4]], 0.5))
print(*(hashlib.sha256(data).hexdigest() for data in files))
"""


def test_two_processes_write_the_same_bytes() -> None:
    first, second = (
        subprocess.run([sys.executable, "-c", DIGEST], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert len(first.split()) == 3 + 6 + 2


def test_one_process_writes_the_same_bytes_twice(chelsea: Photo) -> None:
    once, again = ([hashlib.sha256(file.data).hexdigest() for file in pictures.display(chelsea)] for _ in range(2))
    assert once == again


def test_a_crop_is_lossless_and_not_transposed() -> None:
    pixels = np.random.default_rng(6).integers(0, 256, (5, 9, 3), np.uint8)
    picture = opened(pictures.crop_png(pixels))
    assert picture.size == (9, 5)
    assert np.array_equal(np.asarray(picture), pixels)


def test_a_heatmap_has_one_pixel_a_cell_in_the_maps_colours() -> None:
    weights = np.array([[0.0, 0.02, 0.5], [0.125, 0.9, 0.25]])
    png = pictures.heatmap_png(weights, 0.5)
    assert opened(png).size == (3, 2)
    assert np.array_equal(decoded(png), colormap.lut()[[[0, 51, 255], [128, 255, 180]]])
    assert len(png) < 200


def test_a_matrix_has_its_query_in_rows() -> None:
    matrix = np.zeros((49, 49))
    matrix[3, 40] = 0.5
    pixels = decoded(pictures.heatmap_png(matrix, 0.5))
    assert np.array_equal(pixels[3, 40], colormap.lut()[255])
    assert np.array_equal(pixels[40, 3], colormap.lut()[0])
