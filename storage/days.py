"""Reading newest first across day partitions, several days at a time, page by page."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

__all__ = ["Span", "days_back", "newest_first"]

AHEAD = 8
"""Days asked for before the first of them is used up; a year of empty days takes about a second."""


class Span(NamedTuple):
    """The time from `since` to just before `until`, both aware."""

    since: datetime
    until: datetime


def days_back(span: Span) -> Iterator[date]:
    """The UTC dates that `span` touches, newest first."""
    day = (span.until - timedelta(microseconds=1)).astimezone(UTC).date()
    while day >= span.since.astimezone(UTC).date():
        yield day
        day -= timedelta(days=1)


def newest_first(span: Span, ask: Callable[[date], Any]) -> Iterator[Any]:
    """The rows of `ask(day)` (a driver's ResponseFuture), day after day back through `span`.

    Only the first page of each of the next few days is in memory; further pages come when needed.
    """
    days = days_back(span)
    under_way = deque(ask(day) for day in islice(days, AHEAD))
    while under_way:
        rows = under_way.popleft().result()
        under_way.extend(ask(day) for day in islice(days, 1))
        yield from rows
