"""What quality control says of each board's readings of late, the worst of it.

One spike is one reading in hundreds, and the next one is good again before anybody has looked.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import NamedTuple

from telemetry.quality import FAIL, GOOD, MISSING, SUSPECT
from telemetry.quality import decode as decode_flags

__all__ = ["RECENT", "Doubt", "Judged", "Late", "Look", "Row", "recent"]

RECENT = timedelta(minutes=15)
"""How far back flags count."""

READINGS = 3
"""Of a board that sends seldom, so many readings count."""

_LONGEST = timedelta(days=1)
_GRAVEST = (FAIL, SUSPECT, MISSING)

Row = tuple[str, datetime, str | None]
"""Sensor, date, flags (`telemetry.quality`); None where the reading is not judged yet."""
_Found = tuple[str, str, int]


class Look(NamedTuple):
    """Sensors that are asked for together, from `since` on; readings from before `oldest` count no more."""

    sensors: list[str]
    since: datetime
    oldest: datetime


class Doubt(NamedTuple):
    """A test that did not pass (`value`: there was none), of how many readings, and of which one last."""

    what: str
    test: str
    flag: int
    times: int
    last: datetime


class Late(NamedTuple):
    """A board's readings of late: the date of the newest judged one, those in doubt, and so the doubts."""

    judged: datetime | None
    doubted: list[tuple[datetime, tuple[_Found, ...]]]
    doubts: list[Doubt]


def recent(interval: timedelta) -> timedelta:
    """How far back the flags of a board count that sends every `interval`: RECENT, or a multiple of it."""
    return RECENT * max(1, ceil(min(interval * READINGS, _LONGEST) / RECENT))


class Judged:
    """What is known by sensor. `found` changes nothing, so that it may be asked in a thread; `take` does."""

    def __init__(self) -> None:
        self._late: dict[str, Late] = {}

    def found(self, look: Look, rows: Iterable[Row]) -> dict[str, Late]:
        """What is known of the sensors of a look that has found `rows`, which lie by sensor."""
        by_sensor = {sensor: list(mine) for sensor, mine in groupby(rows, lambda row: row[0])}
        return {name: _late(self._late.get(name), look, by_sensor.get(name, [])) for name in look.sensors}

    def take(self, found: Mapping[str, Late]) -> None:
        """This is known now of these sensors."""
        self._late.update(found)

    def doubts(self, sensor: str) -> list[Doubt]:
        """The tests that did not pass, the gravest first; nothing for a board that is not judged."""
        late = self._late.get(sensor)
        return late.doubts if late and late.judged else []

    def worst(self, sensor: str) -> int | None:
        """FAIL, SUSPECT, MISSING or GOOD; None where no reading of late was judged."""
        late = self._late.get(sensor)
        return None if late is None or late.judged is None else late.doubts[0].flag if late.doubts else GOOD


def _late(known: Late | None, look: Look, rows: Iterable[Row]) -> Late:
    """The rows, after what is known from before them: of readings that are good nothing but the last date."""
    kept, judged = [], None
    if known:
        kept = [each for each in known.doubted if look.oldest <= each[0] < look.since]
        judged = known.judged if known.judged and look.oldest <= known.judged < look.since else None
    for _, date, text in rows:
        if text is not None:
            judged = max(judged or date, date)
        if found := _doubted(text):
            kept.append((date, found))
    return Late(judged, kept, _counted(kept))


def _counted(doubted: Iterable[tuple[datetime, tuple[_Found, ...]]]) -> list[Doubt]:
    dates: dict[_Found, list[datetime]] = {}
    for date, found in doubted:
        for each in found:
            dates.setdefault(each, []).append(date)
    doubts = [Doubt(*each, len(when), max(when)) for each, when in dates.items()]
    return sorted(doubts, key=lambda doubt: _GRAVEST.index(doubt.flag))


@lru_cache(4096)
def _doubted(text: str | None) -> tuple[_Found, ...]:
    """What, test and flag; the learned test aside, which does not count in `quality` either."""
    return tuple(
        (what, "value" if flag == MISSING else test, flag)
        for what, tests in decode_flags(text).items()
        for test, flag in tests.items()
        if test != "anomaly" and (flag in (SUSPECT, FAIL) or (flag == MISSING and test == "gross_range"))
    )
