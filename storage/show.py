"""Rows as cells: in full and UTC for CSV, short and in the field's own time for people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from storage.rows import Alert, StoredReading
from telemetry.clock import iso
from telemetry.master import Field, Sensor
from telemetry.quality import FAIL, GOOD, SUSPECT
from telemetry.quantities import QUANTITIES

__all__ = [
    "ALERT_TITLES",
    "READING_HEADER",
    "READING_TITLES",
    "Zones",
    "alert_line",
    "field_cells",
    "reading_cells",
    "reading_line",
    "sensor_cells",
]

_NAMES = [quantity.name for quantity in QUANTITIES]
READING_HEADER = ["id", "boot", "seq", "date", "field_id", "lon", "lat", *_NAMES]
READING_HEADER += ["faults", "gateway", "received", "time_source", "late", "quality", "bad", "anomaly"]
READING_TITLES = [
    "date",
    "field",
    *(f"{q.name} {q.unit}" for q in QUANTITIES),
    "boot",
    "seq",
    "faults",
    "late",
    "quality",
]
ALERT_TITLES = [
    "id",
    "opened",
    "state",
    "severity",
    "rule",
    "field",
    "sensor",
    "value",
    "threshold",
    "updated",
]
ALERT_TITLES += ["seen by"]

SHORT_ID = 8
"""Characters of an alert's id that people see: enough for `alerts ack`."""


class Zones:
    """The time zone of each field; UTC for those that are not known."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._zones = {field.field_id: ZoneInfo(field.time_zone) for field in fields}

    def local(self, at: datetime | None, field_id: str | None) -> str | None:
        """`2026-11-24 11:00:00 JST`."""
        zone = self._zones.get(field_id or "", ZoneInfo("UTC"))
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z") if at else None


def sensor_cells(sensor: Sensor) -> list[Any]:
    """As `sensors import` reads them."""
    return list(msgspec.structs.astuple(sensor))


def field_cells(field: Field) -> list[Any]:
    """As `fields import` reads them."""
    outline = "; ".join(f"{corner.lon:.10g} {corner.lat:.10g}" for corner in field.outline)
    head = [field.field_id, field.name, field.soil, field.moisture_threshold, field.time_zone, outline]
    return [*head, field.root_depth, field.depletion]


def reading_cells(row: StoredReading) -> list[Any]:
    """The columns of READING_HEADER; faults as `name=reason` and bad tests with blanks between."""
    reading, coord = row.reading, row.reading.coord
    place = [coord.lon, coord.lat] if coord else [None, None]
    values = [getattr(reading.main, name) for name in _NAMES]
    rest = [reading.gateway, reading.received and iso(reading.received), reading.time_source]
    late = "true" if reading.late else "false"
    date = reading.date and iso(reading.date)
    head = [reading.id, reading.boot, reading.seq, date, row.field_id]
    return [*head, *place, *values, _faults(row), *rest, late, row.quality, " ".join(_bad(row)), row.anomaly]


def reading_line(row: StoredReading, zones: Zones) -> list[Any]:
    """The columns of READING_TITLES."""
    reading = row.reading
    values = [getattr(reading.main, name) for name in _NAMES]
    numbers = [None if value is None else f"{value:.2f}" for value in values]
    tail = [reading.boot, reading.seq, _faults(row), "late" if reading.late else "", _quality(row)]
    return [zones.local(reading.date, row.field_id), row.field_id, *numbers, *tail]


def alert_line(alert: Alert, zones: Zones) -> list[Any]:
    """The columns of ALERT_TITLES."""
    numbers = [None if value is None else f"{value:.2f}" for value in (alert.value, alert.threshold)]
    opened, updated = (zones.local(at, alert.field_id) for at in (alert.opened, alert.updated))
    head = [alert.alert_id[:SHORT_ID], opened, alert.state, alert.severity, alert.rule]
    return [*head, alert.field_id, alert.sensor_id, *numbers, updated, alert.acknowledged_by]


def _quality(row: StoredReading) -> str | None:
    """`good`, or what is suspect or has failed: `4 moisture:spike`."""
    if row.quality is None:
        return None
    return "good" if row.quality == GOOD else " ".join([str(row.quality), *_bad(row)])


def _bad(row: StoredReading) -> list[str]:
    """The tests by which a reading is suspect or has failed."""
    return [
        test if section == "reading" else f"{section}:{test}"
        for section, tests in row.tests.items()
        for test, flag in tests.items()
        if flag in (SUSPECT, FAIL)
    ]


def _faults(row: StoredReading) -> str:
    return " ".join(f"{name}={reason}" for name, reason in sorted(row.reading.faults.items()))
