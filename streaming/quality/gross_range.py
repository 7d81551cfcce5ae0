"""Gross range: a value outside of what the sensor can give fails, outside of what is usual is suspect.

QARTOD, "Manual for Real-Time Quality Control of In-situ Temperature and Salinity Data", version 2.1
(2020), test 4; `ioos_qc.qartod.gross_range_test`.
"""

import numpy as np

from streaming.quality.flags import Flags, Floats, flagged

__all__ = ["Span", "gross_range", "outside"]

Span = tuple[float, float]


def gross_range(values: Floats, fail: Span, suspect: Span) -> Flags:
    """Both spans with their ends; `suspect` lies within `fail`."""
    return flagged(outside(values, suspect), outside(values, fail), np.isnan(values))


def outside(values: Floats, span: Span) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which values lie outside of the span; NaN does not."""
    return (values < span[0]) | (values > span[1])
