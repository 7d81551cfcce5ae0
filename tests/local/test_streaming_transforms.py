"""The transforms, DataFrame to DataFrame: join, messages, rows of the tables, windows."""

import json
import os
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from streaming.join import checked, join, outgoing
from streaming.master import Master, Snapshot
from streaming.tables import joined_readings, reading_rows, rejected_rows
from streaming.windows import field_windows, windowed_readings
from telemetry.clock import iso
from telemetry.master import Field, Sensor
from telemetry.rejected import rejected_record
from tests.local.streaming_records import CAME, records, rows_of

pytestmark = pytest.mark.servers

FIELD = Field(field_id="north", name="North", moisture_threshold=20.0)
SENSORS = (
    Sensor(sensor_id="7", field_id="north"),
    Sensor(sensor_id="8", field_id="gone"),
    Sensor(sensor_id="9"),
)
CANONICAL = {
    "id": "7", "boot": 1, "seq": 2, "date": "2026-11-24T02:00:00.123Z", "coord": {"lon": 1.5, "lat": 2.5},
    "main": {"temperature": 20.5, "humidity": 50.0, "ph": None, "moisture": 31.25},
    "faults": {"ph": "disconnected"}, "gateway": "g", "received": "2026-11-24T02:00:00.500Z",
    "time_source": "board", "late": True,
}  # fmt: skip
FLAT = {
    "id": 8,
    "date": "2026/11/24 02:00:00",
    "main": {"whc": 30.5, "ph": 6.5, "temperature": 1, "humidity": 2},
}


def messages(spark: SparkSession, values: Sequence[bytes | None]) -> list[dict[str, Any]]:
    """What query `join` sends for these payloads."""
    master = Master(Snapshot(SENSORS, (FIELD,))).frame(spark)
    rows = join(checked(records(spark, values), "UTC", "10m").orderBy("offset"), master)
    return rows_of(outgoing(rows, "t-"))


def test_both_shapes_become_canonical_records_with_their_field(spark: SparkSession) -> None:
    without = json.dumps(CANONICAL | {"id": "9"}).encode()
    canonical, flat, homeless = messages(
        spark, [json.dumps(p).encode() for p in (CANONICAL, FLAT)] + [without]
    )
    assert {m["topic"] for m in (canonical, flat, homeless)} == {"t-joined-sensor-data"}
    assert canonical["key"] == "7"
    assert json.loads(canonical["value"]) == CANONICAL | {"field_id": "north", "field_name": "North"}
    assert json.loads(flat["value"]) == {
        "id": "8", "boot": None, "seq": None, "date": "2026-11-24T02:00:00.000Z", "coord": None,
        "main": {"temperature": 1.0, "humidity": 2.0, "ph": 6.5, "moisture": 30.5},
        "faults": {"coord": "absent"}, "gateway": None, "received": None, "time_source": None, "late": False,
        "field_id": "gone", "field_name": None,
    }  # fmt: skip
    assert [json.loads(homeless["value"])[name] for name in ("field_id", "field_name")] == [None, None]


def test_what_is_refused_is_named_by_its_place(spark: SparkSession) -> None:
    far = json.dumps(FLAT | {"date": "2035/01/01 00:00:00"}).encode()
    long = b"\xff" * 5000
    _, first, second, third = messages(spark, [json.dumps(CANONICAL).encode(), far, None, long])
    assert (first["topic"], first["key"]) == ("t-sensor-data-rejected", "sensor-data/0/1")
    assert json.loads(first["value"]) == {
        "reject_id": "sensor-data/0/1", "stage": "stream", "source": "kafka:sensor-data",
        "reason": "date 2035-01-01 00:00:00 is more than 10m after its arrival",
        "raw": b64encode(far).decode(), "received": iso(CAME),
    }  # fmt: skip
    assert json.loads(second["value"])["raw"] == ""
    assert json.loads(third["value"])["raw"] == b64encode(long[:4096]).decode()


def test_joined_records_become_rows_of_table_reading(spark: SparkSession) -> None:
    sent = [json.dumps(payload).encode() for payload in (CANONICAL, FLAT)]
    joined = [message["value"].encode() for message in messages(spark, sent)]
    canonical, flat = rows_of(reading_rows(records(spark, joined)))
    at = datetime(2026, 11, 24, 2, 0, 0, 123000, UTC)
    assert canonical == {
        "sensor_id": "7", "day": at.date(), "date": at, "boot": 1, "seq": 2, "field_id": "north", "lon": 1.5,
        "lat": 2.5, "temperature": 20.5, "humidity": 50.0, "ph": None, "moisture": 31.25,
        "faults": {"ph": "disconnected"}, "gateway": "g",
        "received": at.replace(microsecond=500000), "time_source": "board", "late": True,
    }  # fmt: skip
    assert (flat["sensor_id"], flat["boot"], flat["seq"], flat["moisture"]) == ("8", -1, -1, 30.5)


FOREIGN: list[bytes | None] = [
    None, b"", b"\xff\xfe", b"null", b"[]", b"{}", b'{"id":7', b'{"id":"7"}',
    b'{"id":"","date":"2026-11-24T02:00:00Z"}',
    b'{"id":"7","date":"yesterday"}', json.dumps(CANONICAL | {"id": "x" * 70_000}).encode(),
    json.dumps(CANONICAL | {"faults": 3, "date": None}).encode(),
]  # fmt: skip


def test_foreign_records_in_the_joined_topic_are_left_out(spark: SparkSession) -> None:
    assert rows_of(joined_readings(records(spark, FOREIGN))) == []
    assert rows_of(windowed_readings(records(spark, FOREIGN))) == []


def test_rejected_records_become_rows_and_so_do_foreign_ones(spark: SparkSession) -> None:
    ours = rejected_record("mqtt:farm/7/reading", b"\x00raw", "not JSON", CAME)
    odd = ours | {"reject_id": "x" * 70_000}
    values = [json.dumps(record).encode() for record in (ours, odd)] + FOREIGN
    first, *others = rows_of(rejected_rows(records(spark, values, "sensor-data-rejected")))
    assert first == {
        "reject_id": ours["reject_id"], "stage": "gateway", "source": "mqtt:farm/7/reading",
        "reason": "not JSON", "raw": b"\x00raw", "received": CAME,
    }  # fmt: skip
    assert [row["reject_id"] for row in others] == [
        f"sensor-data-rejected/0/{n}" for n in range(1, len(values))
    ]
    assert {row["reason"] for row in others} == {"not a rejected record"}
    assert [row["raw"] for row in others[1:]] == [value and value[:4096] for value in FOREIGN]


START = datetime(2026, 6, 1, 12, tzinfo=UTC)
READINGS = "id STRING, boot INT, seq INT, date TIMESTAMP, field_id STRING, " + ", ".join(
    f"{name} DOUBLE" for name in ("temperature", "humidity", "ph", "moisture")
)


def reading(seq: int, minute: float, moisture: float | None, sensor: str = "7") -> dict[str, Any]:
    date = (START + timedelta(minutes=minute)).isoformat()
    values = {"temperature": 20.0, "humidity": None, "ph": 6.0, "moisture": moisture}
    return {"id": sensor, "boot": 1, "seq": seq, "date": date, "field_id": "north"} | values


def windows_of(spark: SparkSession, folder: Path, batches: Iterable[list[dict[str, Any]]]) -> DataFrame:
    """The last update of each window, from a streaming query that reads one file in each batch."""
    for number, batch in enumerate(batches):
        path = folder / f"{number}.json"
        path.write_text("\n".join(map(json.dumps, batch)))
        os.utime(path, (number, number))  # the oldest file is read first
    stream = spark.readStream.schema(READINGS).option("maxFilesPerTrigger", 1).json(str(folder))
    name = f"windows_{folder.name}"
    windows = field_windows(stream, "5m", "1m", "10m").withColumn("order", F.current_timestamp())
    query = windows.writeStream.outputMode("update").format("memory").queryName(name)
    query.trigger(availableNow=True).start().awaitTermination()
    last = spark.table(name).groupBy("window_start").agg(F.max_by(F.struct("*"), "order").alias("w"))
    return last.select("w.*").drop("order")


def test_windows_are_means_that_leave_nulls_out(spark: SparkSession, tmp_path: Path) -> None:
    batch = [reading(1, 0.5, 10.0), reading(2, 1.5, None), reading(3, 1.75, 30.0, "8")]
    rows = {row["window_start"]: row for row in rows_of(windows_of(spark, tmp_path, [batch]))}
    assert min(rows) == START - timedelta(minutes=4)
    assert max(rows) == START + timedelta(minutes=1)
    assert rows[START] == {
        "field_id": "north", "window_start": START, "window_end": START + timedelta(minutes=5),
        "newest": START + timedelta(seconds=105), "count": 3,
        "count_temperature": 3, "mean_temperature": 20.0, "count_humidity": 0, "mean_humidity": None,
        "count_ph": 3, "mean_ph": 6.0, "count_moisture": 2, "mean_moisture": 20.0,
    }  # fmt: skip
    assert rows[max(rows)]["mean_moisture"] == 30.0


def test_duplicates_count_once_and_late_readings_count_within_the_watermark(
    spark: SparkSession, tmp_path: Path
) -> None:
    first, late, too_late = reading(1, 0, 10.0), reading(2, 1, 20.0), reading(3, 0, 90.0)
    legacy = reading(0, 2, 30.0, "8") | {"boot": None, "seq": None}
    batches = [
        [first, first, legacy],
        [legacy, first, reading(4, 10, 50.0)],
        [late, late],
        [reading(5, 60, 50.0)],
        [too_late, reading(6, 61, 50.0)],
    ]
    rows = {row["window_start"]: row for row in rows_of(windows_of(spark, tmp_path, batches))}
    assert (rows[START]["count"], rows[START]["mean_moisture"]) == (3, 20.0)
