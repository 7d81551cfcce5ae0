"""`boards provision`: all is checked before the board is touched; then the board, then the sensor master."""

from datetime import UTC, datetime

import typer
from msgspec.structs import replace

from compose.boards.micropython import provision_micropython
from compose.boards.wanted import Wanted
from firmware.boards.errors import BoardsError
from firmware.boards.mpremote import PLATFORMS
from firmware.boards.provision import provision_arduino
from firmware.boards.talk import Talk
from storage.master import read_fields, read_sensors, write_sensors
from storage.session import connect
from storage.settings import Cassandra
from telemetry.errors import SettingsError
from telemetry.master import Sensor

__all__ = ["run_provision"]

_PATIENCE_S = 20.0


def run_provision(wanted: Wanted, tables: Cassandra | None) -> None:
    """The board first, then the sensor master in `tables` (None: it is not registered)."""
    identity = wanted.identity()
    if tables:
        _check_field(tables, wanted.field)
    if wanted.board in PLATFORMS:
        provision_micropython(wanted)
    with Talk(wanted.port) as talk:
        hello = talk.hello(_PATIENCE_S)
        if wanted.board not in PLATFORMS:
            hello = provision_arduino(talk, identity, lambda line: typer.echo(f"set {line}", err=True))
    if hello.get("id") != wanted.id:
        raise BoardsError(f"The board on {wanted.port} calls itself {hello.get('id')} still: try again.")
    registered = _register(tables, wanted) if tables else "not registered"
    typer.echo(f"{wanted.port} is {wanted.id} now, {registered}.")


def _check_field(tables: Cassandra, field: str | None) -> None:
    with connect(tables) as session:
        known = {each.field_id for each in read_fields(session, tables)}
    if field is not None and field not in known:
        raise SettingsError(f"There is no field {field}: `farmstream fields list` shows those there are.")


def _register(tables: Cassandra, wanted: Wanted) -> str:
    """Enter it; what the command does not say stays as the master has it."""
    with connect(tables) as session:
        known = {sensor.sensor_id: sensor for sensor in read_sensors(session, tables)}
        sensor = known.get(wanted.id, Sensor(sensor_id=wanted.id))
        said = {"field_id": wanted.field, "lon": wanted.lon, "lat": wanted.lat}
        sensor = replace(sensor, **{key: value for key, value in said.items() if value is not None})
        write_sensors(session, tables, [sensor], datetime.now(UTC))
    return f"registered in {f'field {sensor.field_id}' if sensor.field_id else 'no field'}"
