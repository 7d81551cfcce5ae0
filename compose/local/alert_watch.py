"""Watches the alert table from a thread of its own, so that a Cassandra that is away delays no screen."""

from datetime import timedelta
from threading import Event, Thread
from types import TracebackType

from compose.local.state import AlertLine
from storage.days import Span
from storage.errors import StorageError
from storage.master import read_fields
from storage.queries import alerts
from storage.rows import Alert
from storage.session import connect, plain_errors
from storage.settings import Cassandra
from storage.show import Zones
from telemetry.clock import utc_now

__all__ = ["AlertWatch"]

_EVERY = 5.0
_SHOWN = 50
_BACK = timedelta(days=2)


class AlertWatch:
    """A context manager; `newest` are the alerts of the last two days, the latest first."""

    def __init__(self, cassandra: Cassandra) -> None:
        self.newest: tuple[AlertLine, ...] = ()
        self._cassandra = cassandra
        self._stop = Event()
        self._thread = Thread(target=self._run, name="alerts", daemon=True)

    def __enter__(self) -> "AlertWatch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(_EVERY)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            try:
                self._follow()
            except StorageError:
                continue  # it starts, or is being restarted: the component's own state says so

    def _follow(self) -> None:
        with connect(self._cassandra) as session:
            while not self._stop.is_set():
                now = utc_now()
                found = alerts(session, self._cassandra, Span(now - _BACK, now + _BACK), limit=_SHOWN)
                with plain_errors(self._cassandra):
                    zones = Zones(read_fields(session, self._cassandra))
                    self.newest = tuple(_line(alert, zones) for alert in found)
                self._stop.wait(_EVERY)


def _line(alert: Alert, zones: Zones) -> AlertLine:
    return AlertLine(
        opened=alert.opened,
        local=(zones.local(alert.opened, alert.field_id) or "")[len("2026-") :],
        rule=alert.rule or "",
        state=alert.state or "",
        about=alert.sensor_id or alert.field_id or "",
        value=alert.value,
        threshold=alert.threshold,
    )
