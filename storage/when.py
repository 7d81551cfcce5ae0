"""A span of time, as people write it: `since="1h"`, or `start` and `end`."""

from datetime import UTC, datetime, timedelta

from storage.days import Span
from storage.errors import QueryFailed
from telemetry.clock import duration

__all__ = ["When", "span_of"]

When = datetime | str
"""An aware datetime, or ISO 8601 with its zone (`2026-11-24T02:00Z`); a date alone is midnight UTC."""


def span_of(since: str | None, start: When | None, end: When | None, now: datetime) -> Span:
    """From `start` (or `since` before the end) to `end` (or now, and a day ahead for boards' clocks).

    QueryFailed where there is no start, or a time without a zone.
    """
    until = now + timedelta(days=1) if end is None else _instant(end)
    if start is not None and since is None:
        return Span(_instant(start), until)
    if since is None or start is not None:
        raise QueryFailed(
            "Which time? Say either since='1h' or start=…; the end is now unless end=… says so."
        )
    return Span((now if end is None else until) - timedelta(seconds=duration(since)), until)


def _instant(when: When) -> datetime:
    try:
        at = datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError as why:
        raise QueryFailed(f"'{when}' is not a time: write for example 2026-11-24T02:00Z.") from why
    if at.tzinfo is None and isinstance(when, str) and len(when) == len("2026-11-24"):
        at = at.replace(tzinfo=UTC)
    if at.tzinfo is None:
        raise QueryFailed(f"{when} has no time zone: write for example 2026-11-24T02:00Z.")
    return at
