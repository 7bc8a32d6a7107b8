"""A photo -> the pixels and the numbers that every model sees: one home for filter, mean and deviation."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from explainer.photos import Photo, open_square

IMAGE_SIZE: Final = 224
"""px: side of the square that models see."""

MEAN: Final = (0.485, 0.456, 0.406)
"""Of ImageNet's training pixels, red, green, blue, in [0, 1]; subtracted."""

STD: Final = (0.229, 0.224, 0.225)
"""Their standard deviation; divided by."""

DESCRIPTION: Final = (
    f"the photo's square, resized to {IMAGE_SIZE}×{IMAGE_SIZE} px (Pillow, bicubic, antialiased); "
    "ImageNet mean and standard deviation"
)
"""As printed on badges and in model metadata."""


def model_pixels(photo: Photo) -> npt.NDArray[np.uint8]:
    """-> (224, 224, 3) uint8, RGB in sRGB: rows from the top, columns from the left.

    Pillow resamples 8-bit channels in integer arithmetic, so the pixels are the same on every machine.
    """
    square = open_square(photo)
    return np.array(square.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))


def to_input(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(224, 224, 3) uint8 -> (1, 3, 224, 224) float32: (value / 255 - mean) / std, channel by channel."""
    if pixels.shape != (IMAGE_SIZE, IMAGE_SIZE, 3) or pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels of shape (224, 224, 3), got {pixels.dtype} {pixels.shape}")
    scaled = pixels.astype(np.float32) / np.float32(255)
    normalised = (scaled - np.array(MEAN, np.float32)) / np.array(STD, np.float32)  # (224, 224, 3)
    return np.ascontiguousarray(normalised.transpose(2, 0, 1)[None])
