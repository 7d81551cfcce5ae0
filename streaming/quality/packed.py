"""The flags that other readings may change, as one number of a row: equal numbers need not be told again."""

import numpy as np
from numpy.typing import NDArray

from streaming.quality.flags import Flags, side_by_side
from telemetry.quality import MISSING

__all__ = ["packed"]

_READING = [0, 2, 3]
"""Columns of READING_TESTS: gap, location, multivariate; syntax is the reading's own."""
_VALUE = slice(2, None)
"""Of VALUE_TESTS: spike, rate of change, flat line, anomaly."""
_MISSING = 5


def packed(of_reading: Flags, of_values: Flags) -> NDArray[np.uint64]:
    """Three bits for each flag; never 0, because no flag is."""
    all_flags = side_by_side(of_reading[:, _READING], of_values[:, :, _VALUE])
    digits = np.where(all_flags == MISSING, _MISSING, all_flags).astype(np.uint64)
    shifts = (3 * np.arange(digits.shape[1])).astype(np.uint64)
    state: NDArray[np.uint64] = np.bitwise_or.reduce(digits << shifts, axis=1)
    return state
