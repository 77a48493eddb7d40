"""Bootstrap draws of firms, for intervals of figures over rows of which a firm may have several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def draws_of_firms(firms: NDArray[Any], seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """Yield without end how often each row counts in a draw [rows].

    Each draw takes as many firms as there are, with replacement, and all rows of each (a cluster bootstrap): rows of
    one firm at several dates are not independent, and drawn one by one they would make intervals too narrow.

    Parameters
    ----------
    firms [rows]: id or number of each row's firm, at least one.
    seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    number = np.unique(firms, return_inverse=True)[1]
    size = int(number.max()) + 1
    shares = np.full(size, 1 / size)
    while True:
        yield rng.multinomial(size, shares).astype(float)[number]
