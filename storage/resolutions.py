"""The tables of downsampled readings: how much time a row and a partition take."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from storage.days import Span

__all__ = ["RESOLUTIONS", "Resolution"]


class Resolution(NamedTuple):
    """`name` is what people write, `seconds` a row's span, `by` that of a partition."""

    name: str
    seconds: int
    by: Literal["month", "year", "decade"]

    @property
    def table(self) -> str:
        """The table's name."""
        return f"reading_{self.name}"

    def period(self, day: date) -> date:
        """The first day of the partition that holds `day`: the column `period`."""
        if self.by == "month":
            return day.replace(day=1)
        return date(day.year if self.by == "year" else day.year // 10 * 10, 1, 1)

    def periods(self, span: Span) -> Iterator[date]:
        """The partitions that `span` touches, newest first."""
        first = self.period(span.since.astimezone(UTC).date())
        last = self.period((span.until - timedelta(microseconds=1)).astimezone(UTC).date())
        while last >= first:
            yield last
            last = self.period(last - timedelta(days=1))

    def start(self, at: datetime) -> datetime:
        """The start of the row that holds the instant `at`."""
        seconds = int(at.timestamp() // self.seconds) * self.seconds
        return datetime.fromtimestamp(seconds, UTC)


RESOLUTIONS = (
    Resolution("1m", 60, "month"),
    Resolution("1h", 3600, "year"),
    Resolution("1d", 86400, "decade"),
)
"""From the finest on."""
