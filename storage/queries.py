"""Named queries: readings, windows and alerts, newest first, across day partitions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec

from storage.days import Span, newest_first
from storage.rows import Alert, StoredReading, Window
from storage.session import Session
from storage.settings import Cassandra
from telemetry.quality import decode
from telemetry.quantities import QUANTITIES
from telemetry.reading import Coord, Main, Reading

__all__ = ["alerts", "count", "readings", "windows"]


def readings(
    session: Session, settings: Cassandra, sensor: str, span: Span, limit: int | None = None
) -> Iterator[StoredReading]:
    """Readings of `sensor` whose date is in `span`, newest first, at most `limit`."""
    key = f"{settings.table('reading')} WHERE sensor_id = ?"
    rows = _by_day(session, key, (sensor,), "date", span)
    there = (row for row in rows if row.late is not None)  # else its flags came first
    return islice(map(_reading, there), limit)


def windows(
    session: Session, settings: Cassandra, field: str, span: Span, limit: int | None = None
) -> Iterator[Window]:
    """Windows of `field` that start in `span`, newest first, at most `limit`."""
    key = f"{settings.table('field_window')} WHERE field_id = ?"
    rows = _by_day(session, key, (field,), "window_start", span)
    return islice((_struct(Window, row) for row in rows), limit)


def alerts(
    session: Session, settings: Cassandra, span: Span, state: str | None = None, limit: int | None = None
) -> Iterator[Alert]:
    """Alerts that were opened in `span`, newest first, at most `limit`; `state` None for all."""
    rows = _by_day(session, f"{settings.table('alert')} WHERE", (), "opened", span)
    found = (_alert(row) for row in rows if row.state)  # an acknowledgement alone is no alert
    return islice((alert for alert in found if state in (None, alert.state)), limit)


def count(session: Session, settings: Cassandra, table: str) -> int:
    """All rows of a table: a full scan, for tests and small tables."""
    return int(session.execute(f"SELECT count(*) FROM {settings.table(table)}", timeout=120).one()[0])  # noqa: S608


def _by_day(session: Session, start: str, key: tuple[str, ...], column: str, span: Span) -> Iterator[Any]:
    """Rows of the partitions (*key, day) whose `column` is in `span`; `start` names table and key."""
    joint = " AND" if key else ""
    query = session.prepare(f"SELECT * FROM {start}{joint} day = ? AND {column} >= ? AND {column} < ?")  # noqa: S608
    return newest_first(span, lambda day: session.execute_async(query, (*key, day, *span)))


def _reading(row: Any) -> StoredReading:
    counted = row.seq >= 0
    reading = Reading(
        id=row.sensor_id,
        boot=row.boot if counted else None,
        seq=row.seq if counted else None,
        date=_utc(row.date),
        coord=None if row.lon is None or row.lat is None else Coord(lon=row.lon, lat=row.lat),
        main=Main(**{q.name: getattr(row, q.name) for q in QUANTITIES}),
        faults=dict(row.faults or {}),
        gateway=row.gateway,
        received=_utc(row.received),
        time_source=row.time_source,
        late=bool(row.late),
    )
    return StoredReading(reading, row.field_id, row.quality, decode(row.quality_tests), row.anomaly)


def _alert(row: Any) -> Alert:
    alert: Alert = _struct(Alert, row)
    return msgspec.structs.replace(
        alert, evidence=msgspec.json.decode(row.evidence) if row.evidence else None
    )


def _struct(kind: Any, row: Any) -> Any:
    values = {name: getattr(row, name) for name in kind.__struct_fields__}
    return kind(**{name: _utc(v) if isinstance(v, datetime) else v for name, v in values.items()})


def _utc(naive: datetime | None) -> datetime | None:
    """The driver's datetimes are UTC without saying so."""
    return naive and naive.replace(tzinfo=UTC)
