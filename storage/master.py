"""The master data in Cassandra: sensors and fields, read whole and upserted."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from cassandra.concurrent import execute_concurrent_with_args

from storage.master_csv import read_fields_csv, read_sensors_csv
from storage.session import Session
from storage.settings import Cassandra
from telemetry.master import Field, Sensor
from telemetry.reading import Coord

__all__ = ["import_fields", "import_sensors", "read_fields", "read_sensors", "write_fields", "write_sensors"]

CONCURRENCY = 64


def read_sensors(session: Session, settings: Cassandra) -> list[Sensor]:
    """All sensors, by id."""
    rows = session.execute(f"SELECT sensor_id, field_id, lon, lat FROM {settings.table('sensor')}")  # noqa: S608
    return sorted((Sensor(**row._asdict()) for row in rows), key=lambda sensor: sensor.sensor_id)


def read_fields(session: Session, settings: Cassandra) -> list[Field]:
    """All fields, by id."""
    rows = session.execute(
        f"SELECT {', '.join(Field.__struct_fields__)} FROM {settings.table('field')}"  # noqa: S608
    )
    return sorted((_field(row) for row in rows), key=lambda field: field.field_id)


def write_sensors(session: Session, settings: Cassandra, sensors: Iterable[Sensor], now: datetime) -> int:
    """Upsert; `now` becomes `registered` of those that are new. Returns how many were written."""
    there = {sensor.sensor_id for sensor in read_sensors(session, settings)}
    new, old = [], []
    for sensor in sensors:
        row = (sensor.sensor_id, sensor.field_id, sensor.lon, sensor.lat)
        if sensor.sensor_id in there:
            old.append(row)
        else:
            new.append((*row, now))
    _upsert(session, settings.table("sensor"), "sensor_id, field_id, lon, lat, registered", new)
    _upsert(session, settings.table("sensor"), "sensor_id, field_id, lon, lat", old)
    return len(new) + len(old)


def write_fields(session: Session, settings: Cassandra, fields: Iterable[Field]) -> int:
    """Upsert; returns how many were written."""
    rows = [
        (
            field.field_id,
            field.name,
            [(corner.lon, corner.lat) for corner in field.outline],
            field.soil,
            field.moisture_threshold,
            field.time_zone,
            field.root_depth,
            field.depletion,
        )
        for field in fields
    ]
    columns = ", ".join(Field.__struct_fields__)
    _upsert(session, settings.table("field"), columns, rows)
    return len(rows)


def import_sensors(session: Session, settings: Cassandra, path: Path, now: datetime) -> int:
    """Upsert the sensors of a CSV file (`storage.master_csv` has the header); all of it, or nothing.

    ImportRefused lists every bad cell. Returns the number of sensors.
    """
    known = {field.field_id for field in read_fields(session, settings)}
    return write_sensors(session, settings, read_sensors_csv(path, known), now)


def import_fields(session: Session, settings: Cassandra, path: Path) -> int:
    """Upsert the fields of a CSV file (`storage.master_csv` has the header); all of it, or nothing.

    ImportRefused lists every bad cell. Returns the number of fields.
    """
    return write_fields(session, settings, read_fields_csv(path))


def _field(row: Any) -> Field:
    outline = tuple(Coord(lon=lon, lat=lat) for lon, lat in row.outline or ())
    given = {name: value for name, value in row._asdict().items() if value is not None}
    return Field(**given | {"outline": outline})


def _upsert(session: Session, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    marks = ", ".join("?" * len(rows[0]))
    insert = session.prepare(f"INSERT INTO {table} ({columns}) VALUES ({marks})")  # noqa: S608
    insert.is_idempotent = True
    execute_concurrent_with_args(session, insert, rows, concurrency=CONCURRENCY)
