"""The tables' columns are projections of telemetry: held equal to it."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from storage.latest import KEPT
from storage.resolutions import RESOLUTIONS, Resolution
from telemetry.master import Field, Sensor
from telemetry.quantities import QUANTITIES
from telemetry.reading import Coord, Reading
from telemetry.rejected import rejected_record
from telemetry.rule import Rule
from tests.unit.storage.cql import columns, key

MEASURED = {q.name: "double" for q in QUANTITIES}
POSITION = {field.name: "double" for field in structs.fields(Coord)}


def names(kind: type) -> set[str]:
    return {field.name for field in structs.fields(kind)}


def test_reading() -> None:
    table = columns("reading")
    assert table.keys() == names(Reading) - {"id", "coord", "main", "age"} | {
        "sensor_id", "day", "field_id", "after_watermark", "quality", "quality_tests", "anomaly",
        *POSITION, *MEASURED,
    }  # fmt: skip
    assert {name: table[name] for name in MEASURED | POSITION} == MEASURED | POSITION
    assert (table["date"], table["received"], table["boot"], table["seq"]) == (
        *["timestamp"] * 2,
        *["int"] * 2,
    )
    assert key("reading") == "((sensor_id, day), date, boot, seq)"


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_downsampled(resolution: Resolution) -> None:
    expected = {"sensor_id": "text", "period": "date", "start": "timestamp", "count": "int"}
    for name in MEASURED:
        expected |= {f"count_{name}": "int", f"sum_{name}": "bigint"}
        expected |= {f"{what}_{name}": "double" for what in ("mean", "min", "max")}
    assert columns(resolution.table) == expected
    assert key(resolution.table) == "((sensor_id, period), start)"


def test_latest() -> None:
    kept = {name: kind for name, kind in columns("reading").items() if name in KEPT}
    assert columns("reading_latest") == kept | {"bucket": "tinyint"}


def test_field_window() -> None:
    expected = {"field_id": "text", "day": "date", "window_start": "timestamp", "window_end": "timestamp"}
    expected |= {"count": "int", "threshold": "double"}
    expected |= {f"count_{name}": "int" for name in MEASURED} | {
        f"mean_{name}": "double" for name in MEASURED
    }
    assert columns("field_window") == expected
    assert key("field_window") == "((field_id, day), window_start)"


def test_rule() -> None:
    table = columns("rule")
    assert table.keys() == names(Rule)
    assert {name for name, kind in table.items() if kind == "double"} == {"threshold", "clear", "minimum"}
    assert key("rule") == "rule"


def test_rejected() -> None:
    record = rejected_record("mqtt:x", b"raw", "why", datetime(2026, 6, 1, tzinfo=UTC))
    assert columns("rejected") == dict.fromkeys(record, "text") | {"raw": "blob", "received": "timestamp"}
    assert key("rejected") == "reject_id"


def test_master() -> None:
    assert columns("sensor").keys() == names(Sensor) | {"registered"}
    assert columns("field").keys() == names(Field)
    assert columns("field")["outline"] == "list<frozen<tuple<double, double>>>"
