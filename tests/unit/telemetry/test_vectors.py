"""The golden vectors, through the CPython implementation."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import telemetry
from telemetry.clock import iso
from telemetry.errors import Refused
from telemetry.line import Hello, Log, crc16, decode_line, encode_line, refusal
from telemetry.payload import decode_payload, encode_payload
from telemetry.reading import Reading

VECTORS = Path(telemetry.__file__).parent / "vectors"


def load(name: str, part: str) -> list[Any]:
    return [pytest.param(v, id=v["name"]) for v in json.loads((VECTORS / name).read_text())[part]]


@dataclass
class Shape:
    """The vector's view of a reading."""

    reading: Reading

    def as_json(self) -> dict[str, Any]:
        r = self.reading
        return {
            "id": r.id, "boot": r.boot, "seq": r.seq, "date": r.date and iso(r.date), "age": r.age,
            "coord": {"lon": r.coord.lon, "lat": r.coord.lat} if r.coord else None,
            "main": {k: getattr(r.main, k) for k in ("temperature", "humidity", "ph", "moisture")},
            "faults": r.faults,
        }  # fmt: skip


@pytest.mark.parametrize("vector", load("lines.json", "valid"))
def test_valid_line(vector: dict[str, Any]) -> None:
    reading = decode_line(vector["line"].encode())
    assert isinstance(reading, Reading)
    assert Shape(reading).as_json() == vector["reading"]
    if vector["canonical"]:
        assert encode_line(reading) == vector["line"].encode() + b"\r\n"


@pytest.mark.parametrize("vector", load("lines.json", "invalid"))
def test_invalid_line(vector: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=vector["reason"]):
        decode_line(vector["line"].encode())


@pytest.mark.parametrize("vector", load("payloads.json", "valid"))
def test_valid_payload(vector: dict[str, Any]) -> None:
    reading = decode_payload(vector["payload"].encode(), ZoneInfo(vector.get("legacy_time_zone", "UTC")))
    assert Shape(reading).as_json() == vector["reading"]
    assert decode_payload(encode_payload(reading)) == reading


@pytest.mark.parametrize("vector", load("payloads.json", "invalid"))
def test_invalid_payload(vector: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=vector["reason"]):
        decode_payload(vector["payload"].encode())


def test_crc_vectors() -> None:
    for vector in json.loads((VECTORS / "crc.json").read_text())["crc16"]:
        assert f"{crc16(vector['text'].encode()):04X}" == vector["crc"]


def test_hello_and_log() -> None:
    assert decode_line(b"H id=7 fw=1.0 boot=2 reset=watchdog interval=30000") == Hello(
        {"id": "7", "fw": "1.0", "boot": "2", "reset": "watchdog", "interval": "30000"}
    )
    assert decode_line(b"L sensor warming up") == Log("sensor warming up")


def test_refusal_names_the_whole_line() -> None:
    assert refusal(b"123456789") == b"N 29B1\r\n"


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_date_that_is_none_in_utc_is_refused(date: str) -> None:
    with pytest.raises(Refused, match="outside of the years 1 to 9999"):
        decode_payload(f'{{"id": "7", "date": "{date}", "main": {{}}}}'.encode())


def test_non_utf8_payload_is_refused() -> None:
    with pytest.raises(Refused):
        decode_payload(b'{"id": "\xff\xfe", "main": {}}')
