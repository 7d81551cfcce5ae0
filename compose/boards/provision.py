"""`boards provision`: all is checked before the board is touched; then the board, then the sensor master."""

from datetime import UTC, datetime
from pathlib import Path

import typer
from msgspec import Struct
from msgspec.structs import replace

from firmware.boards.errors import BoardsError
from firmware.boards.provision import Identity, provision_arduino
from firmware.boards.talk import Talk
from storage.master import read_fields, read_sensors, write_sensors
from storage.session import connect
from storage.settings import Cassandra
from telemetry.clock import duration
from telemetry.errors import SettingsError
from telemetry.master import Sensor

__all__ = ["Wanted", "run_provision"]


class Wanted(Struct, frozen=True, kw_only=True):
    """The command's options."""

    port: str
    board: str
    id: str
    field: str | None = None
    lon: float | None = None
    lat: float | None = None
    gps: bool = False
    forget: bool = False
    interval: str | None = None
    soil: str | None = None
    ph: str | None = None
    moisture: str | None = None
    settings: Path | None = None
    ssid: str | None = None
    wifi_password_file: Path | None = None
    mqtt: str | None = None
    ca: Path | None = None
    user: str | None = None
    mqtt_password_file: Path | None = None

    def identity(self) -> Identity:
        """As the board is to have it; SettingsError where that cannot be."""
        if (self.lon is None) != (self.lat is None):
            raise SettingsError("Give --lon and --lat both, or neither.")
        position = (self.lon, self.lat) if self.lon is not None and self.lat is not None else None
        return Identity(
            id=self.id,
            forget=self.forget,
            interval_s=duration(self.interval) if self.interval else None,
            position=position,
            gps=self.gps,
            soil=self.soil,
            ph=two_numbers("--ph", self.ph),
            moisture=two_numbers("--moisture", self.moisture),
        )


def run_provision(wanted: Wanted, tables: Cassandra | None) -> None:
    """The board first, then the sensor master in `tables` (None: it is not registered)."""
    identity = wanted.identity()
    if tables:
        _check_field(tables, wanted.field)
    with Talk(wanted.port) as talk:
        hello = provision_arduino(talk, identity, lambda line: typer.echo(f"set {line}", err=True))
    if hello.get("id") != wanted.id:
        raise BoardsError(f"The board on {wanted.port} calls itself {hello.get('id')} still: try again.")
    registered = _register(tables, wanted) if tables else "not registered"
    typer.echo(f"{wanted.port} is {wanted.id} now, {registered}.")


def two_numbers(option: str, text: str | None) -> tuple[float, float] | None:
    """`a,b` as numbers; SettingsError names the option."""
    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingsError(f"{option} {text}: write two numbers with a comma between them.") from None
    return first, second


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
