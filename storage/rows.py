"""Rows as the queries give them, and as JSON (UTC, the names of the contract)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from telemetry.clock import iso
from telemetry.reading import Reading, record

__all__ = ["Alert", "StoredReading", "Window", "as_json"]


class StoredReading(Struct, frozen=True):
    """A raw reading and the field in which its sensor stood; None where it stood in none.

    `quality` is the worst flag of all tests, None until they are told; `tests` as `telemetry.quality.decode`
    gives them; `anomaly` the learned score.
    """

    reading: Reading
    field_id: str | None
    quality: int | None = None
    tests: dict[str, dict[str, int]] = {}
    anomaly: float | None = None


class Window(Struct, frozen=True, kw_only=True):
    """Means of a field over [window_start, window_end); each mean with the number of values in it."""

    field_id: str
    window_start: datetime
    window_end: datetime
    count: int
    count_temperature: int
    mean_temperature: float | None
    count_humidity: int
    mean_humidity: float | None
    count_ph: int
    mean_ph: float | None
    count_moisture: int
    mean_moisture: float | None
    threshold: float | None


class Alert(Struct, frozen=True, kw_only=True):
    """An alert; `state` is open, closed or withdrawn, `evidence` what the rule saw."""

    alert_id: str
    opened: datetime
    rule: str | None
    severity: str | None
    state: str | None
    field_id: str | None
    sensor_id: str | None
    updated: datetime | None
    closed: datetime | None
    value: float | None
    threshold: float | None
    evidence: Any
    acknowledged: datetime | None
    acknowledged_by: str | None


def as_json(row: StoredReading | Window | Alert) -> dict[str, Any]:
    """The row as a JSON object: a reading is its canonical record with `field_id` and its quality."""
    if isinstance(row, StoredReading):
        told = {"quality": row.quality, "quality_tests": row.tests, "anomaly": row.anomaly}
        return record(row.reading) | {"field_id": row.field_id} | told
    fields = msgspec.structs.asdict(row)
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in fields.items()}
