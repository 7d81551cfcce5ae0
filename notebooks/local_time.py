"""Farm-local time on an axis that runs in UTC, so that no hour is missing or doubled where clocks change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["clock_text", "ticks"]

_STEPS = (
    *(timedelta(minutes=m) for m in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=h) for h in (1, 2, 3, 6, 12)),
    *(timedelta(days=d) for d in (1, 2, 7, 14, 30, 91, 182)),
)
_DAY = timedelta(days=1)


def ticks(since: datetime, until: datetime, zone: ZoneInfo, most: int = 8) -> list[tuple[datetime, str]]:
    """At most `most` + 1 instants (UTC) on round local times between two aware instants, with their labels.

    The day is named at its first tick. Where a clock goes back, an hour that comes twice is labelled twice.
    """
    step = next((step for step in _STEPS if (until - since) / step <= most), _STEPS[-1])
    found, day = [], None
    for at in _round_instants(since, until, zone, step):
        local = at.astimezone(zone)
        found.append((at, _label(local, step, named=local.date() == day)))
        day = local.date()
    return found


def clock_text(at: datetime, zone: ZoneInfo) -> str:
    """`14:05:09 JST`: the local time and which one it is."""
    return at.astimezone(zone).strftime("%H:%M:%S %Z")


def _round_instants(since: datetime, until: datetime, zone: ZoneInfo, step: timedelta) -> Iterator[datetime]:
    """Local midnights and what lies whole steps after them; by calendar days where the step is of days."""
    midnight = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    while midnight.astimezone(UTC) <= until:
        following = midnight + max(step, _DAY)  # by the clock on the wall
        at, end = midnight.astimezone(UTC), min(following.astimezone(UTC), until + timedelta.resolution)
        while at < end:
            if at >= since and _on_the_grid(at.astimezone(zone), step):
                yield at
            at += min(step, timedelta(hours=1)) if step < _DAY else end - at
        midnight = following


def _on_the_grid(local: datetime, step: timedelta) -> bool:
    """After a change of clocks, steps of several hours go on by the clock on the wall."""
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return step >= _DAY or not since_midnight % step


def _label(local: datetime, step: timedelta, named: bool) -> str:
    if step >= _DAY:
        return local.strftime("%d %b<br>%Y") if step >= timedelta(days=30) else local.strftime("%d %b")
    return local.strftime("%H:%M") if named else local.strftime("%H:%M<br>%a %d %b")
