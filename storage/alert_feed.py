"""Alerts as they open and change, by asking again and again."""

from collections.abc import Iterator
from datetime import timedelta

from storage.days import Span
from storage.queries import alerts
from storage.rows import Alert
from storage.session import Session
from storage.settings import Cassandra
from telemetry.clock import utc_now

__all__ = ["changed_alerts", "recent"]


def recent(seconds: float) -> Span:
    """The last `seconds`, and a day ahead: boards' clocks, and so dates, may be in front of this one."""
    now = utc_now()
    return Span(now - timedelta(seconds=seconds), now + timedelta(days=1))


def changed_alerts(
    session: Session, settings: Cassandra, seconds: float, seen: dict[str, Alert]
) -> Iterator[Alert]:
    """Alerts opened in the last `seconds` that are new to `seen` or changed, oldest first; fills `seen`."""
    for alert in reversed(list(alerts(session, settings, recent(seconds)))):
        if seen.get(alert.alert_id) != alert:
            seen[alert.alert_id] = alert
            yield alert
