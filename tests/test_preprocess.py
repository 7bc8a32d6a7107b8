"""What models see: the square of the photo, resampled once, and exactly the pixels that are published."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explainer import pictures, preprocess
from explainer.photos import Photo, crop_box, load_photos

ROOT = Path(__file__).resolve().parents[1]


def photo_of(pixels: np.ndarray, folder: Path) -> Photo:
    height, width, _ = pixels.shape
    file = folder / "photo.png"
    Image.fromarray(pixels).save(file)
    links = ("https://a.org", "https://b.org")
    return Photo("photo", "T", "A", "A", "CC0", *links, file, "", width, height, crop_box(width, height))


@pytest.mark.parametrize("shape", [(224, 400, 3), (400, 224, 3)])
def test_a_square_of_the_right_size_is_not_resampled(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    """Wide and tall: swapping rows and columns anywhere would show."""
    pixels = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    found = preprocess.model_pixels(photo_of(pixels, tmp_path))
    top, left = ((shape[0] - 224) // 2, (shape[1] - 224) // 2)
    assert np.array_equal(found, pixels[top : top + 224, left : left + 224])


def test_resampling_is_antialiased(tmp_path: Path) -> None:
    """One-pixel stripes vanish into grey; without a filter they would come out as stripes again."""
    stripes = np.zeros((672, 672, 3), np.uint8)
    stripes[:, ::2] = 255
    found = preprocess.model_pixels(photo_of(stripes, tmp_path)).astype(int)
    assert abs(found[100, 100:124] - 127).max() <= 26


def test_the_published_crop_holds_exactly_the_models_pixels() -> None:
    for photo in load_photos(ROOT / "photos"):
        pixels = preprocess.model_pixels(photo)
        with Image.open(io.BytesIO(pictures.crop_png(pixels))) as published:
            assert (published.mode, published.size) == ("RGB", (224, 224))
            assert np.array_equal(np.asarray(published), pixels)


def test_normalisation_is_imagenets() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (224, 224, 3), np.uint8)
    found = preprocess.to_input(pixels)
    assert (found.shape, found.dtype) == ((1, 3, 224, 224), np.float32)
    for channel, (mean, std) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]):
        expected = (pixels[..., channel] / 255 - mean) / std
        assert np.abs(found[0, channel] - expected).max() < 1e-6


def test_a_wrong_shape_or_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got uint8 \(3, 224, 224\)"):
        preprocess.to_input(np.zeros((3, 224, 224), np.uint8))
    with pytest.raises(ValueError, match="got float64"):
        preprocess.to_input(np.zeros((224, 224, 3)))  # type: ignore[arg-type]
