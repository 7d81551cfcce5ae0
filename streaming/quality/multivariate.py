"""Multivariate: one quantity changes fast and the one that must follow it does not.

QARTOD, manual for temperature and salinity, test 9 (multi-variate): suspect where the change of the
first exceeds its limit while that of the second stays below its own. Air that warms by degrees loses
relative humidity (7 % of it per °C by Clausius-Clapeyron), so these two are the pair.
"""

import numpy as np

from streaming.quality.flags import Flags, Floats
from telemetry.quality import GOOD, SUSPECT, UNKNOWN

__all__ = ["multivariate"]


def multivariate(leading: Floats, following: Floats, limit: float, least: float) -> Flags:
    """Changes from the reading before, without a sign; NaN where either is missing: not evaluated."""
    flags = np.where((leading > limit) & (following < least), np.uint8(SUSPECT), np.uint8(GOOD))
    flags[np.isnan(leading) | np.isnan(following)] = UNKNOWN
    return flags
