"""Numbers as they are written: so many digits, rounded as the page's own scripts round."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def fixed(value: Any, digits: int = 3) -> str:
    """2.5, 0 digits -> "3": of two neighbours equally near the one farther from 0, as JavaScript's `toFixed`.

    Python's own formatting takes the even one, and a number that the build has written would change in the page.
    """
    # Adding zero turns -0.0 into 0.0.
    return str(Decimal(float(value) + 0.0).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def rounded(values: npt.ArrayLike, digits: int = 3) -> Any:
    """Numbers -> nested lists with so many significant digits: more would be the machine's noise, and bytes."""

    def nested(part: Any) -> Any:
        if part and isinstance(part[0], list):
            return [nested(one) for one in part]
        return [float(written(one)) for one in part]

    written = f"{{:.{digits}g}}".format
    array = np.asarray(values, dtype=np.float64)
    return nested(array.tolist()) if array.ndim else float(written(array))


def percent(share: Any) -> str:
    """A share -> whole percents, without their sign."""
    return fixed(100 * float(share), 0)


def even_shares(value: Any) -> str:
    """Multiples of an even share: whole ones from ten on, else one decimal."""
    return fixed(float(value), 0 if value >= 10 else 1)


def scientific(value: float) -> str:
    """A small number for the eye: 0 -> "0", 1.3e-15 -> "1.3 × 10⁻¹⁵", 0.125 -> "0.125"; its twin: equivariance.js."""
    if value == 0:
        return "0"
    if value >= 0.001:
        return fixed(value)
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def rounded_up(value: float) -> str:
    """Two significant digits, rounded up so that the prose never promises more than was measured."""
    if value == 0:
        return "0"
    decimals = max(0, 1 - math.floor(math.log10(value)))
    scale = 10**decimals
    return f"{math.ceil(value * scale) / scale:.{decimals}f}"


def in_words(count: int) -> str:
    """A count as prose writes it: a word up to twelve, digits above."""
    return _WORDS[count] if count < len(_WORDS) else str(count)


def filesize(size: int) -> str:
    """Bytes -> what people read, in decimal units: `812 bytes`, `14 kB`, `4.7 MB`; its twin: filesize.js."""
    if size < 1000:
        return f"{size} bytes"
    if size < 999_500:
        return f"{fixed(size / 1000, 0)} kB"
    return f"{fixed(size / 1_000_000, 1)} MB"
