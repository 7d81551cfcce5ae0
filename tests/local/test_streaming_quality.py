"""The operator of query `quality` in Spark: batches in any order, a restart, more buckets, another state."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession

from streaming.quality.limits import Limits
from streaming.quality.query import bucket_folder, quality_rows
from streaming.settings import KafkaSettings, Settings
from streaming.upgrade import STATES, State, fit
from telemetry.clock import iso, to_epoch_ms
from telemetry.quality import decode
from tests.local.streaming_records import KAFKA
from tests.unit.streaming.quality.series_of import Series
from tests.unit.streaming.quality.test_control import whole

pytestmark = pytest.mark.servers

START = datetime(2026, 6, 1, tzinfo=UTC)
SENSORS = [f"s{number}" for number in range(30)]
BEFORE, COUNT = 12, 24
"""Readings of each sensor, one in ten seconds; the first of them hours before, to be learned from."""

DATES = [START + timedelta(hours=-3 if seq < BEFORE else 0, seconds=10 * seq) for seq in range(COUNT)]


def value(sensor: int, seq: int) -> float | None:
    """A course with a spike, a flat line, and one that is missing."""
    if (sensor + seq) % 11 == 0:
        return None
    return 20.0 if sensor % 3 == 0 else 45.0 if seq == 5 + sensor % 3 else round(20 + 0.3 * seq, 2)


def readings() -> list[tuple[int, bytes]]:
    """Offset and record of each reading, by time."""
    made = []
    for seq in range(COUNT):
        for number, sensor in enumerate(SENSORS):
            moisture = value(number, seq)
            made.append({
                "id": sensor, "boot": 0, "seq": seq, "date": iso(DATES[seq]),
                "coord": {"lon": 10.0, "lat": 20.0}, "main": {"moisture": moisture},
                "faults": {} if moisture else {"moisture": "crc"}, "late": False,
            })  # fmt: skip
    return list(enumerate(json.dumps(one).encode() for one in made))


class Flow:
    """The query over records that are handed to it as files, a batch each; `stored` is its table."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self._spark, self._folder, self._number = spark, folder, 0
        self.checkpoints = folder / "checkpoints"
        self._settings = Settings(
            kafka=KafkaSettings(bootstrap="k:1"), checkpoints=str(self.checkpoints), progress="p"
        )
        self.stored: dict[tuple[str, int, int, int], dict[str, Any]] = {}
        self._lock = threading.Lock()

    def put(self, records: Sequence[tuple[int, bytes]]) -> None:
        rows = [(b"k", text, "joined-sensor-data", 0, offset, START) for offset, text in records]
        target = self._folder / "in" / f"{self._number:05}"
        self._spark.createDataFrame(rows, KAFKA).coalesce(1).write.parquet(str(target))
        self._number += 1

    def run(self, sensors: int = len(SENSORS), states: Mapping[str, State] = STATES) -> list[str]:
        """As the application does: all that is there, a file in a batch; what is told of old checkpoints.

        Goes on where a worker came up too slowly.
        """
        told = list(fit(self._settings, states))
        checkpoint, buckets = bucket_folder(self.checkpoints / "quality", sensors)
        source = self._spark.readStream.schema(KAFKA).option("maxFilesPerTrigger", 1)
        rows = quality_rows(source.parquet(str(self._folder / "in" / "*")), Limits(), "10m", buckets)
        writer = rows.writeStream.outputMode("update").foreachBatch(self._keep)
        writer = writer.option("checkpointLocation", str(checkpoint))
        for _ in range(20):
            try:
                writer.trigger(availableNow=True).start().awaitTermination()
                return told
            except StreamingQueryException as why:  # Spark gives a worker 10 s, however busy the machine is
                if "failed to connect back" not in str(why):
                    raise
        raise AssertionError("no Python worker came up")

    def _keep(self, batch: DataFrame, epoch: int) -> None:
        for row in batch.toArrow().to_pylist():
            key = row["sensor_id"], to_epoch_ms(row["date"]), row["boot"], row["seq"]
            with self._lock:
                self.stored[key] = row


@pytest.fixture
def flow(spark: SparkSession, tmp_path: Path) -> Iterator[Flow]:
    yield Flow(spark, tmp_path)


def test_flags_are_those_of_the_whole_series_after_a_restart_and_after_upgrades(flow: Flow) -> None:
    sent = readings()
    before, rest = sent[: BEFORE * len(SENSORS)], sent[BEFORE * len(SENSORS) :]
    order = np.random.default_rng(1).permutation(len(rest))
    parts = [[rest[i] for i in part] for part in np.array_split(order, 4)]
    for part in (before, *parts[:2]):
        flow.put(part)
    assert not flow.run()
    for part in (*parts[2:], parts[0]):  # the last one is a repeat
        flow.put(part)
    assert not flow.run()
    after = dict(flow.stored)
    assert len(after) == len(sent)
    assert {key: expected(key, row) for key, row in after.items()} == {key: row for key, row in after.items()}
    last = [row for key, row in after.items() if key[3] == COUNT - 1]
    assert [row["anomaly"] is None for row in last] == [value(n, COUNT - 1) is None for n in of(last)]
    flow.stored.clear()
    assert not flow.run(sensors=2001)
    assert flow.stored == after
    flow.stored.clear()
    [told] = flow.run(states={"quality": STATES["quality"]._replace(version=99)})
    assert "Query quality starts anew" in told
    assert flow.stored == after
    made = sorted(path.parent.relative_to(flow.checkpoints) for path in flow.checkpoints.glob("*/*/commits"))
    first, *aside = [str(path) for path in made]
    assert first == "quality/4"
    assert [one.split("/")[1] for one in aside] == ["4", "8"]


def of(rows: Sequence[dict[str, Any]]) -> list[int]:
    return [SENSORS.index(row["sensor_id"]) for row in rows]


def expected(key: tuple[str, int, int, int], row: dict[str, Any]) -> dict[str, Any]:
    """The row with moisture's flags as the pure functions give them on the sensor's whole series."""
    sensor, date, _, seq = key
    number = SENSORS.index(sensor)
    values = [value(number, i) for i in range(COUNT)]
    dates = np.array([to_epoch_ms(date) for date in DATES])
    degrees = np.full(COUNT, 10.0), np.full(COUNT, 20.0)
    made = Series(dates, np.array([np.nan if v is None else v for v in values]), *degrees)
    told = whole(sensor, made, Limits())[sensor, date, 0, seq][0].split(".")
    moisture = told[-1] + str(decode(row["quality_tests"])["moisture"]["anomaly"])
    return row | {"quality_tests": ".".join([*row["quality_tests"].split(".")[:-1], moisture])}
