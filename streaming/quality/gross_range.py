"""Gross range: a value outside of what the sensor can give fails, outside of what is usual is suspect.

QARTOD, "Manual for Real-Time Quality Control of In-situ Temperature and Salinity Data", version 2.1
(2020), test 4; `ioos_qc.qartod.gross_range_test`.
"""

import numpy as np

from streaming.quality.flags import Bools, Flags, Floats, flagged

__all__ = ["Span", "Spans", "gross_range", "outside"]

Span = tuple[float, float]
Spans = Span | tuple[Floats, Floats]
"""Of one quantity, or those of each column."""


def gross_range(values: Floats, fail: Spans, suspect: Spans) -> Flags:
    """Both spans with their ends; `suspect` lies within `fail`."""
    return flagged(outside(values, suspect), outside(values, fail), np.isnan(values))


def outside(values: Floats, span: Spans) -> Bools:
    """Which values lie outside of the span; NaN does not."""
    out: Bools = (values < span[0]) | (values > span[1])
    return out
