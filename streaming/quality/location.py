"""Location: a position off the globe fails, one far from the position before is suspect.

QARTOD, manual for temperature and salinity, test 3; `ioos_qc.qartod.location_test` with `range_max`. Half
a position fails, none is missing.
"""

import numpy as np

from streaming.quality.flags import Flags, Floats, flagged

__all__ = ["distance", "location"]

_EARTH = 6_371_000.0
"""Mean radius in metres."""


def location(lon: Floats, lat: Floats, moved: Floats, farthest: float) -> Flags:
    """Degrees; `moved` is the distance from the position before in metres, NaN where there is none."""
    off = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    no_lon, no_lat = np.isnan(lon), np.isnan(lat)
    return flagged(moved > farthest, off | (no_lon ^ no_lat), no_lon & no_lat)


def distance(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """Metres along a great circle (haversine); NaN to or from a latitude that is none."""
    one, other = np.radians(lat), np.radians(other_lat)
    across = np.radians(other_lon - lon)
    half = np.sin((other - one) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin(across / 2) ** 2
    there = (np.abs(lat) <= 90) & (np.abs(other_lat) <= 90)
    return np.where(there, 2 * _EARTH * np.arcsin(np.sqrt(np.minimum(half, 1.0))), np.nan)
