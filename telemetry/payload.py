"""MQTT payloads to readings: canonical JSON, and the flat JSON of boards already in the field.

The flat shape has an integer `id`, a `date` as `yyyy/MM/dd HH:mm:ss` without a zone and soil moisture
in % as `main.whc`; `legacy_time_zone` says which zone the date means.
"""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from telemetry.errors import Refused
from telemetry.reading import Coord, Main, Reading, normalised, record

__all__ = ["LEGACY_DATE", "MAX_PAYLOAD", "decode_payload", "encode_payload"]

MAX_PAYLOAD = 4096
"""Bytes; a canonical reading has about 300."""

LEGACY_DATE = "%Y/%m/%d %H:%M:%S"


class _LegacyMain(Struct, frozen=True):
    temperature: float | None = None
    humidity: float | None = None
    ph: float | None = None
    whc: float | None = None


class _Legacy(Struct, frozen=True):
    id: Annotated[int, Meta(ge=0)]
    date: str
    main: _LegacyMain
    coord: Coord | None = None


_canonical = msgspec.json.Decoder(Reading)
_legacy = msgspec.json.Decoder(_Legacy)
_utc = ZoneInfo("UTC")


def decode_payload(payload: bytes, legacy_time_zone: ZoneInfo = _utc) -> Reading:
    """Return the reading in `payload`; Refused with the reason where it is none."""
    if len(payload) > MAX_PAYLOAD:
        raise Refused(f"payload of {len(payload)} bytes is longer than {MAX_PAYLOAD}")
    try:
        reading = _canonical.decode(payload)
    except msgspec.ValidationError as why:
        return _decode_legacy(payload, legacy_time_zone, str(why))
    except (msgspec.DecodeError, UnicodeDecodeError) as why:
        raise Refused(f"not JSON: {why}") from why
    if (reading.boot is None) != (reading.seq is None):
        raise Refused("boot and seq come together or not at all")
    try:
        return normalised(reading)
    except OverflowError as why:  # year 1 east of Greenwich, year 9999 west of it
        raise Refused("not a reading: date lies outside of the years 1 to 9999") from why


def encode_payload(reading: Reading) -> bytes:
    """Canonical JSON; `age` in place of `date` where the board has no clock."""
    fields = record(reading)
    if reading.date is None:
        del fields["date"]
        fields["age"] = reading.age or 0
    return msgspec.json.encode(fields)


def _decode_legacy(payload: bytes, zone: ZoneInfo, canonical_error: str) -> Reading:
    try:
        old = _legacy.decode(payload)
    except msgspec.ValidationError as why:
        raise Refused(f"not a reading: {canonical_error}") from why
    except (msgspec.DecodeError, UnicodeDecodeError) as why:
        raise Refused(f"not JSON: {why}") from why
    main = Main(old.main.temperature, old.main.humidity, old.main.ph, old.main.whc)
    date = _legacy_date(old.date, zone)
    return normalised(Reading(id=str(old.id), date=date, coord=old.coord, main=main))


def _legacy_date(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.strptime(text, LEGACY_DATE).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as why:
        raise Refused(f"date '{text[:40]}' is not yyyy/MM/dd HH:mm:ss") from why
