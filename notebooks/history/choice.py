"""What a person has chosen to look at."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["SPANS", "Choice", "local_days"]

SPANS = {
    "6 h": timedelta(hours=6), "24 h": timedelta(days=1), "7 d": timedelta(days=7),
    "30 d": timedelta(days=30), "1 y": timedelta(days=365), "3 y": timedelta(days=3 * 365),
}  # fmt: skip


class Choice(NamedTuple):
    """One quantity, of fields or of single sensors, between two instants, as told by the clocks of `zone`."""

    what: str
    fields: tuple[str, ...]
    sensors: tuple[str, ...]
    since: datetime
    until: datetime
    zone: ZoneInfo

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.until - self.since


def local_days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the midnight on which `first` begins on the farm to that on which `last` ends, in UTC.

    A day on which clocks change has 23 or 25 hours, and all of them are in it.
    """
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    utc = ZoneInfo("UTC")
    return begin.astimezone(utc), end.astimezone(utc)
