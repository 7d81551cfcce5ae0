"""The NMEA vectors, through the CPython implementation."""

import json
from pathlib import Path
from typing import Any

import pytest

import telemetry
from telemetry.nmea import NmeaError, NoFix, parse_nmea, sentence

NMEA = json.loads((Path(telemetry.__file__).parent / "vectors/nmea.json").read_text())


def named(part: str) -> list[Any]:
    return [pytest.param(v, id=v["name"]) for v in NMEA[part]]


@pytest.mark.parametrize("v", named("valid"))
def test_valid(v: dict[str, Any]) -> None:
    found = parse_nmea(v["sentence"].encode())
    if v["position"] is None:
        assert found is None
    else:
        assert found is not None
        assert (found.lat, found.lon) == pytest.approx((v["position"]["lat"], v["position"]["lon"]), abs=1e-7)


@pytest.mark.parametrize("v", named("no_fix"))
def test_no_fix(v: dict[str, Any]) -> None:
    with pytest.raises(NoFix):
        parse_nmea(v["sentence"].encode())


@pytest.mark.parametrize("v", named("invalid"))
def test_invalid(v: dict[str, Any]) -> None:
    with pytest.raises(NmeaError) as refused:
        parse_nmea(v["sentence"].encode())
    assert refused.value.reason == v["reason"]


def test_sentence_is_what_the_vectors_hold() -> None:
    v = NMEA["valid"][0]["sentence"]
    assert sentence(v[1:-3]) == v.encode() + b"\r\n"
