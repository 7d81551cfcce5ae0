"""Flat line: a value that has hardly changed over the readings before it.

QARTOD, manual for temperature and salinity, test 8; `ioos_qc.qartod.flat_line_test`. That one turns a
time into a count of readings with the median interval of the whole series; a stream does not know it, so
here the limit is the count: `threshold = count x interval` gives the same. 0 readings: no such limit.
"""

import warnings

import numpy as np

from streaming.quality.flags import Bools, Flags, Floats, Ints, flagged

__all__ = ["flat_line"]


def flat_line(windows: Floats, length: Ints, suspect: Ints, fail: Ints, tolerance: Floats) -> Flags:
    """`windows` ends with the values (rows x quantities), those before them come first, NaN where missing.

    `length` is how many readings came before each. Flat is a range below `tolerance` over the last
    `suspect` (or `fail`) readings before the value and the value; these three for each quantity.
    """
    of = {int(count): _flat(windows, length, int(count), tolerance) for count in {*suspect, *fail}}
    suspicious, failing = (
        np.column_stack([of[int(count)][:, column] for column, count in enumerate(counts)])
        for counts in (suspect, fail)
    )
    return flagged(suspicious, failing, np.isnan(windows[-1]))


def _flat(windows: Floats, length: Ints, count: int, tolerance: Floats) -> Bools:
    if not count:
        return np.zeros(windows.shape[1:], bool)
    last = windows[-count - 1 :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of windows in which all is missing
        span = np.fmax.reduce(last, axis=0) - np.fmin.reduce(last, axis=0)
    flat: Bools = (span < tolerance) & (length >= count)[:, None]
    return flat
