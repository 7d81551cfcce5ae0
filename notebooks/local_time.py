"""Farm-local time on an axis that runs in UTC, so that no hour is missing or doubled where clocks change."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from telemetry.master import Field

__all__ = ["clock_text", "lasting_text", "ticks", "zone_of"]

_STEPS = (
    *(timedelta(minutes=m) for m in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=h) for h in (1, 2, 3, 6, 12)),
    *(timedelta(days=d) for d in (1, 2, 7, 14, 30, 91, 182, 365)),
)
_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))
_DAY, _MONTH = timedelta(days=1), timedelta(days=30)
"""Steps of a month and more are of the calendar's months."""


def ticks(since: datetime, until: datetime, zone: ZoneInfo, most: int = 8) -> list[tuple[datetime, str]]:
    """At most `most` + 1 instants (UTC) on round local times between two aware instants, with their labels.

    The day is named at its first tick, the year where ticks are months. Where a clock goes back, an hour that
    comes twice is labelled twice.
    """
    step = next((step for step in _STEPS if (until - since) / step <= most), _STEPS[-1])
    found, day = [], None
    instants = (
        _months(since, until, zone, step // _MONTH)
        if step >= _MONTH
        else _round_instants(since, until, zone, step)
    )
    for at in instants:
        local = at.astimezone(zone)
        named = local.year == day.year if day and step >= _MONTH else local.date() == day
        found.append((at, _label(local, step, named=named)))
        day = local.date()
    return found


def zone_of(fields: Iterable[Field]) -> ZoneInfo:
    """The time of most of these fields, which is a single one's own; UTC for none."""
    zones = Counter(field.time_zone for field in fields)
    return ZoneInfo(zones.most_common(1)[0][0] if zones else "UTC")


def clock_text(at: datetime, zone: ZoneInfo) -> str:
    """`14:05:09 JST`: the local time and which one it is."""
    return at.astimezone(zone).strftime("%H:%M:%S %Z")


def lasting_text(seconds: float) -> str:
    """`45 s`, `12 min`, `5 h`, `3 d`: in the largest unit of which there are two."""
    unit, size = next((each for each in _UNITS if seconds >= 2 * each[1]), ("s", 1))
    return f"{seconds / size:.0f} {unit}"


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


def _months(since: datetime, until: datetime, zone: ZoneInfo, every: int) -> Iterator[datetime]:
    """The local midnights on which months begin: all, or those of every third, sixth or twelfth."""
    local = since.astimezone(zone)
    number = local.year * 12 + local.month - 1
    while (at := datetime(number // 12, number % 12 + 1, 1, tzinfo=zone).astimezone(UTC)) <= until:
        if at >= since and number % every == 0:
            yield at
        number += 1


def _on_the_grid(local: datetime, step: timedelta) -> bool:
    """After a change of clocks, steps of several hours go on by the clock on the wall."""
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return step >= _DAY or not since_midnight % step


def _label(local: datetime, step: timedelta, named: bool) -> str:
    if step >= _MONTH:
        return local.strftime("%b") if named else local.strftime("%b<br>%Y")
    if step >= _DAY:
        return local.strftime("%d %b")
    return local.strftime("%H:%M") if named else local.strftime("%H:%M<br>%a %d %b")
