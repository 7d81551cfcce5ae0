"""Rate of change: a step from the value before that is too large for its time.

QARTOD, manual for temperature and salinity, test 7; `ioos_qc.qartod.rate_of_change_test`, which takes
whole seconds (and less than one as one). Without a value before it, a value is good, as there.
"""

import numpy as np

from streaming.quality.flags import Flags, Floats, Ints, Limit, flagged

__all__ = ["rate", "rate_of_change"]


def rate_of_change(before: Floats, values: Floats, elapsed: Ints, suspect: Limit, fail: Limit) -> Flags:
    """`elapsed` is in milliseconds, limits in units per second; the first of a series has NaN before it."""
    change = rate(before, values, elapsed)
    return flagged(change > suspect, change > fail, np.isnan(values))


def rate(before: Floats, values: Floats, elapsed: Ints) -> Floats:
    """Units per second, without a sign."""
    return np.abs(values - before) / np.maximum(elapsed // 1000, 1)
