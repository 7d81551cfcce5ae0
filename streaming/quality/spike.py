"""Spike: a value far from the mean of the one before and the one after.

QARTOD, manual for temperature and salinity, test 6; `ioos_qc.qartod.spike_test`, method `average`. It
needs the next value: the newest of a series is not evaluated until it is there.
"""

import numpy as np

from streaming.quality.flags import Bools, Flags, Floats, Limit, flagged
from telemetry.quality import MISSING, UNKNOWN

__all__ = ["spike"]


def spike(values: Floats, around: tuple[Floats, Floats], inner: Bools, suspect: Limit, fail: Limit) -> Flags:
    """`around` are the values before and after, `inner` those that are neither first nor last.

    A value without a neighbour to judge it by is not evaluated.
    """
    before, after = around
    off = np.abs(values - (before + after) / 2)
    flags = flagged(off > suspect, off > fail, np.isnan(values))
    flags[(~inner | np.isnan(off)) & (flags != MISSING)] = UNKNOWN
    return flags
