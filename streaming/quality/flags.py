"""Arrays of flags: from conditions, combined, and as the text that a reading carries."""

import numpy as np
from numpy.typing import NDArray

from telemetry.quality import FAIL, GOOD, MISSING, SUSPECT, UNKNOWN

__all__ = ["Bools", "Flags", "Floats", "Ints", "combined", "flagged", "texts"]

Flags = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

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


def texts(sections: list[Flags]) -> NDArray[np.str_]:
    """Rows of digits, the sections divided by a dot."""
    dot = np.full((len(sections[0]), 1), ord("."), np.uint8)
    parts = [part for section in sections for part in (dot, section + np.uint8(ord("0")))][1:]
    digits = np.ascontiguousarray(np.hstack(parts))
    return digits.view(f"S{digits.shape[1]}").ravel().astype(str)
