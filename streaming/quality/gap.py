"""Gap: a reading that comes too long after the one before it.

QARTOD, manual for temperature and salinity, test 1 (timing/gap), on the readings' own dates;
`ioos_qc.qartod.time_gap_test`, in which the first reading has the flag of the second one.
"""

import numpy as np

from streaming.quality.flags import Flags, Ints
from telemetry.quality import FAIL, GOOD, UNKNOWN

__all__ = ["NO_READING", "gap"]

NO_READING = -1
"""In place of a time: there is no such reading."""


def gap(elapsed: Ints, until_next: Ints, limit: float) -> Flags:
    """Times in milliseconds since the reading before and to the one after; `limit` in seconds, cut."""
    time = np.where(elapsed == NO_READING, until_next, elapsed)
    flags = np.where(time > int(limit) * 1000, np.uint8(FAIL), np.uint8(GOOD))
    flags[time == NO_READING] = UNKNOWN
    return flags
