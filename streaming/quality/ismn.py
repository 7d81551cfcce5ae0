"""Flags of the International Soil Moisture Network for soil moisture, on hourly means in % by volume.

W. A. Dorigo et al., "Global automated quality control of in situ soil moisture data from the International
Soil Moisture Network", Vadose Zone J. 12 (2013), doi:10.2136/vzj2012.0097; numbers of equations are of that
paper. Equal to the network's own program `flagit` 0.3 on the same series, its additions to the paper and
its ways at the ends of a series included.

C01 below 0 · C02 above 60 % · C03 above saturation · D06 spike · D07 drop · D08 jump · D09 low plateau
after a drop · D10 high plateau (streaming.quality.plateaus)
"""

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from streaming.quality.flags import Bools, Floats
from streaming.quality.plateaus import high_plateaus, low_plateaus

__all__ = ["ISMN", "ismn"]

ISMN = ("C01", "C02", "C03", "D06", "D07", "D08", "D09", "D10")

SLOPE = (0.5000000000000001, -5.551115123125783e-17, -0.5)
CURVE = (1.0000000000000002, -2.0000000000000004, 0.9999999999999998)
"""The filters as `scipy.signal.savgol_coeffs(3, 2, 1)` and `(3, 2, 2)` give them, errors of rounding and
all: where a series is constant, comparisons of the network's program hang on them."""


def ismn(hourly: Floats, saturation: float | None, highest: float) -> Bools:
    """Hours x ISMN; `hourly` has a value for each hour, NaN where there is none.

    `saturation` of the soil in %, None where it is not known; `highest` is the largest mean of the span
    that high plateaus are compared with.
    """
    with np.errstate(all="ignore"):
        first, second = derivatives(hourly)
        spikes = _spikes(hourly, second)
        drops, jumps = _breaks(hourly, first, second)
        too_wet = hourly > saturation if saturation is not None else np.zeros(len(hourly), bool)
        low = low_plateaus(hourly, drops)
        high = high_plateaus(hourly, first, highest)
    return np.column_stack([hourly < 0, hourly > 60, too_wet, spikes, drops, jumps, low, high])


def derivatives(hourly: Floats) -> tuple[Floats, Floats]:
    """First and second, by the filter of Savitzky and Golay over three hours (second order)."""
    padded = np.concatenate([hourly[:1], hourly, hourly[-1:]])
    before, after = padded[:-2], padded[2:]
    first = hourly * SLOPE[1] + (before - after) * SLOPE[2]
    return first, after * CURVE[0] + before * CURVE[2] + hourly * CURVE[1]


def _shift(values: Floats, by: int) -> Floats:
    """The values `by` hours before; after, where negative."""
    moved = np.full(len(values), np.nan)
    if by >= 0:
        moved[by:] = values[: len(values) - by]
    else:
        moved[:by] = values[-by:]
    return moved


def _spikes(hourly: Floats, second: Floats) -> Bools:
    """Equations 4 to 6, and peaks that last for two hours."""
    before, after = _shift(hourly, 1), _shift(hourly, -1)
    step = np.round(hourly / before, 3)
    curve = np.round(np.abs(_shift(second, 1) / _shift(second, -1)), 3)
    single, double = _peaks(before, hourly, after, _shift(hourly, -2))
    second_hour = np.concatenate([[False], double[:-1]])
    large = (step > 1.15) | (step < 0.85) | second_hour
    spike = large & (curve > 0.8) & (curve < 1.2) & (_relative_variance(hourly) < 1) & (single | double)
    found: Bools = spike | (np.concatenate([[False], spike[:-1]]) & second_hour)
    return found


def _peaks(before: Floats, at: Floats, after: Floats, later: Floats) -> tuple[Bools, Bools]:
    single = ((before < at) & (at > after)) | ((before > at) & (at < after))
    up, down = (
        (before < at) & (at == after) & (after > later),
        (before > at) & (at == after) & (after < later),
    )
    return single, ~single & (up | down)


def _relative_variance(hourly: Floats) -> Floats:
    """Variance over mean of the 12 hours before and the 12 after (equation 6), of complete ones."""
    found = np.full(len(hourly), np.nan)
    if len(hourly) >= 25:
        others = np.delete(sliding_window_view(hourly, 25), 12, axis=1)
        mean = others.mean(axis=1)
        found[12:-12] = np.abs(((others - mean[:, None]) ** 2).sum(axis=1) / 23) / mean
    return found


def _breaks(hourly: Floats, first: Floats, second: Floats) -> tuple[Bools, Bools]:
    """Drops and jumps: equations 7 to 9, and drops to zero."""
    change = hourly - _shift(hourly, 1)
    usual = np.abs(pd.Series(first).rolling(25, min_periods=4, center=True).mean().to_numpy() * 10)
    turn = np.round(np.abs(_shift(second, 1) / second), 1)
    found = (np.abs(change / hourly) > 0.1) & (np.abs(change) > 1) & (hourly != 0)
    found &= (np.abs(first) > usual) & ~np.isclose(np.abs(first), usual)
    found &= np.isclose(turn, 1, atol=1e-2) & (second != 0) & (np.abs(second / _shift(second, -2)) > 10)
    to_zero = (np.abs(change) > 5) & (hourly == 0)
    return (found & (first < 0)) | to_zero, found & (first > 0)
