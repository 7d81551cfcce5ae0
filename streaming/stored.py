"""What the stream reads back from Cassandra: the master data, and the windows and alerts of late."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from cassandra.concurrent import execute_concurrent_with_args

from storage.master import read_fields, read_sensors
from storage.rules import read_rules
from storage.session import Session, connect, plain_errors
from storage.settings import Cassandra
from streaming.master import Snapshot
from streaming.told import Told, told_of

__all__ = ["Stored", "stored"]

_ALERT_DAYS = 92
"""How far back an alert that is still open is found: a dry summer."""
_WINDOW_DAYS = 8
"""How far back windows are: Kafka keeps a week, so no outage that can be made good is longer."""

Row = dict[str, Any]


@contextmanager
def stored(settings: Cassandra) -> Iterator["Stored"]:
    """Open a session for the reads below; errors inside are storage.errors.StorageError."""
    with connect(settings) as session:
        yield Stored(session, settings)


class Stored:
    """Named reads over one session."""

    def __init__(self, session: Session, settings: Cassandra) -> None:
        self._session, self._settings = session, settings

    def master(self) -> Snapshot:
        """All sensors, fields and rules."""
        with plain_errors(self._settings):
            sensors = read_sensors(self._session, self._settings)
            fields = read_fields(self._session, self._settings)
            rules = read_rules(self._session, self._settings)
            return Snapshot(tuple(sensors), tuple(fields), tuple(rules))

    def windows(self, fields: Iterable[str], until: date, newest: int) -> list[Row]:
        """Of each of the days up to `until` the `newest` rows of `field_window`, for each field."""
        query = "SELECT * FROM {} WHERE field_id = ? AND day = ? LIMIT ?"
        days = _days(until, _WINDOW_DAYS)
        return self._each("field_window", query, [(field, day, newest) for field in fields for day in days])

    def holds(self, table: str) -> bool:
        """Whether the table has a row."""
        with plain_errors(self._settings):
            query = f"SELECT * FROM {self._settings.table(table)} LIMIT 1"  # noqa: S608
            return self._session.execute(query).one() is not None

    def windows_at(self, starts: Iterable[tuple[str, datetime]]) -> list[Row]:
        """Rows of `field_window` of these fields and days, between the first and the last start of each."""
        days: dict[tuple[str, date], list[datetime]] = {}
        for field, start in starts:
            days.setdefault((field, start.date()), []).append(start)
        query = "SELECT * FROM {} WHERE field_id = ? AND day = ? AND window_start >= ? AND window_start <= ?"
        return self._each("field_window", query, [(*day, min(of), max(of)) for day, of in days.items()])

    def alerts(self, until: date) -> list[Told]:
        """Alerts that were opened in the days up to `until`."""
        days = [(day,) for day in _days(until, _ALERT_DAYS)]
        rows = self._each("alert", "SELECT * FROM {} WHERE day = ?", days)
        return [told_of(row) for row in rows if row["state"]]  # an acknowledgement alone is no alert

    def hours(
        self, sensors: Iterable[str], months: Iterable[date], since: datetime, until: datetime
    ) -> list[Row]:
        """Rows of `reading_hour_quality` of these sensors from `since` to before `until`."""
        query = "SELECT * FROM {} WHERE sensor_id = ? AND month = ? AND hour >= ? AND hour < ?"
        keys = [(sensor, month, since, until) for sensor, month in product(sensors, months)]
        return self._each("reading_hour_quality", query, keys)

    def _each(self, table: str, query: str, keys: list[tuple[Any, ...]]) -> list[Row]:
        with plain_errors(self._settings):
            prepared = self._session.prepare(query.format(self._settings.table(table)))
            results = execute_concurrent_with_args(self._session, prepared, keys, concurrency=64)
            return [row._asdict() for result in results for row in result.result_or_exc]


def _days(until: date, count: int) -> list[date]:
    return [until - timedelta(days=back) for back in range(-1, count)]
