"""Readings for the stream's tests, and their windows, computed apart from the stream.

Values are multiples of 1/8: their sums are exact, in whatever order they are added.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.master import write_fields, write_sensors
from storage.session import connect
from storage.settings import Cassandra
from telemetry.clock import iso, utc_now
from telemetry.master import Field, Sensor

__all__ = ["FIELDS", "MEASURED", "SENSORS", "expected_windows", "place", "plant", "reading"]

MEASURED = ("temperature", "humidity", "ph", "moisture")
FIELDS = tuple(
    Field(field_id=name, name=name.title(), soil="loam", moisture_threshold=20.0)
    for name in ("north", "south", "west", "east", "lake")
)
SENSORS = {"1851632": "north", "n2": "north", "s1": "south", "w1": "west", "e1": "east", "e2": "east"}
"""Sensor → field. Others stand in none."""


def plant(settings: Cassandra) -> None:
    """Put fields and sensors into the master."""
    with connect(settings) as session:
        write_fields(session, settings, FIELDS)
    place(settings, SENSORS)


def place(settings: Cassandra, sensors: Mapping[str, str]) -> None:
    """Put these sensors into fields."""
    known = [Sensor(sensor_id=sensor, field_id=field) for sensor, field in sensors.items()]
    with connect(settings) as session:
        write_sensors(session, settings, known, utc_now())


def reading(sensor: str, seq: int, at: datetime, **main: float | None) -> dict[str, Any]:
    """A canonical record."""
    values = {"temperature": 20.5, "humidity": 50.25, "ph": 6.5, "moisture": 30.125} | main
    return {
        "id": sensor,
        "boot": 1,
        "seq": seq,
        "date": iso(at),
        "coord": {"lon": 1.5, "lat": 2.5},
        "main": values,
    }


def expected_windows(
    readings: Iterable[Mapping[str, Any]], minutes: int = 5
) -> dict[tuple[str, datetime], dict[str, Any]]:
    """(field, start in UTC without a zone) → counts and means of 5 minutes that slide by 1."""
    groups: dict[tuple[str, datetime], dict[Any, Mapping[str, Any]]] = {}
    for one in readings:
        at = datetime.fromisoformat(one["date"]).astimezone(UTC).replace(tzinfo=None)
        minute = at.replace(second=0, microsecond=0)
        for back in range(minutes):
            key = one.get("field_id", SENSORS.get(one["id"], "")), minute - timedelta(minutes=back)
            groups.setdefault(key, {})[one["id"], one.get("boot"), one.get("seq")] = one["main"]
    return {key: _means(list(members.values())) for key, members in groups.items()}


def _means(members: list[Mapping[str, float | None]]) -> dict[str, Any]:
    row: dict[str, Any] = {"count": len(members)}
    for name in MEASURED:
        values = [value for main in members if (value := main[name]) is not None]
        row[f"count_{name}"] = len(values)
        row[f"mean_{name}"] = sum(values) / len(values) if values else None
    return row
