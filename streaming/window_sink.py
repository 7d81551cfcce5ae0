"""What query `windows` does with each batch of changed windows: tables, topics and alerts.

Everything is an upsert by key, tables last: a batch that is cut off is run again and writes the same rows.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Producer
from pyspark.sql import DataFrame

from storage.writer import write_batches
from streaming.alerts import Alert, Window
from streaming.book import Book
from streaming.master import Master
from streaming.rows import alert_message, alert_of, alert_rows, window_message, window_of, window_rows
from streaming.settings import Settings
from streaming.stored import Stored
from telemetry.clock import duration
from telemetry.errors import FarmstreamError
from telemetry.topics import ALERTS, DRY_WINDOWS, Topic

__all__ = ["TopicUnreachable", "WindowSink", "alert_producer"]

_FLUSH = 60.0


class TopicUnreachable(FarmstreamError):
    """Kafka did not take the alerts; the batch will be run again."""


def alert_producer(bootstrap: str) -> Producer:
    """A producer for dry windows and alerts: each message acknowledged by all replicas."""
    return Producer(
        {"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5}
    )


class WindowSink:
    """For `foreachBatch`, on the driver; the batch holds only windows that changed, so it is small."""

    def __init__(self, settings: Settings, tables: Stored, master: Master, producer: Producer) -> None:
        self._cassandra, self._tables, self._master, self._producer = (
            settings.cassandra,
            tables,
            master,
            producer,
        )
        keep = timedelta(seconds=duration(settings.watermark))
        self._book, self._restored = Book(settings.min_count, keep), False
        self._failed = ""
        self._prefix = settings.kafka.topic_prefix

    def __call__(self, batch: DataFrame, epoch: int) -> None:
        changed = batch.toArrow()
        if not changed.num_rows:
            return
        newest: datetime = pc.max(changed["newest"]).as_py()
        if not self._restored:
            self._restore(newest)
        fields = self._master.fields
        rows = window_rows(changed, fields)
        self._write("field_window", rows)
        windows = [window_of(row, fields) for row in rows.to_pylist()]
        self._tell(*self._book.update(windows, newest))

    def _restore(self, newest: datetime) -> None:
        fields, until = self._master.fields, newest.date()
        windows = [window_of(row, fields) for row in self._tables.windows(fields, until)]
        if windows:
            alerts = [alert_of(row) for row in self._tables.alerts(until)]
            self._book.restore(windows, alerts, max(window.start for window in windows))
        self._restored = True

    def _tell(self, dry: list[Window], alerts: list[Alert]) -> None:
        for window in dry:
            self._send(DRY_WINDOWS, *window_message(window))
        for alert in alerts:
            self._send(ALERTS, *alert_message(alert))
        if (dry or alerts) and (self._producer.flush(_FLUSH) or self._failed):
            self._producer.purge()
            raise TopicUnreachable(
                f"Kafka has not taken the alerts ({self._failed or 'no answer'}): is it running?"
            )
        if alerts:
            self._write("alert", alert_rows(alerts))

    def _send(self, topic: Topic, key: str, value: dict[str, Any]) -> None:
        self._producer.produce(
            self._prefix + topic.name, msgspec.json.encode(value), key.encode(), on_delivery=self._delivered
        )
        self._producer.poll(0)

    def _delivered(self, error: object, message: object) -> None:
        self._failed = str(error) if error is not None else self._failed

    def _write(self, table: str, rows: pa.Table) -> None:
        write_batches(self._cassandra, table, rows.to_batches())
