"""Puts the boards of `up` and their fields into the master; what stands there already is left as it is."""

from datetime import datetime
from typing import Protocol

from storage.master import read_fields, read_sensors, write_fields, write_sensors
from storage.session import connect
from storage.settings import Cassandra
from telemetry.master import Field, Sensor

__all__ = ["add_missing"]


class Farm(Protocol):
    """Fields and the boards in them."""

    def fields(self) -> list[Field]: ...
    def sensors(self) -> list[Sensor]: ...


def add_missing(cassandra: Cassandra, farm: Farm, now: datetime) -> None:
    """Write those that are not there: a person may have moved a board or changed a threshold since."""
    with connect(cassandra) as session:
        fields = {field.field_id for field in read_fields(session, cassandra)}
        write_fields(session, cassandra, [f for f in farm.fields() if f.field_id not in fields])
        sensors = {sensor.sensor_id for sensor in read_sensors(session, cassandra)}
        new = [s for s in farm.sensors() if s.sensor_id not in sensors]
        write_sensors(session, cassandra, new, now)
