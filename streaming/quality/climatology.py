"""Climatology: a value outside of what its month has is suspect, far outside of it fails.

QARTOD, manual for temperature and salinity, test 5; `ioos_qc.qartod.climatology_test` with a member for
each month (`period="month"`). Months are those of UTC, as there. A missing value is missing: that one
says so in its documentation and calls it good (ioos_qc 3.0.0).
"""

import numpy as np

from streaming.quality.flags import Flags, Floats, Ints, flagged
from telemetry.quality import MISSING, UNKNOWN

__all__ = ["Monthly", "climatology", "months"]

Monthly = tuple[tuple[float, float, float, float], ...]
"""Of January and on: fail below, suspect below, suspect above, fail above. None: not evaluated."""


def climatology(values: Floats, month: Ints, monthly: Monthly) -> Flags:
    """`month` is 1 to 12 for each value."""
    if not monthly:
        return np.where(np.isnan(values), np.uint8(MISSING), np.uint8(UNKNOWN))
    lowest, low, high, highest = np.array(monthly).T[:, month - 1]
    suspect, fail = (values < low) | (values > high), (values < lowest) | (values > highest)
    return flagged(suspect, fail, np.isnan(values))


def months(date: Ints) -> Ints:
    """The months of instants in milliseconds since 1970."""
    whole: Ints = date.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    return whole
