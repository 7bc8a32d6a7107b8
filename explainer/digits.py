"""Numbers as they are written: so many digits, rounded as the page's own scripts round."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt


def fixed(value: Any, digits: int = 3) -> str:
    """2.5, 0 digits -> "3": of two neighbours equally near the one farther from 0, as JavaScript's `toFixed`.

    Python's own formatting takes the even one, and a number that the build has written would change in the page.
    """
    # Adding zero turns -0.0 into 0.0.
    return str(Decimal(float(value) + 0.0).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def rounded(values: npt.ArrayLike, digits: int = 3) -> Any:
    """Numbers -> nested lists with so many significant digits: more would be the machine's noise, and bytes."""

    def nested(part: Any) -> Any:
        return [nested(one) for one in part] if isinstance(part, list) else float(f"{part:.{digits}g}")

    return nested(np.asarray(values, dtype=np.float64).tolist())


def percent(share: Any) -> str:
    """A share -> whole percents, without their sign."""
    return fixed(100 * float(share), 0)


def even_shares(value: Any) -> str:
    """Multiples of an even share: whole ones from ten on, else one decimal."""
    return fixed(float(value), 0 if value >= 10 else 1)
