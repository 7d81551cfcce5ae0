"""What the storage tests share: a keyspace of their own, and rows put into its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyarrow as pa

from storage.migrate import migrate
from storage.session import Session, connect
from storage.settings import Cassandra
from tests.servers import Server

__all__ = [
    "connection",
    "insert",
    "insert_alert",
    "insert_reading",
    "migrated",
    "own_keyspace",
    "reading_batch",
]


@contextmanager
def own_keyspace(server: Server) -> Iterator[Cassandra]:
    """Settings with a keyspace that nobody else has; it is dropped at the end."""
    settings = Cassandra(host=server.host, port=server.port, keyspace=f"storage_{uuid4().hex[:12]}")
    yield settings
    with connect(settings) as session:
        session.execute(f"DROP KEYSPACE IF EXISTS {settings.keyspace}", timeout=60)


@contextmanager
def migrated(server: Server) -> Iterator[Cassandra]:
    """The same, with all tables."""
    with own_keyspace(server) as settings:
        migrate(settings)
        yield settings


def connection(settings: Cassandra) -> dict[str, str]:
    """It as options of `format("cassandra")`; of a password only its file's name."""
    fields = ((name, getattr(settings, name)) for name in settings.__struct_fields__)
    return {name: str(value) for name, value in fields if value is not None}


def insert(session: Session, settings: Cassandra, table: str, **row: object) -> None:
    """One row, by the plain driver."""
    marks = ", ".join(["?"] * len(row))
    prepared = session.prepare(f"INSERT INTO {settings.table(table)} ({', '.join(row)}) VALUES ({marks})")
    session.execute(prepared, list(row.values()))


def insert_reading(session: Session, settings: Cassandra, sensor: str, at: datetime, seq: int) -> None:
    """A reading of `sensor`; seq -1 is a board that counts neither boots nor readings."""
    insert(
        session,
        settings,
        "reading",
        sensor_id=sensor,
        day=at.date(),
        date=at,
        boot=1 if seq >= 0 else -1,
        seq=seq,
        field_id="north",
        lon=1.0,
        lat=2.0,
        temperature=20.5,
        faults={"ph": "crc"},
        gateway="g",
        received=at,
        time_source="board",
        late=True,
    )


def insert_alert(session: Session, settings: Cassandra, alert_id: str, opened: datetime, state: str) -> None:
    """An alert of rule `dry`."""
    row = {"state": state, "rule": "dry", "field_id": "north", "value": 20.0, "evidence": '{"mean": 20.0}'}
    insert(session, settings, "alert", day=opened.date(), opened=opened, alert_id=alert_id, **row)


def reading_batch(sensor: str, numbers: range, step: timedelta = timedelta(seconds=1)) -> pa.RecordBatch:
    """Readings of `sensor` on 2026-03-01 (`numbers` become seq), in all columns of the table."""
    start, size = datetime(2026, 3, 1, tzinfo=UTC), len(numbers)
    dates = pa.array([start + step * n for n in numbers], pa.timestamp("us", "UTC"))
    same = {"field_id": "north", "lon": 139.36, "lat": 35.33, "temperature": 20.5, "humidity": 50.1}
    same |= {"ph": 6.4, "moisture": 31.2, "gateway": "g", "time_source": "board", "late": False}
    return pa.record_batch(
        {
            "sensor_id": pa.array([sensor] * size, pa.string()),
            "day": dates.cast(pa.date32()),
            "date": dates,
            "boot": pa.array([1] * size, pa.int32()),
            "seq": pa.array(numbers, pa.int32()),
            "received": dates,
            "faults": pa.array([[("ph", "crc")]] * size, pa.map_(pa.string(), pa.string())),
        }
        | {name: pa.array([value] * size, pa.scalar(value).type) for name, value in same.items()}
    )
