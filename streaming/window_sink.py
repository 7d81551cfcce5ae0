"""What query `windows` does with each batch of changed windows: dry ones, alerts, and table `field_window`.

Alerts go to `sensor-alert-events`, for query `alert-book` to tell.

Everything is an upsert by key, and table `field_window` comes last: what it holds was told. A batch that is
cut off is run again, finds the book as it was before it, and tells and writes the same once more. A window of
before the state began (streaming.begun) of which the table counts more readings is judged as it is there,
and left alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Producer
from pyspark.sql import DataFrame

from storage.writer import write_batches
from streaming.alerts import RULE, Alert, Window
from streaming.book import Book
from streaming.master import Master
from streaming.producer import Sender
from streaming.rows import alert_message, alert_of, parted, window_message, window_of, window_rows
from streaming.settings import Settings
from streaming.stored import Stored
from telemetry.clock import duration
from telemetry.topics import ALERT_EVENTS, DRY_WINDOWS

__all__ = ["WindowSink"]


class WindowSink:
    """For `foreachBatch`, on the driver; the batch holds only windows that changed, so it is small."""

    def __init__(
        self, settings: Settings, tables: Stored, master: Master, producer: Producer, begun: datetime
    ) -> None:
        self._cassandra, self._tables, self._master = settings.cassandra, tables, master
        self._begun = begun
        self._sender, self._prefix = Sender(producer), settings.kafka.topic_prefix
        keep = duration(settings.watermark)
        self._book, self._restored = Book(settings.min_count, timedelta(seconds=keep)), False
        self._recent = ceil((keep + duration(settings.window)) / duration(settings.slide)) + 2

    def __call__(self, batch: DataFrame, epoch: int) -> None:
        changed = batch.toArrow()
        if not changed.num_rows:
            return
        newest: datetime = pc.max(changed["newest"]).as_py()
        fields = self._master.fields
        if not self._restored:
            self._restore(newest)
        rows, better = self._parted(window_rows(changed, fields))
        windows = [window_of(row, fields) for row in (*rows.to_pylist(), *better)]
        self._tell(*self._book.update(windows, newest))
        write_batches(self._cassandra, "field_window", rows.to_batches())

    def _parted(self, rows: pa.Table) -> tuple[pa.Table, list[Mapping[str, Any]]]:
        """Those that are to be written; and in the place of the others those that are stored."""
        starts = zip(rows["field_id"].to_pylist(), rows["window_start"].to_pylist(), strict=True)
        old = [(field, start) for field, start in starts if start < self._begun]
        return parted(rows, self._tables.windows_at(old) if old else [])

    def _restore(self, newest: datetime) -> None:
        fields, until = self._master.fields, newest.date()
        windows = [window_of(row, fields) for row in self._tables.windows(fields, until, self._recent)]
        if windows:
            alerts = [alert_of(row) for row in self._tables.alerts(until) if row.rule == RULE]
            self._book.restore(windows, alerts, max(window.start for window in windows))
        self._restored = True

    def _tell(self, dry: list[Window], alerts: list[Alert]) -> None:
        for window in dry:
            self._sender.send(self._prefix + DRY_WINDOWS.name, *window_message(window))
        for alert in alerts:
            self._sender.send(self._prefix + ALERT_EVENTS.name, *alert_message(alert))
        if dry or alerts:
            self._sender.flush()
