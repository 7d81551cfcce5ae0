"""The master is read again and again, and stays as it is while it cannot be read."""

import logging
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from streaming.master import Master, Snapshot, kept_current
from telemetry.errors import FarmstreamError
from telemetry.master import Field, Sensor

NORTH = Field(field_id="north", name="North", moisture_threshold=20.0)
PLACED = Snapshot((Sensor(sensor_id="7", field_id="north"),), (NORTH,))


def test_the_join_sees_the_sensors_that_stand_in_a_field() -> None:
    sensors = (*PLACED.sensors, Sensor(sensor_id="8", field_id="gone"), Sensor(sensor_id="9"))
    assert Snapshot(sensors, (NORTH,)).table().to_pylist() == [
        {"sensor_id": "7", "field_id": "north", "field_name": "North"},
        {"sensor_id": "8", "field_id": "gone", "field_name": None},
    ]
    assert Snapshot().table().num_rows == 0


def test_replacing_tells_whether_anything_changed() -> None:
    master = Master(Snapshot())
    assert master.replace(PLACED)
    assert master.fields == {"north": NORTH}
    assert not master.replace(Snapshot(PLACED.sensors, PLACED.fields))


def test_a_failed_read_leaves_it_and_a_later_one_counts(caplog: pytest.LogCaptureFixture) -> None:
    def reads() -> Iterator[Snapshot]:
        yield Snapshot()
        yield PLACED

    answers, away = reads(), iter([False, True, True, False])

    def read() -> Snapshot:
        if next(away, True):
            raise FarmstreamError("Cassandra is away.")
        return next(answers)

    with caplog.at_level(logging.INFO), kept_current(read, 0.01) as master:
        assert not master.fields
        deadline = monotonic() + 30
        while not master.fields and monotonic() < deadline:
            sleep(0.01)
        assert master.fields == {"north": NORTH}
    assert "The master data stays as it was: Cassandra is away." in caplog.messages
    assert "The master data has changed." in caplog.messages
