"""Flat line: a value that has hardly changed over the readings before it.

QARTOD, manual for temperature and salinity, test 8; `ioos_qc.qartod.flat_line_test`. That one turns a
time into a count of readings with the median interval of the whole series; a stream does not know it, so
here the limit is the count: `threshold = count x interval` gives the same. 0 readings: no such limit.
"""

import warnings

import numpy as np

from streaming.quality.flags import Bools, Flags, Floats, Ints, flagged

__all__ = ["flat_line"]


def flat_line(windows: Floats, length: Ints, suspect: int, fail: int, tolerance: float) -> Flags:
    """`windows` has a value in its last column, those before it to the left of it, NaN where missing.

    `length` is how many readings came before. Flat is a range below `tolerance` over the last
    `suspect` (or `fail`) readings before the value and the value.
    """
    missing = np.isnan(windows[:, -1])
    suspicious = _flat(windows, length, suspect, tolerance)
    return flagged(suspicious, _flat(windows, length, fail, tolerance), missing)


def _flat(windows: Floats, length: Ints, count: int, tolerance: float) -> Bools:
    if not count:
        return np.zeros(len(windows), bool)
    last = windows[:, -count - 1 :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of windows in which all is missing
        span = np.fmax.reduce(last, axis=1) - np.fmin.reduce(last, axis=1)
    flat: Bools = (span < tolerance) & (length >= count)
    return flat
