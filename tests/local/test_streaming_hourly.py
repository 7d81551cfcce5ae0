"""Query `hourly` on a real table: means of readings, judged by field when an hour is over."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from storage.farm import Farm
from storage.session import connect
from storage.settings import Cassandra
from streaming.backfill.job import backfill
from streaming.begun import FROM_THE_START
from streaming.master import Master, Snapshot
from streaming.quality.hour_sink import HourSink
from streaming.quality.limits import Limits
from streaming.settings import KafkaSettings, Settings
from streaming.stored import stored
from telemetry.master import Field, Sensor
from tests.local.storage_tables import insert, migrated
from tests.servers import Server

pytestmark = pytest.mark.servers

START = datetime(2026, 6, 20, tzinfo=UTC)  # the span goes over the end of a month
HOUR = timedelta(hours=1)
FIELD = Field(field_id="north", name="North", soil="loam", moisture_threshold=20.0)
SENSORS = ("a", "b", "c")
MASTER = Master(Snapshot(tuple(Sensor(sensor_id=name, field_id="north") for name in SENSORS), (FIELD,)))
MEANS = pa.schema([
    ("sensor_id", pa.string()), ("field_id", pa.string()), ("hour", pa.timestamp("us", "UTC")),
    ("count", pa.int32()), ("moisture", pa.float64()),
])  # fmt: skip


@pytest.fixture
def tables(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings:
        yield settings


def course(sensor: str) -> list[float | None]:
    """800 hours: a spike in hour 50 of a, ten too wet ones of b, an hour of c without a value."""
    usual: list[float | None] = [25 + 0.01 * (hour % 24) for hour in range(800)]
    if sensor == "a":
        usual[50] = 35.0
    if sensor == "b":
        usual[390:400] = [50.0] * 10
    if sensor == "c":
        usual[60] = None
    return usual


def means(hours: Sequence[int], count: int = 6) -> pa.Table:
    rows = [
        {"sensor_id": sensor, "field_id": "north", "hour": START + hour * HOUR, "count": count,
         "moisture": course(sensor)[hour]}
        for sensor in SENSORS for hour in hours
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, MEANS)


def judged(tables: Cassandra) -> dict[tuple[str, int], Mapping[str, Any]]:
    with connect(tables) as session:
        found = session.execute(f"SELECT * FROM {tables.table('reading_hour_quality')}").all()
    rows = [row._asdict() for row in found]
    return {(row["sensor_id"], round((row["hour"].replace(tzinfo=UTC) - START) / HOUR)): row for row in rows}


def test_hours_are_judged_when_they_are_over_whatever_the_batches(
    spark: SparkSession, tables: Cassandra
) -> None:
    with stored(tables) as reads:
        sink = HourSink(tables, reads, MASTER, Limits(), FROM_THE_START)
        sink(spark.createDataFrame(means(range(300))), 0)
        again = HourSink(tables, reads, MASTER, Limits(), FROM_THE_START)  # after a restart
        again(spark.createDataFrame(means(range(299, 399))), 1)
        for hour in (398, 399):
            again(spark.createDataFrame(means([hour])), 2)
        once = judged(tables)
        again(spark.createDataFrame(means([399])), 3)
        anew = HourSink(tables, reads, MASTER, Limits(), START + 1000 * HOUR)  # Kafka has a part of them left
        anew(
            spark.createDataFrame(means([399], 5).set_column(4, "moisture", pa.array([1.0] * len(SENSORS)))),
            0,
        )
        repeated = judged(tables)
        again(spark.createDataFrame(means(range(400, 771))), 4)  # hour 50 is the first of its 30 days
    assert len(once) == 1200
    assert (once["a", 50]["ismn"], once["a", 50]["quality"]) == ("D06", 3)
    assert (once["b", 395]["ismn"].split()[0], once["b", 395]["quality"]) == ("C03", 4)
    assert once["b", 395]["neighbour"] == 3
    assert once["a", 395]["neighbour"] == 1
    assert (once["c", 60]["quality"], once["c", 60]["neighbour"]) == (9, 9)
    assert (once["a", 100]["quality"], once["a", 100]["ismn"]) == (1, "")
    assert (once["a", 399]["quality"], once["a", 399]["moisture"]) == (None, course("a")[399])
    assert repeated == once
    assert {judged(tables)["a", hour]["ismn"] for hour in (49, 50)} == {"", "D06"}


def test_an_hour_that_misses_late_readings_is_computed_again_and_then_judged(
    spark: SparkSession, tables: Cassandra
) -> None:
    named = KafkaSettings(bootstrap="nowhere:1")
    settings = Settings(kafka=named, cassandra=tables, checkpoints="", progress="")
    hour = START + 10 * HOUR
    with connect(tables) as session:
        for seq in range(8):  # the last one has no value
            at = hour + seq * HOUR / 8
            insert(
                session, tables, "reading", sensor_id="a", day=at.date(), date=at, boot=1, seq=seq,
                late=False, field_id="north", moisture=50.0 if seq < 7 else None,
            )  # fmt: skip
    with stored(tables) as reads, Farm(tables) as farm:
        sink = HourSink(tables, reads, MASTER, Limits(), FROM_THE_START)
        sink(spark.createDataFrame(means(range(20))), 0)

        def run(dry_run: bool) -> list[int]:
            days = backfill(farm, settings, START, lambda: nullcontext(spark), dry_run=dry_run)
            return [day.spans for day in days]

        before = judged(tables)
        assert run(True) == [1]
        assert judged(tables) == before
        assert (run(False), run(False)) == ([1], [])
        assert (judged(tables)["a", 10]["count"], judged(tables)["a", 10]["moisture"]) == (7, 50.0)
        sink(spark.createDataFrame(means([20])), 1)
    after = judged(tables)
    assert (before["a", 10]["quality"], after["a", 10]["quality"]) == (1, 4)
    assert after["a", 10]["ismn"].split()[0] == "C03"
    assert after["b", 10] == before["b", 10]
