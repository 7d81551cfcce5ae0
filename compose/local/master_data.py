"""Puts the simulated boards and their fields into the master; what stands there already is left as it is."""

from datetime import datetime

from firmware.simulator.fleet import Fleet
from storage.master import read_fields, read_sensors, write_fields, write_sensors
from storage.session import connect
from storage.settings import Cassandra

__all__ = ["add_missing"]


def add_missing(cassandra: Cassandra, fleet: Fleet, now: datetime) -> None:
    """Write those that are not there: a person may have moved a board or changed a threshold since."""
    with connect(cassandra) as session:
        fields = {field.field_id for field in read_fields(session, cassandra)}
        write_fields(session, cassandra, [f for f in fleet.fields() if f.field_id not in fields])
        sensors = {sensor.sensor_id for sensor in read_sensors(session, cassandra)}
        new = [s for s in fleet.sensors() if s.sensor_id not in sensors]
        write_sensors(session, cassandra, new, now)
