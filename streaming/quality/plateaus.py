"""Plateaus of the ISMN: low ones after a drop (D09), high ones between a rise and a drop (D10).

Equations are of Dorigo et al. (streaming.quality.ismn). Hours without a mean are left out first: a plateau
bridges them.
"""

import numpy as np
import pandas as pd

from streaming.quality.flags import Bools, Floats, Ints

__all__ = ["high_plateaus", "low_plateaus"]

_LOW_HOURS, _HIGH_HOURS = 13, 12


def low_plateaus(hourly: Floats, drops: Bools) -> Bools:
    """Equation 14: from a drop on, as long as variance over mean stays below 0.001; 13 hours at least."""
    there = ~np.isnan(hourly)
    values = pd.Series(hourly[there])
    ahead = values.rolling(_LOW_HOURS, min_periods=_LOW_HOURS)
    relative = ahead.var().shift(1 - _LOW_HOURS).round(4) / ahead.mean().shift(1 - _LOW_HOURS).round(4)
    relative[relative.isna() & (values == 0)] = 0.0
    begins = drops[there] & (relative < 0.001).to_numpy()
    ends = (relative.diff() >= 0.001).to_numpy() & ~begins
    plateau = pd.Series(_between(begins, ends), dtype=float)
    found = np.zeros(len(hourly), bool)
    found[there] = (plateau.rolling(_LOW_HOURS, min_periods=_LOW_HOURS).max() > 0).to_numpy()
    return found


def _between(begins: Bools, ends: Bools) -> Bools:
    """From each beginning until before the next end."""
    marks = np.where(begins, 1, np.where(ends, -1, 0))
    last = np.maximum.accumulate(np.where(marks != 0, np.arange(len(marks)), -1))
    inside: Bools = (last >= 0) & (marks[last] > 0)
    return inside


def high_plateaus(hourly: Floats, first: Floats, highest: float) -> Bools:
    """Equations 10 to 13: little variance, after a rise and before a drop, near the highest mean known."""
    there = np.flatnonzero(~np.isnan(hourly))
    values, slope = pd.Series(hourly[there]), pd.Series(first[there])
    calm = (values.rolling(_HIGH_HOURS).var().shift(1 - _HIGH_HOURS) <= 0.05).to_numpy()
    group = pd.Series(_numbered(calm))
    found = np.zeros(len(hourly), bool)
    for number, rise, drop in _candidates(group, slope):
        period = (
            (group.where(group == number)).rolling(_HIGH_HOURS, min_periods=1).max() == number
        ).to_numpy()
        begin = _first(period & (slope == rise).to_numpy(), np.flatnonzero(period)[0])
        end = _first(period & (slope == drop).to_numpy(), np.flatnonzero(period)[-1])
        plateau = values.iloc[begin : end + 1]
        if plateau.mean() > highest * 0.95:
            found[there[begin : end + 1]] = True
    return found


def _numbered(calm: Bools) -> Ints:
    """0 outside; the runs of True are 1, 2, …"""
    starts = calm & ~np.concatenate([[False], calm[:-1]])
    return np.where(calm, np.cumsum(starts), 0)


def _candidates(group: pd.Series, slope: pd.Series) -> list[tuple[int, float, float]]:
    """Groups (that of no calm too, as `flagit` has it) with the rise before and the drop after them."""
    rise = slope.rolling(25, min_periods=1).max().shift(-12).groupby(group).first().round(3)
    drop = slope.rolling(25, min_periods=1).min().shift(-24).groupby(group).last().round(3)
    both = pd.concat([rise[rise >= 0.25], drop[drop < 0]], axis=1).dropna()
    return [(int(number), float(up), float(down)) for number, up, down in both.itertuples()]


def _first(where: Bools, otherwise: int) -> int:
    found = np.flatnonzero(where)
    return int(found[0]) if len(found) else int(otherwise)
