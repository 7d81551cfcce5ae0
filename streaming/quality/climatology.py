"""Climatology: a value outside of what its month has is suspect, far outside of it fails.

QARTOD, manual for temperature and salinity, test 5; `ioos_qc.qartod.climatology_test` with a member for
each month (`period="month"`). Months are those of UTC, as there. A missing value is missing: that one
says so in its documentation and calls it good (ioos_qc 3.0.0).
"""

from collections.abc import Sequence

import numpy as np

from streaming.quality.flags import Flags, Floats, Ints, flagged
from telemetry.quality import MISSING, UNKNOWN

__all__ = ["Monthly", "climatology", "months"]

Monthly = tuple[tuple[float, float, float, float], ...]
"""Of January and on: fail below, suspect below, suspect above, fail above. None: not evaluated."""


def climatology(values: Floats, month: Ints, monthly: Sequence[Monthly]) -> Flags:
    """`values` has a column for each quantity; `month` is 1 to 12 for each row."""
    flags = np.where(np.isnan(values), np.uint8(MISSING), np.uint8(UNKNOWN))
    for column, limits in enumerate(monthly):
        if limits:
            flags[:, column] = _of_one(values[:, column], *np.array(limits).T[:, month - 1])
    return flags


def _of_one(values: Floats, lowest: Floats, low: Floats, high: Floats, highest: Floats) -> Flags:
    suspect, fail = (values < low) | (values > high), (values < lowest) | (values > highest)
    return flagged(suspect, fail, np.isnan(values))


def months(date: Ints) -> Ints:
    """The months of instants in milliseconds since 1970."""
    whole: Ints = date.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    return whole
