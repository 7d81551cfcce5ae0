"""What the storage tests share: a keyspace of their own, and rows put into its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from storage.migrate import migrate
from storage.session import Session, connect
from storage.settings import Cassandra
from tests.servers import Server

__all__ = ["insert", "insert_alert", "insert_reading", "migrated", "own_keyspace"]


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
