"""Arrays of flags: from conditions, combined, and as the text that a reading carries."""

import numpy as np
from numpy.typing import NDArray

from telemetry.quality import FAIL, GOOD, MISSING, SUSPECT, UNKNOWN

__all__ = ["Bools", "Flags", "Floats", "Ints", "Limit", "combined", "flagged", "side_by_side", "texts"]

Flags = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Limit = float | Floats
"""Of one quantity, or of each column."""

_RANK = np.zeros(10, np.uint8)
_RANK[[MISSING, UNKNOWN, GOOD, SUSPECT, FAIL]] = range(5)
_OF_RANK = np.array([MISSING, UNKNOWN, GOOD, SUSPECT, FAIL], np.uint8)


def flagged(suspect: Bools, fail: Bools, missing: Bools) -> Flags:
    """Missing before fail before suspect; what is none of them is good."""
    flags = np.full(suspect.shape, GOOD, np.uint8)
    flags[suspect] = SUSPECT
    flags[fail] = FAIL
    flags[missing] = MISSING
    return flags


def combined(flags: Flags) -> Flags:
    """The worst of each row (`telemetry.quality.worst`)."""
    worst: Flags = _OF_RANK[_RANK[flags].max(axis=1)]
    return worst


def side_by_side(of_reading: Flags, of_values: Flags) -> Flags:
    """Rows x tests, and rows x quantities x tests, as the columns of one array."""
    rows, quantities, tests = of_values.shape
    return np.hstack([of_reading, of_values.reshape(rows, quantities * tests)])


def texts(of_reading: Flags, of_values: Flags) -> NDArray[np.str_]:
    """Rows of digits: those of the reading, then those of each quantity behind a dot."""
    rows, tests = of_reading.shape
    _, quantities, more = of_values.shape
    digits = np.full((rows, tests + quantities * (more + 1)), ord("."), np.uint8)
    digits[:, :tests] = of_reading + np.uint8(ord("0"))
    digits[:, tests:].reshape(rows, quantities, more + 1)[:, :, 1:] = of_values + np.uint8(ord("0"))
    return digits.view(f"S{digits.shape[1]}").ravel().astype(str)
