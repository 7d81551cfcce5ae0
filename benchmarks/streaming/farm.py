"""The farm that the readings of a measurement come from."""

from benchmarks.streaming.feed import SENSORS
from benchmarks.streaming.servers import Servers
from storage.master import write_fields, write_sensors
from storage.session import connect
from telemetry.clock import utc_now
from telemetry.master import Field, Sensor

__all__ = ["FIELDS", "plant", "sensors_of"]

FIELDS = tuple(
    Field(field_id=name, name=name, soil="loam", moisture_threshold=23.0)
    for name in (f"bench-{n}" for n in range(20))
)


def sensors_of(count: int) -> tuple[Sensor, ...]:
    """So many sensors, `bench-0` and on, spread over the fields."""
    return tuple(
        Sensor(sensor_id=f"bench-{n}", field_id=FIELDS[n % len(FIELDS)].field_id) for n in range(count)
    )


def plant(servers: Servers) -> None:
    """Put those that `feed` sends for into the master."""
    with connect(servers.tables) as session:
        write_fields(session, servers.tables, FIELDS)
        write_sensors(session, servers.tables, sensors_of(SENSORS), utc_now())
