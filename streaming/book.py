"""The book of windows and alerts that query `windows` keeps between its batches, in plain Python.

A window counts once its end has passed in event time, though nothing may change it any more by then; so
recent windows are kept here, and laid out into dry spells again with each batch. A late reading can lift
a mean afterwards: an alert that then has no windows left is withdrawn. After a restart the book is taken
up from the tables. A replay comes by windows that are half full again: nothing is told of them before
event time is back where the tables were.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from streaming.alerts import Alert, Window, spells

__all__ = ["Book", "News"]

News = tuple[list[Window], list[Alert]]
"""Dry windows and alerts that are to be told, new or changed."""


class Book:
    """`min_count` readings make a window count; `keep` is how long after its end a window can change."""

    def __init__(self, min_count: int, keep: timedelta) -> None:
        self._min_count, self._keep = min_count, keep
        self._fields: dict[str, _Field] = {}
        self._now: datetime | None = None
        self._told_until: datetime | None = None

    def restore(self, windows: Iterable[Window], alerts: Iterable[Alert], now: datetime) -> None:
        """Take up what the tables hold; `now` is the event time that they had reached.

        A window is stored only once it was told, its alert by another query, which may be behind: what the
        windows say was told counts as told, or nobody would ever take it back.
        """
        self._now = self._told_until = now
        horizon = now - self._keep
        for window in windows:
            if window.end > horizon:
                self._field(window.field_id).windows[window.start] = window
        for alert in alerts:
            if alert.state != "withdrawn" and (alert.closed is None or alert.closed > horizon):
                self._field(alert.field_id).recall(alert, horizon)
        for field in self._fields.values():
            field.recall_windows(now, self._min_count)

    def update(self, windows: Iterable[Window], newest: datetime) -> News:
        """Take changed windows and event time up to `newest`; what was settled before is left alone."""
        settled = self._now and self._now - self._keep
        self._now = now = max(newest, self._now or newest)
        for window in windows:
            if settled is None or window.end > settled:
                self._field(window.field_id).windows[window.start] = window
        if self._told_until and newest < self._told_until:
            return [], []
        self._told_until = None
        return self._news(now)

    def _news(self, now: datetime) -> News:
        dry: list[Window] = []
        alerts: list[Alert] = []
        for field in self._fields.values():
            ended = field.ended(now, self._min_count)
            dry += field.dry_news(ended)
            alerts += field.alert_news(ended)
            field.settle(now - self._keep, self._min_count)
        return dry, alerts

    def _field(self, field_id: str) -> "_Field":
        return self._fields.setdefault(field_id, _Field())


class _Field:
    """One field: its recent windows, the alert open before them, and what was told of both."""

    def __init__(self) -> None:
        self.windows: dict[datetime, Window] = {}
        self._before: Alert | None = None
        self._told_windows: dict[datetime, Window] = {}
        self._told: dict[str, Alert] = {}

    def recall(self, alert: Alert, horizon: datetime) -> None:
        """An alert that was told before the restart."""
        self._told[alert.alert_id] = alert
        if alert.opened <= horizon:  # its first window can change no more
            self._before = replace(alert, state="open", closed=None)

    def recall_windows(self, now: datetime, min_count: int) -> None:
        """What was told of the windows before the restart, as they were then; the table knows it better."""
        ended = self.ended(now, min_count)
        self.dry_news(ended)
        self._told = {alert.alert_id: alert for alert in spells(ended, self._before)} | self._told

    def ended(self, now: datetime, min_count: int) -> list[Window]:
        """Windows that count, oldest first."""
        known = (window for _, window in sorted(self.windows.items()))
        return [w for w in known if w.end <= now and w.count >= min_count and w.dry is not None]

    def dry_news(self, ended: list[Window]) -> list[Window]:
        """Dry windows not told as they are now, and those told as dry that no longer are."""
        told = self._told_windows
        news = [w for w in ended if (w.dry or w.start in told) and told.get(w.start) != w]
        told.update((window.start, window) for window in news)
        return news

    def alert_news(self, ended: list[Window]) -> list[Alert]:
        """Alerts not told as they are now, and those told that have no windows left: withdrawn."""
        alerts = {alert.alert_id: alert for alert in spells(ended, self._before)}
        gone = [replace(a, state="withdrawn", closed=None) for i, a in self._told.items() if i not in alerts]
        news = [alert for i, alert in alerts.items() if self._told.get(i) != alert]
        self._told = alerts
        return gone + news

    def settle(self, horizon: datetime, min_count: int) -> None:
        """Settle what can change no more: an alert that is open then goes on, one that closed is done."""
        settled = self.ended(horizon, min_count)
        for alert in spells(settled, self._before):
            if alert.state == "closed":
                self._told.pop(alert.alert_id, None)
                self._before = None
            else:
                self._before = alert
        for start in [start for start, window in self.windows.items() if window.end <= horizon]:
            del self.windows[start]
            self._told_windows.pop(start, None)
