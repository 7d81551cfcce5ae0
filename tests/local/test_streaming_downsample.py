"""Minutes, hours and days: a stream and a batch come to the same, in any order, with bounded state."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from storage import connect
from storage.farm import Farm
from storage.resolutions import RESOLUTIONS
from storage.settings import Cassandra
from storage.spark.readings import ReadingSink
from storage.spark.write import write
from streaming.context import stream_sink
from streaming.downsample import downsampled, measured_once
from telemetry.clock import iso

pytestmark = pytest.mark.servers

NAMES = ("temperature", "humidity", "ph", "moisture")
START = datetime(2029, 12, 31, 22, 0, tzinfo=UTC)
TABLE = "sensor_id STRING, date TIMESTAMP, temperature DOUBLE, humidity DOUBLE, ph DOUBLE, moisture DOUBLE"


def _readings(count: int = 1500) -> list[dict[str, Any]]:
    """Two sensors over six hours, through a night in which day, month, year and decade end."""
    chance = random.Random(7)
    step = timedelta(hours=6) / count
    return [
        {
            "id": chance.choice(("a", "b")), "boot": 1, "seq": n, "date": iso(START + n * step),
            "main": {
                name: None if chance.random() < 0.1 else round(chance.uniform(-40, 85), 2) for name in NAMES
            },
        }
        for n in range(count)
    ]  # fmt: skip


def _expected(readings: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The same in plain Python, in exact decimals."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for reading in readings:
        at = datetime.fromisoformat(reading["date"]).astimezone(UTC)
        starts = {"reading_1m": at.replace(second=0, microsecond=0)}
        starts["reading_1h"] = starts["reading_1m"].replace(minute=0)
        starts["reading_1d"] = starts["reading_1h"].replace(hour=0)
        for table, start in starts.items():
            groups.setdefault((table, reading["id"], start), []).append(reading["main"])
    return {key: {"count": len(group)} | _row(group) for key, group in groups.items()}


def _row(group: list[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in NAMES:
        values = [main[name] for main in group if main[name] is not None]
        total = sum(Decimal(str(value)) for value in values)
        row |= {f"count_{name}": len(values), f"sum_{name}": int(total * 10**6) if values else None}
        row |= {f"mean_{name}": pytest.approx(float(total / len(values)), rel=1e-15) if values else None}
        row |= {f"min_{name}": min(values, default=None), f"max_{name}": max(values, default=None)}
    return row


def _got(rows: list[Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    got = {}
    for row in (row.asDict() for row in rows):
        row.pop("period", None)
        key = row.pop("table"), row.pop("sensor_id"), row.pop("start").replace(tzinfo=UTC)
        got[key] = row  # of an update the last one counts
    return got


def _batch(spark: SparkSession, readings: list[dict[str, Any]]) -> DataFrame:
    rows = [(r["id"], datetime.fromisoformat(r["date"]), *(r["main"][n] for n in NAMES)) for r in readings]
    return downsampled(spark.createDataFrame(rows, TABLE))


def _streamed(spark: SparkSession, folder: Path, batches: list[list[dict[str, Any]]]) -> tuple[Any, int]:
    """What a stream of these batches comes to, and the greatest number of rows that its means' state held."""
    folder.mkdir()
    for number, batch in enumerate(batches):
        lines = "\n".join(json.dumps(reading) for reading in batch)
        (folder / f"{number:04}.txt").write_text(lines)
    records = spark.readStream.option("maxFilesPerTrigger", 1).text(str(folder))
    rows = downsampled(measured_once(records, "10m"), "10m")
    writer = rows.writeStream.outputMode("update").format("memory").queryName(folder.name)
    query = writer.option("checkpointLocation", str(folder) + "-state").trigger(availableNow=True).start()
    query.awaitTermination(300)
    held = [int(p["stateOperators"][0]["numRowsTotal"]) for p in query.recentProgress if p["stateOperators"]]
    return _got(spark.table(folder.name).collect()), max(held)


def test_a_batch_has_exact_means(spark: SparkSession) -> None:
    readings = _readings()
    rows = _batch(spark, readings).collect()
    assert _got(rows) == _expected(readings)
    periods = {(row["table"], row["period"]) for row in rows}
    assert periods == {
        ("reading_1m", date(2029, 12, 1)), ("reading_1m", date(2030, 1, 1)),
        ("reading_1h", date(2029, 1, 1)), ("reading_1h", date(2030, 1, 1)),
        ("reading_1d", date(2020, 1, 1)), ("reading_1d", date(2030, 1, 1)),
    }  # fmt: skip
    for resolution in RESOLUTIONS:
        mine = {row["period"] for row in rows if row["table"] == resolution.table}
        assert mine == {
            resolution.period(row["start"].date()) for row in rows if row["table"] == resolution.table
        }


def test_values_out_of_all_bounds_are_in_no_sum(spark: SparkSession) -> None:
    readings = _readings(4)
    for reading, value in zip(readings, (1e300, 20.0, -1e6, None), strict=True):
        reading |= {"id": "a", "main": dict.fromkeys(NAMES, value)}
    days = [row for row in _batch(spark, readings).collect() if row["table"] == "reading_1d"]
    assert sum(row["count"] for row in days) == 4
    assert sum(row["count_ph"] for row in days) == 1
    assert [row["mean_ph"] for row in days if row["count_ph"]] == [20.0]


def test_a_stream_comes_to_the_same_however_it_is_cut(spark: SparkSession, tmp_path: Path) -> None:
    readings = _readings()
    cut = [readings[n : n + 100] for n in range(0, len(readings), 100)]
    again = [batch + cut[max(0, n - 1)][-20:] for n, batch in enumerate(cut)]  # and some come twice
    for batch in again:
        random.Random(3).shuffle(batch)
    whole, _ = _streamed(spark, tmp_path / "whole", [readings])
    parts, held = _streamed(spark, tmp_path / "parts", again)
    assert whole == parts == _expected(readings)
    assert held < 2 * (3 * 25 + 2 * 2 + 2 * 2)  # of 720 minutes those behind the watermark are gone


def test_a_series_has_as_many_points_as_a_page_can_show(spark: SparkSession, tables: Cassandra) -> None:
    readings = [reading for reading in _readings() if reading["id"] == "a"]
    raw = [
        (r["id"], at.date(), at, 1, r["seq"], *(r["main"][name] for name in NAMES))
        for r in readings
        if (at := datetime.fromisoformat(r["date"]))
    ]
    columns = "sensor_id STRING, day DATE, date TIMESTAMP, boot INT, seq INT"
    columns += "".join(f", {name} DOUBLE" for name in NAMES)
    write(spark.createDataFrame(raw, columns), stream_sink(tables, "reading", ReadingSink))
    write(_batch(spark, readings), stream_sink(tables, table_column="table"))
    part = _batch(spark, readings[100:]).withColumn("old", F.lit(True))  # as of state that begins anew
    write(part, stream_sink(tables, table_column="table", keep_greater="count", keep_greater_where="old"))

    end = START + timedelta(hours=6)
    with connect(tables.address, keyspace=tables.keyspace) as farm:
        for points, resolution, count in (
            (1000, "raw", len(readings)),
            (360, "1m", 360),
            (100, "1h", 6),
            (5, "1d", 2),
        ):
            series = farm.series("a", start=START, end=end, max_points=points).arrow()
            assert set(series["resolution"].to_pylist()) == {resolution}
            assert series.num_rows <= count if resolution == "1m" else series.num_rows == count
            assert sum(series["count"].to_pylist()) == len(readings)
        _checked(farm, readings, end)


def _checked(farm: Farm, readings: list[dict[str, Any]], end: datetime) -> None:
    expected = _expected(readings)
    for resolution in RESOLUTIONS:
        series = farm.series(["a"], start=START, end=end, resolution=resolution.name).arrow().to_pylist()
        assert [row["date"] for row in series] == sorted(row["date"] for row in series)
        for row in series:
            wanted = expected[resolution.table, "a", row["date"]]
            assert {name: row[name] for name in wanted if name in row} == {
                name: value for name, value in wanted.items() if name in row
            }
    assert len(farm.series("nobody", start=START, end=end)) == 0
