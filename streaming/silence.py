"""Query `silence`: boards of which nothing is heard, to `sensor-alert-events`; query `alert-book` tells them.

A stateful operator by bucket of boards (streaming.hearing), its state one value in RocksDB, with one timer in
event time for each bucket: when its next board falls due. Event time is when readings were received, of all
boards together; so where nothing comes at all, nobody falls silent.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.stateful_processor import (
    ExpiredTimerInfo,
    StatefulProcessor,
    StatefulProcessorHandle,
    TimerValues,
)

from streaming.events import of_sensor
from streaming.facts import Event, value_of
from streaming.hearing import Boards, Heard
from streaming.schema import JOINED
from streaming.tables import joined_readings
from streaming.windows import interval
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS

__all__ = ["Hearing", "heard", "silences"]

_OUT = "key STRING, sensor STRING, value STRING"
_COLUMNS = Heard.__struct_fields__


def heard(records: DataFrame, buckets: int) -> DataFrame:
    """Records of `joined-sensor-data`: `bucket`, `came` (when received or measured), `offset`, and Heard."""
    rows = joined_readings(records, JOINED, "offset")
    came = F.coalesce("received", "date")
    return rows.select(
        F.pmod(F.crc32(F.col("id").cast("binary")), F.lit(buckets)).cast("int").alias("bucket"),
        came.alias("came"),
        "offset", "id", "boot", "seq",
        F.unix_millis("date").alias("date"),
        F.unix_millis(came).alias("heard"),
        "field_id", "field_name",
    )  # fmt: skip


def silences(rows: DataFrame, processor: "Hearing", delay: str, prefix: str = "") -> DataFrame:
    """Rows of `heard` to Kafka messages; received later than `delay` after others, a reading is left out."""
    found = (
        rows.withWatermark("came", interval(delay))
        .groupBy("bucket")
        .transformWithStateInPandas(processor, _OUT, "Update", "EventTime")
    )
    topic = F.lit(prefix + ALERT_EVENTS.name).alias("topic")
    return found.select(topic, of_sensor(F.col("sensor")), "key", "value")


class Hearing(StatefulProcessor):
    """One bucket at a time."""

    def __init__(self, rules: tuple[Rule, ...], soils: Mapping[str, str]) -> None:
        self._rules, self._soils = rules, dict(soils)

    def init(self, handle: StatefulProcessorHandle) -> None:
        """Called in the worker, once for each task."""
        self._handle = handle
        self._kept = handle.getValueState("boards", "boards BINARY")

    def handleInputRows(
        self, key: Any, rows: Iterator[Any], timerValues: TimerValues
    ) -> Iterator[pd.DataFrame]:
        """Readings of the bucket, as data frames."""
        boards = self._boards()
        frame = pd.concat(list(rows)).sort_values("offset", kind="stable")
        events = list(boards.take(_heard(frame)))
        yield from self._done(boards, events, timerValues)

    def handleExpiredTimer(
        self, key: Any, timerValues: TimerValues, expiredTimerInfo: ExpiredTimerInfo
    ) -> Iterator[pd.DataFrame]:
        """A board of the bucket has fallen due."""
        yield from self._done(self._boards(), [], timerValues)

    def _boards(self) -> Boards:
        kept = self._kept.get()
        return Boards(self._rules, self._soils, bytes(kept[0]) if kept else None)

    def _done(self, boards: Boards, events: list[Event], timer: TimerValues) -> Iterator[pd.DataFrame]:
        events += boards.passed(timer.getCurrentWatermarkInMs())
        self._kept.update((boards.state,))
        due = boards.due
        wanted = {due + 1} if due is not None else set[int]()
        there = set(self._handle.listTimers())
        for at in there - wanted:
            self._handle.deleteTimer(at)
        for at in wanted - there:
            self._handle.registerTimer(at)
        if events:
            values = [msgspec.json.encode(value_of(event)).decode() for event in events]
            columns = {"key": [e.event_id for e in events], "sensor": [e.sensor_id for e in events]}
            yield pd.DataFrame(columns | {"value": values})


def _heard(frame: pd.DataFrame) -> Iterator[Heard]:
    cells = (frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in _COLUMNS)
    for id_, boot, seq, date, at, field_id, field_name in zip(*cells, strict=True):
        yield Heard(
            id=id_, boot=None if boot is None else int(boot), seq=None if seq is None else int(seq),
            date=int(date), heard=int(at), field_id=field_id, field_name=field_name,
        )  # fmt: skip
