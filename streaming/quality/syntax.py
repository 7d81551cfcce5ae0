"""Syntax: a message that has not all of its parts.

QARTOD, manual for temperature and salinity, test 2; `ioos_qc.qartod.syntax_test` with a delimiter. What
cannot be parsed never becomes a reading (`sensor-data-rejected` has it): here the parts are the values of
a reading less those that arrived damaged (reason `crc`).
"""

import numpy as np

from streaming.quality.flags import Flags, Ints
from telemetry.quality import FAIL, GOOD

__all__ = ["syntax"]


def syntax(parts: Ints, expected: int) -> Flags:
    """`parts` are how many came whole."""
    return np.where(parts == expected, np.uint8(GOOD), np.uint8(FAIL))
