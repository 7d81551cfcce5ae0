"""The reading: the one value that flows from a board to the tables.

Canonical JSON (units: °C, %RH, pH, % volumetric water content, WGS84 degrees, UTC)::

    {"id": "1851632", "boot": 3, "seq": 42, "date": "2026-11-24T02:00:00.123Z",
     "coord": {"lon": 139.36, "lat": 35.33},
     "main": {"temperature": 20.3, "humidity": 50.1, "ph": 6.41, "moisture": 31.2},
     "faults": {"ph": "disconnected"}}

A missing value is null, with its reason in `faults`. Identity is `(id, boot, seq)`, or `(id, date)`
for boards that count neither boots nor readings.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from telemetry.clock import iso, truncate_ms
from telemetry.quantities import FAULTS, QUANTITIES

__all__ = ["Coord", "Main", "Reading", "ReadingId", "TIME_SOURCES", "normalised", "record"]

TIME_SOURCES = ("board", "gateway", "corrected")
"""Who gave the date: the board; the gateway (none was sent); the gateway, against a clock not set."""

BoardId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Counter = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Instant = Annotated[datetime, Meta(tz=True)]
"""One that says of which zone it is."""

ReadingId = tuple[str, int | None, int | None]


class Coord(Struct, frozen=True):
    """WGS84 degrees."""

    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class Main(Struct, frozen=True):
    """The measured values, each in the unit that `telemetry.quantities` states, or None."""

    temperature: float | None = None
    humidity: float | None = None
    ph: float | None = None
    moisture: float | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """One reading; `age` (ms since measured) is sent by boards without a clock, instead of `date`.

    `gateway`, `received`, `time_source` and `late` are the gateway's; a board does not send them.
    """

    id: BoardId
    boot: Counter | None = None
    seq: Counter | None = None
    date: Instant | None = None
    age: Annotated[int, Meta(ge=0, le=2**40)] | None = None
    coord: Coord | None = None
    main: Main
    faults: dict[str, str] = {}
    gateway: str | None = None
    received: Instant | None = None
    time_source: str | None = None
    late: bool = False

    @property
    def identity(self) -> ReadingId:
        """`(id, boot, seq)`; boot and seq are None on boards that count neither."""
        return self.id, self.boot, self.seq


def normalised(reading: Reading) -> Reading:
    """The same reading with whole milliseconds and a known reason for each missing value."""
    main, given = reading.main, reading.faults
    faults = {
        q.name: _known(given.get(q.name, "absent")) for q in QUANTITIES if getattr(main, q.name) is None
    }
    if reading.coord is None:
        faults["coord"] = _known(given.get("coord", "absent"))
    date = reading.date and truncate_ms(reading.date)
    return msgspec.structs.replace(reading, date=date, faults=faults)


def record(reading: Reading) -> dict[str, Any]:
    """The canonical JSON object, as Fluentd carries it and Kafka stores it; needs a date."""
    out: dict[str, Any] = {"id": reading.id}
    if reading.seq is not None:
        out["boot"], out["seq"] = reading.boot, reading.seq
    out["date"] = iso(reading.date) if reading.date else None
    coord, main = reading.coord, reading.main
    out["coord"] = {"lon": coord.lon, "lat": coord.lat} if coord else None
    out["main"] = {q.name: getattr(main, q.name) for q in QUANTITIES}
    out["faults"] = reading.faults
    if reading.received:
        out |= {"gateway": reading.gateway, "received": iso(reading.received)}
        out |= {"time_source": reading.time_source, "late": reading.late}
    return out


def _known(reason: str) -> str:
    return reason if reason in FAULTS else "unknown"
