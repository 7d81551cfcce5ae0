"""Whose quality flags are to be asked for next, and from when on, so that no farm is too large to be asked.

A partition is a sensor's day: 10,000 sensors are asked for in turns, and of what is known only the end again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from heapq import nsmallest

from notebooks.live.judged import Look, recent

__all__ = ["MOST", "Rounds"]

EVERY = timedelta(seconds=20)
"""As often as flags are told."""

MOST = 500
"""Sensors that are asked for at a time."""

TAIL = timedelta(minutes=3)
"""Before the last look, what is asked for again: flags come some time after their reading, and those of a
spike twice, as the next reading is needed to tell."""

WHOLE_EVERY = timedelta(minutes=5)
"""What came out of a backlog lies before the tail."""

_OFTEN = timedelta(minutes=1)
"""Boards that send more seldom than this have so few readings that all of them are asked for."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class Rounds:
    """`next` says what to look at, `done` takes note that it was looked at."""

    def __init__(self) -> None:
        self._looked: dict[str, datetime] = {}
        self._whole: dict[str, datetime] = {}

    def next(self, intervals: Mapping[str, timedelta], now: datetime) -> list[Look]:
        """Of boards, which send every `interval`, those that were not looked at for longest; often nobody."""
        due = (name for name in intervals if now - self._looked.get(name, _NEVER) >= EVERY)
        looks: dict[tuple[datetime, datetime], Look] = {}
        for name in nsmallest(MOST, due, key=lambda name: self._looked.get(name, _NEVER)):
            oldest = now - recent(intervals[name])
            since = oldest if self._all_of(name, intervals[name], now) else self._looked[name] - TAIL
            looks.setdefault((since, oldest), Look([], since, oldest)).sensors.append(name)
        return list(looks.values())

    def done(self, look: Look, now: datetime) -> None:
        """All of these sensors were asked for at `now`."""
        self._looked.update(dict.fromkeys(look.sensors, now))
        if look.since == look.oldest:
            self._whole.update(dict.fromkeys(look.sensors, now))

    def _all_of(self, name: str, interval: timedelta, now: datetime) -> bool:
        whole = self._whole.get(name, _NEVER)
        return not interval or interval > _OFTEN or now - whole >= WHOLE_EVERY
