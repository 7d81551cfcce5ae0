"""Alerts as they open and change, by asking again and again; and the one that a person means."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from storage.days import Span
from storage.errors import AlertUnknown
from storage.queries import alerts
from storage.rows import Alert
from storage.session import Session
from storage.settings import Cassandra
from telemetry.clock import utc_now

__all__ = ["changed_alerts", "meant", "recent"]


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


def meant(found: Iterable[Alert], alert_id: str, since: str) -> Alert:
    """The one of these, of the last `since`, whose id is or begins with `alert_id`; else AlertUnknown."""
    like = [alert for alert in found if alert_id and alert.alert_id.startswith(alert_id)]
    if len(like) != 1:
        many, have = (f"{len(like)} alerts", "have") if like else ("No alert", "has")
        raise AlertUnknown(
            f"{many} of the last {since} {have} an id that begins with '{alert_id}': "
            f"`farmstream alerts --since {since} --json` shows the ids."
        )
    return like[0]
