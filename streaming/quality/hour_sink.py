"""What query `hourly` does with each batch of changed means: table `reading_hour_quality`.

A field is judged when an hour is over (a later one has begun in it) and when an hour that was over changes,
from the table's own last 30 days: so nothing is held that a restart would lose, and a repeated batch writes
the same. Only flags that changed are written. A mean of before the state began (streaming.begun) stays where
it is of more readings.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from storage.how import How
from storage.settings import Cassandra
from storage.writer import write_batches
from streaming.master import Master
from streaming.quality.flags import Floats
from streaming.quality.hourly import SPAN, Judged, judge
from streaming.quality.limits import Limits
from streaming.stored import Stored
from telemetry.quality import MISSING
from telemetry.soil import TEXTURES

__all__ = ["HourSink"]

_HOUR = timedelta(hours=1)
_TIME = pa.timestamp("us", tz="UTC")
_OLD = "old"
_MEANS = pa.schema([
    ("sensor_id", pa.string()), ("month", pa.date32()), ("hour", _TIME),
    ("field_id", pa.string()), ("count", pa.int32()), ("moisture", pa.float64()), (_OLD, pa.bool_()),
])  # fmt: skip
_FLAGS = pa.schema([
    ("sensor_id", pa.string()), ("month", pa.date32()), ("hour", _TIME),
    ("quality", pa.int8()), ("ismn", pa.string()), ("neighbour", pa.int8()),
])  # fmt: skip
_JUDGED = ("quality", "ismn", "neighbour")
_EDGE = 48 * _HOUR
"""At the beginning of the span, where an hour is judged without those that were before it."""

Row = dict[str, Any]


class HourSink:
    """For `foreachBatch`, on the driver: a row for each sensor and hour under way."""

    def __init__(
        self, cassandra: Cassandra, tables: Stored, master: Master, limits: Limits, begun: datetime
    ) -> None:
        self._cassandra, self._tables, self._master, self._limits = cassandra, tables, master, limits
        self._begun = begun
        self._over: dict[str, datetime] = {}

    def __call__(self, batch: DataFrame, epoch: int) -> None:
        rows = batch.toArrow().to_pylist()
        means = [row | {"month": _month(row["hour"]), _OLD: row["hour"] < self._begun} for row in rows]
        if means:
            how = How(ignore_nulls=True, keep_greater="count", keep_greater_where=_OLD)
            self._write(pa.Table.from_pylist(means, _MEANS), how)
        for field in sorted({row["field_id"] for row in rows}):
            changed = [row for row in rows if row["field_id"] == field]
            newest = max(row["hour"] for row in changed)
            if newest != self._over.get(field) or any(row["hour"] < newest for row in changed):
                newest = max(newest, self._over.get(field, newest))
                self._judge(field, {row["sensor_id"] for row in changed}, newest)
                self._over[field] = newest

    def _judge(self, field: str, changed: Iterable[str], until: datetime) -> None:
        """All hours of the field before `until`."""
        sensors = sorted({*changed, *self._master.members.get(field, ())})
        since = until - SPAN * _HOUR
        stored = self._tables.hours(sensors, _months(since, until), since, until)
        if not stored:
            return
        known = self._master.fields.get(field)
        texture = TEXTURES.get(known.soil) if known else None
        saturation = 100 * texture.saturation if texture else None
        judged = judge(_matrix(sensors, stored, since), saturation, self._limits)
        told = [_flagged(row, judged, sensors.index(row["sensor_id"]), since) for row in stored]
        new = [
            flags for flags, row in zip(told, stored, strict=True)
            if _may_change(row, since) and any(flags[name] != row[name] for name in _JUDGED)
        ]  # fmt: skip
        if new:
            self._write(pa.Table.from_pylist(new, _FLAGS), How(ignore_nulls=True))

    def _write(self, rows: pa.Table, how: How) -> None:
        write_batches(self._cassandra, "reading_hour_quality", rows.to_batches(), how)


def _may_change(row: Row, since: datetime) -> bool:
    """An hour that was judged when all was there that it depends on keeps its flags as the span goes on."""
    return row["quality"] is None or _hour(row) >= since + _EDGE


def _months(since: datetime, until: datetime) -> list[date]:
    days = (since.date() + timedelta(days=day) for day in range((until - since).days + 2))
    return sorted({day.replace(day=1) for day in days})


def _matrix(sensors: list[str], stored: list[Row], since: datetime) -> Floats:
    hourly = np.full((len(sensors), SPAN), np.nan)
    for row in stored:
        value = row["moisture"]
        hourly[sensors.index(row["sensor_id"]), _column(row, since)] = np.nan if value is None else value
    return hourly


def _flagged(row: Row, judged: Judged, sensor: int, since: datetime) -> Row:
    at = sensor, _column(row, since)
    missing = row["moisture"] is None
    return {
        "sensor_id": row["sensor_id"], "month": _month(_hour(row)), "hour": _hour(row),
        "quality": MISSING if missing else int(judged.quality[at]),
        "ismn": str(judged.names[at]), "neighbour": int(judged.neighbours[at]),
    }  # fmt: skip


def _month(hour: datetime) -> date:
    return hour.date().replace(day=1)


def _column(row: Row, since: datetime) -> int:
    return round((_hour(row) - since) / _HOUR)


def _hour(row: Row) -> datetime:
    """Cassandra's instants come without a zone."""
    at: datetime = row["hour"]
    return at.replace(tzinfo=UTC)
