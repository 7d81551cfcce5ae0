"""The stream's parser agrees with the CPython decoder, on the golden vectors and on poison."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import telemetry
from streaming.parse import parse
from streaming.validate import validate
from telemetry.clock import from_epoch_ms, iso, to_epoch_ms
from telemetry.errors import Refused
from telemetry.payload import decode_payload
from telemetry.reading import Reading
from tests.local.streaming_records import CAME, records

pytestmark = pytest.mark.servers

VECTORS = json.loads((Path(telemetry.__file__).parent / "vectors" / "payloads.json").read_text())
GOOD = '{"id":"7","boot":1,"seq":2,"date":"2026-11-24T02:00:00.123Z","main":{"ph":6.4}}'


def stream(spark: SparkSession, payloads: list[bytes | None], zone: str = "UTC") -> list[dict[str, Any]]:
    """Each payload's row, in order."""
    rows = validate(parse(records(spark, payloads), zone)).orderBy("offset")
    good = F.col("reason").isNull()  # instants of refused rows may lie outside of Python's years
    times = {name: F.when(good, F.col(name)) for name in ("date", "received")}
    return [dict(row) for row in rows.withColumns(times).toArrow().to_pylist()]


def decoder(payload: bytes, zone: str = "UTC") -> Reading | None:
    try:
        return decode_payload(payload, ZoneInfo(zone))
    except Refused:
        return None


def flat(reading: Reading) -> dict[str, Any]:
    """The reading as the stream's columns; a date that is not sent is the arrival less the age."""
    main = reading.main
    date = reading.date or from_epoch_ms(to_epoch_ms(CAME) - (reading.age or 0))
    return {
        "id": reading.id, "boot": reading.boot, "seq": reading.seq, "date": iso(date),
        "lon": reading.coord and reading.coord.lon, "lat": reading.coord and reading.coord.lat,
        "temperature": main.temperature, "humidity": main.humidity, "ph": main.ph, "moisture": main.moisture,
        "faults": reading.faults,
    }  # fmt: skip


def same(row: dict[str, Any], reading: Reading) -> bool:
    expected = flat(reading)
    got = {name: row[name] for name in expected}
    got["date"] = iso(got["date"].astimezone(UTC))
    got["faults"] = dict(got["faults"])
    return got == expected


def test_golden_vectors(spark: SparkSession) -> None:
    for zone in ("UTC", "Asia/Tokyo"):
        vectors = [v for v in VECTORS["valid"] if v.get("legacy_time_zone", "UTC") == zone]
        rows = stream(spark, [v["payload"].encode() for v in vectors], zone)
        for vector, row in zip(vectors, rows, strict=True):
            assert row["reason"] is None, vector["name"]
            reading = decoder(vector["payload"].encode(), zone)
            assert reading is not None
            assert same(row, reading), vector["name"]


def test_golden_invalid_vectors(spark: SparkSession) -> None:
    rows = stream(spark, [v["payload"].encode() for v in VECTORS["invalid"]])
    for vector, row in zip(VECTORS["invalid"], rows, strict=True):
        assert row["reason"] is not None, vector["name"]
        assert vector["reason"] in row["reason"], vector["name"]


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


VARIANTS = [
    *(changed(date=d) for d in (
        "2026-11-24T02:00:00Z", "2026-11-24t02:00:00z", "2026-11-24 02:00:00Z", "2026-11-24T02:00:00+0900",
        "2026-11-24T02:00:00+09", "2026-11-24T02:00Z", "2026-11-24", "2026-11-24T02:00:00.1Z", "now", "epoch",
        "2026-11-24T02:00:00.1234567Z", "2026-11-24T24:00:00Z", "2026-11-24T23:59:60Z", "20261124T020000Z",
        "2026-11-24T02:00:00.Z", "2026-11-24T02:00:00 Z", "2026-02-30T00:00:00Z", "2026-11-24T02:00:00,5Z",
        "2026-11-24T02:00:00.12Z ", "2026/11/24 02:00:00", "", 1764000000, "2026-11-24T02:00:00.123+00:00",
    )),
    *(changed(id=i) for i in ("a" * 32, "a" * 33, "", "a b", "é", 7, True, None, 7.5, {"a": 1}, ["7"])),
    *(changed(boot=b) for b in (3.0, -1, 2**31 - 1, 2**31, "3", None, True)),
    *(changed(coord=c) for c in (
        None, {}, {"lon": 1}, {"lon": 180, "lat": -90}, {"lon": 180.1, "lat": 0},
        {"lon": 0, "lat": 91}, [1, 2],
    )),
    *(changed(main=m) for m in (None, {}, [], 3, {"ph": "6.4"}, {"ph": True}, {"ph": 7}, {"whc": 3},
                                {"ph": 99})),
    *(changed(faults=f) for f in (
        {"ph": "crc"}, {"humidity": "crc"}, {"coord": "no-fix"}, {"moisture": "?"}, {})),
    *(changed(age=a) for a in (5, -5, 1.5, 2**40, 2**63)),
    *(changed(received=r) for r in (
        "2026-11-24T02:00:00.5Z", "x", "9999-12-31T23:59:59Z", "+294247-01-10T04:00:54Z",
        "0000-00-00T00:00:00Z", 1764000000, "2026-11-24", "now",
    )),
    *(GOOD.replace('"7"', i).encode() for i in ('{"a":1,"a":2}', "9" * 1200, "[" * 900 + "]" * 900, "1e999")),
    GOOD[:-1].encode() + b',"id":"8"}',
    *(changed(date=d) for d in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")),
    *(GOOD.replace("6.4", n).encode() for n in ("1e999", "NaN", "Infinity", "-0", "6.", "06", "+6", "1e5")),
    *(text.encode() for text in (
        GOOD + "x", GOOD + GOOD, GOOD + "," + GOOD, GOOD + "],[", GOOD + ",1],[2", GOOD + "]", GOOD + "]x",
        GOOD[:-1] + ',"tags":["]",[1]]}', GOOD[:-1] + ',"tags":["]",[1]]}],',
        " " + GOOD + "\n", f"[{GOOD}]", "null", "3",
        '"x"', "{}", " ",
        GOOD.replace('"', "'"), GOOD[:-1], "{" + GOOD, GOOD + "}", "\ufeff" + GOOD, "[" * 3000, '{"a":' * 600,
        '{"id":7,"date":"2020/6/1 1:2:3","main":{}}', '{"id":7,"date":"2020/02/30 01:02:03","main":{}}',
        '{"id":7,"date":"20/06/01 01:02:03","main":{}}', '{"id":-7,"date":"2020/06/01 01:02:03","main":{}}',
        '{"id":7,"main":{}}', '{"id":7,"date":"2020-06-01T01:02:03Z","main":{}}',
        '{"id":7,"date":"2020/06/01 01:02:03","main":{"moisture":3}}',
    )),
    b"\xff\xfe", b'{"id":"\xff","main":{}}', b"\x00", GOOD.encode() + b"\x00", b" " * 5000,
]  # fmt: skip


def test_the_same_is_accepted_with_the_same_values(spark: SparkSession) -> None:
    rows = stream(spark, list(VARIANTS))
    wrong = []
    for payload, row in zip(VARIANTS, rows, strict=True):
        reading = decoder(payload)
        if (reading is None) != (row["reason"] is not None) or (reading and not same(row, reading)):
            wrong.append((payload[-120:], row["reason"], reading))
    assert not wrong, wrong


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_legacy_dates_at_the_change_of_the_clocks(spark: SparkSession, zone: str) -> None:
    dates = [
        f"2026/{day} {hour:02}:30:00" for day in ("03/08", "03/29", "10/25", "11/01") for hour in range(4)
    ]
    payloads = [f'{{"id":7,"date":"{date}","main":{{}}}}'.encode() for date in dates]
    for payload, row in zip(payloads, stream(spark, list(payloads), zone), strict=True):
        reading = decoder(payload, zone)
        assert reading is not None
        assert same(row, reading), payload


def test_a_record_without_value_is_named(spark: SparkSession) -> None:
    assert [row["reason"] for row in stream(spark, [None, b""])] == ["the record has no value", "not JSON"]


def test_impossible_dates(spark: SparkSession) -> None:
    dates = [
        "1970-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "2035-01-01T00:00:00Z",
        "2026-11-24T02:10:01.001Z",
    ]
    rows = stream(spark, [changed(date=d) for d in dates])
    assert [row["reason"].split(" is ")[1] for row in rows] == [
        "before 2000", "before 2000", "more than 10m after its arrival", "more than 10m after its arrival",
    ]  # fmt: skip
    edges = ["2000-01-01T00:00:00Z", "2026-11-24T02:10:01Z"]
    assert [row["reason"] for row in stream(spark, [changed(date=d) for d in edges])] == [None, None]


def test_what_the_gateway_added_is_kept(spark: SparkSession) -> None:
    added = {"gateway": "g", "received": "2026-11-24T02:00:00.523Z", "time_source": "corrected", "late": True}
    [row] = stream(spark, [changed(**added)])
    assert row["received"] == datetime(2026, 11, 24, 2, 0, 0, 523000, tzinfo=UTC)
    assert (row["gateway"], row["time_source"], row["late"]) == ("g", "corrected", True)


def test_a_gateway_in_2035_does_not_say_when_a_reading_came(spark: SparkSession) -> None:
    """Query `silence` goes by it: all boards would fall silent, and be left out until then."""
    came = ["2035-01-01T00:00:00Z", "2026-11-24T02:10:01.001Z", "2026-11-24T02:10:01Z"]
    rows = stream(spark, [changed(gateway="g", received=at) for at in came])
    assert [row["reason"] for row in rows] == [None] * 3
    assert [row["received"] for row in rows] == [None, None, datetime(2026, 11, 24, 2, 10, 1, tzinfo=UTC)]
