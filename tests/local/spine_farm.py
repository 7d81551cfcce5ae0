"""What a pipeline has stored: its tables, and the newest message of each key in the topics of dry fields."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from cassandra.util import Date
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from storage.session import Session, connect
from storage.settings import Cassandra
from tests.local.reconcile_facts import Found, Row

__all__ = ["field_of", "messages", "read_found"]

DRY = "soil-moisture-low"
"""The rule that a manifest's windows are compared with; alerts of others have tests of their own."""


def read_found(
    cassandra: Cassandra, bootstrap: str, *, fields: Iterable[str], mine: Callable[[Row], bool]
) -> Found:
    """All rows and messages of these fields; readings and rejected records as far as `mine` says so."""
    wanted = set(fields)
    with connect(cassandra) as session:

        def rows(table: str) -> list[Row]:
            return _rows(session, cassandra.table(table))

        readings = rows("reading")
        return Found(
            newest=max(row["date"] for row in readings if row["field_id"] is not None),
            readings=[row for row in readings if mine(row)],
            rejected=[row for row in rows("rejected") if mine(row)],
            windows=[row for row in rows("field_window") if row["field_id"] in wanted],
            alerts=[row for row in rows("alert") if row["field_id"] in wanted and row["rule"] == DRY],
            dry_messages=_of(messages(bootstrap, "whc-less-sensor-data"), wanted),
            alert_messages={
                key: value
                for key, value in _of(messages(bootstrap, "sensor-alerts"), wanted).items()
                if value["rule"] == DRY
            },
        )


def field_of(cassandra: Cassandra, sensor: str) -> str | None:
    """The field in the newest of the sensor's readings."""
    today = datetime.now(UTC).date()
    query = f"SELECT field_id FROM {cassandra.table('reading')} WHERE sensor_id = %s AND day = %s LIMIT 1"
    with connect(cassandra) as session:
        row = session.execute(query, (sensor, today)).one()
    return str(row.field_id) if row and row.field_id else None


def messages(bootstrap: str, topic: str) -> dict[str, Row]:
    """The newest value of each key, all partitions read to the end of this moment."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "spine", "enable.auto.commit": False})
    newest: dict[str, Row] = {}
    try:
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        for number in partitions:
            at = TopicPartition(topic, number, OFFSET_BEGINNING)
            read, end = consumer.get_watermark_offsets(at, timeout=20)
            consumer.assign([at])
            while read < end:
                for message in consumer.consume(500, timeout=0.1):
                    key, value, offset = message.key(), message.value(), message.offset()
                    assert message.error() is None and key and value and offset is not None
                    newest[key.decode()], read = msgspec.json.decode(value), offset + 1
    finally:
        consumer.close()
    return newest


def _of(newest: dict[str, Row], fields: set[str]) -> dict[str, Row]:
    return {key: value for key, value in newest.items() if value["field_id"] in fields}


def _rows(session: Session, table: str) -> list[Row]:
    query = session.execute(f"SELECT * FROM {table}", timeout=120)
    return [{name: _plain(value) for name, value in row._asdict().items()} for row in query]


def _plain(value: Any) -> Any:
    """The driver's instants are UTC without saying so, its dates a type of its own; an empty map is none."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return value.date() if isinstance(value, Date) else value
