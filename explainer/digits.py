"""Numbers as they are written: so many digits, rounded as the page's own scripts round."""

from decimal import ROUND_HALF_UP, Decimal


def fixed(value: float, digits: int = 3) -> str:
    """2.5, 0 digits -> "3": of two neighbours equally near the one farther from 0, as JavaScript's `toFixed`.

    Python's own formatting takes the even one, and a number that the build has written would change in the page.
    """
    # Adding zero turns -0.0 into 0.0.
    return str(Decimal(value + 0.0).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
