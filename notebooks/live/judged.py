"""What quality control says of each board's readings of late, the worst of it.

One spike is one reading in hundreds, and the next one is good again before anybody has looked.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import NamedTuple

from telemetry.quality import FAIL, GOOD, MISSING, SUSPECT
from telemetry.quality import decode as decode_flags

__all__ = ["RECENT", "Doubt", "Judged", "Row", "recent"]

RECENT = timedelta(minutes=15)
"""How far back flags count."""

READINGS = 3
"""Of a board that sends seldom, so many readings count."""

_LONGEST = timedelta(days=1)
_GRAVEST = (FAIL, SUSPECT, MISSING)

Row = tuple[str, datetime, str | None]
"""Sensor, date, flags (`telemetry.quality`); None where the reading is not judged yet."""
_Found = tuple[str, str, int]


class Doubt(NamedTuple):
    """A test that did not pass (`value`: there was none), of how many readings, and of which one last."""

    what: str
    test: str
    flag: int
    times: int
    last: datetime


def recent(interval: timedelta) -> timedelta:
    """How far back the flags of a board count that sends every `interval`: RECENT, or a multiple of it."""
    return RECENT * max(1, ceil(min(interval * READINGS, _LONGEST) / RECENT))


class Judged:
    """`rows` by sensor; a snapshot, which nothing changes."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        by_sensor = groupby(rows, lambda row: row[0])
        self._doubts = {sensor: _counted(mine) for sensor, mine in by_sensor}

    def doubts(self, sensor: str) -> list[Doubt]:
        """The tests that did not pass, the gravest first; nothing for a board that is not judged."""
        return self._doubts.get(sensor) or []

    def worst(self, sensor: str) -> int | None:
        """FAIL, SUSPECT, MISSING or GOOD; None where no reading of late was judged."""
        doubts = self._doubts.get(sensor)
        return None if doubts is None else doubts[0].flag if doubts else GOOD


def _counted(rows: Iterable[Row]) -> list[Doubt] | None:
    found: dict[_Found, list[datetime]] = {}
    judged = False
    for _, date, text in rows:
        judged = judged or text is not None
        for doubt in _doubted(text):
            found.setdefault(doubt, []).append(date)
    doubts = [Doubt(*doubt, len(dates), max(dates)) for doubt, dates in found.items()]
    return sorted(doubts, key=lambda doubt: _GRAVEST.index(doubt.flag)) if judged else None


@lru_cache(4096)
def _doubted(text: str | None) -> tuple[_Found, ...]:
    """What, test and flag; the learned test aside, which does not count in `quality` either."""
    return tuple(
        (what, "value" if flag == MISSING else test, flag)
        for what, tests in decode_flags(text).items()
        for test, flag in tests.items()
        if test != "anomaly" and (flag in (SUSPECT, FAIL) or (flag == MISSING and test == "gross_range"))
    )
