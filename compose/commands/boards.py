"""`boards`: find, flash, provision, calibrate, watch and update the boards on the desk."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from compose.commands.data import Address, Keyspace
from compose.commands.options import DEFAULT_HOME, AsJson, Home

__all__ = ["register"]

Kind = Literal["uno", "mega", "esp32", "picow"]

Port = Annotated[
    str, typer.Option("--port", "-p", metavar="PORT", help="Its port, as `boards list` names it.")
]
Board = Annotated[Kind, typer.Option("--board", "-b", help="Which board it is.")]
Lon = Annotated[float | None, typer.Option(min=-180, max=180, help="Longitude, WGS84 degrees.")]
Lat = Annotated[float | None, typer.Option(min=-90, max=90, help="Latitude, WGS84 degrees.")]

boards = typer.Typer(
    no_args_is_help=True, help="Boards on this machine: find, flash, set up, calibrate, watch."
)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.add_typer(boards, name="boards", rich_help_panel="Boards")


@boards.command("list")
def list_boards(
    port: Annotated[
        list[str] | None,
        typer.Option("--port", "-p", help="Only this port (again for more); else all on USB."),
    ] = None,
    ask: Annotated[bool, typer.Option(help="Ask what answers; opening a port resets an Arduino.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show serial ports: what USB says stands there, and which board answers."""
    from compose.boards.show import show_ports
    from firmware.boards.ports import find_boards

    show_ports(find_boards(port or (), ask), as_json, sys.stdout)


@boards.command()
def flash(
    port: Port,
    board: Board,
    firmware: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="MicroPython itself (.bin, .uf2) where it is not on the board."
        ),
    ] = None,
) -> None:
    """Build the firmware where that is needed, write it, and check it."""
    from compose.boards.flash import run_flash

    run_flash(port, board, firmware)


@boards.command()
def provision(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    port: Port,
    board: Board,
    identity: Annotated[str, typer.Option("--id", help="The sensor's id: letters, digits, - and _.")],
    field: Annotated[str | None, typer.Option(help="The id of the field that it stands in.")] = None,
    lon: Lon = None,
    lat: Lat = None,
    gps: Annotated[bool, typer.Option("--gps", help="It takes its position from its GPS.")] = False,
    interval: Annotated[str | None, typer.Option(help="Between two readings: 30s, 5m.")] = None,
    soil: Annotated[str | None, typer.Option(help="Texture, such as `sandy loam` (Arduino).")] = None,
    ph: Annotated[str | None, typer.Option(metavar="SLOPE,MV", help="A known pH calibration.")] = None,
    moisture: Annotated[str | None, typer.Option(metavar="DRY,WET", help="A known one, mV.")] = None,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Give up the readings that wait on it under another id (Arduino)."),
    ] = False,
    settings: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="MicroPython: a settings.json to begin with."),
    ] = None,
    ssid: Annotated[str | None, typer.Option(help="MicroPython: the Wi-Fi's name.")] = None,
    wifi_password_file: Annotated[
        Path | None, typer.Option(help="A file of yours alone; else asked for.")
    ] = None,
    mqtt: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="MicroPython: the broker, with TLS.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Who signed the broker's certificate: PEM or DER."),
    ] = None,
    user: Annotated[str | None, typer.Option(help="MicroPython: the board's user at the broker.")] = None,
    mqtt_password_file: Annotated[
        Path | None, typer.Option(help="A file of yours alone; else asked for.")
    ] = None,
    update_key_file: Annotated[
        Path | None, typer.Option(help="MicroPython: the key that signs updates, in a file of yours alone.")
    ] = None,
    register_it: Annotated[
        bool, typer.Option("--register/--no-register", help="Enter it in the sensor master of --home.")
    ] = True,
    home: Home = DEFAULT_HOME,
    cassandra: Address = None,
    keyspace: Keyspace = "farm",
) -> None:
    """Give a board its identity, position, credentials and calibration, and enter it in the sensor master."""
    from compose.boards.provision import run_provision
    from compose.boards.wanted import Wanted
    from compose.local.access import tables_of

    wanted = Wanted(
        port=port, board=board, id=identity, field=field, lon=lon, lat=lat, gps=gps, interval=interval,
        soil=soil, forget=forget, ph=ph, moisture=moisture, settings=settings, ssid=ssid, mqtt=mqtt, ca=ca,
        user=user, wifi_password_file=wifi_password_file, mqtt_password_file=mqtt_password_file,
        update_key_file=update_key_file,
    )  # fmt: skip
    run_provision(wanted, tables_of(home, cassandra, keyspace) if register_it else None)


@boards.command()
def calibrate(
    port: Port,
    what: Annotated[
        Literal["ph", "moisture"], typer.Argument(help="ph: two buffers; moisture: dry and wet.")
    ],
    buffers: Annotated[str, typer.Option(metavar="PH,PH", help="The two buffers.")] = "6.86,4.01",
    dry: Annotated[
        float | None, typer.Option(min=0, max=100, help="Water content of the dry soil, %.")
    ] = None,
    wet: Annotated[float | None, typer.Option(min=0, max=100, help="Of the wet one, %.")] = None,
) -> None:
    """Calibrate a probe step by step, with live raw and calibrated values; Enter takes a point."""
    from compose.boards.calibrate import run_calibrate

    run_calibrate(port, what, buffers, (dry, wet))


@boards.command()
def monitor(
    port: Port,
    raw: Annotated[bool, typer.Option("--raw", help="The lines as they come.")] = False,
    as_json: AsJson = False,
    span: Annotated[str | None, typer.Option("--for", help="How long: 30s, 5m; else until Ctrl-C.")] = None,
) -> None:
    """Show what a board says, live; it acknowledges nothing, so that nothing is lost by looking."""
    from compose.boards.show import run_monitor

    run_monitor(port, "raw" if raw else "json" if as_json else "text", span)


@boards.command()
def update(
    board: Annotated[str, typer.Argument(help="A MicroPython board's id.")],
    key_file: Annotated[Path, typer.Option(help="The board's update_key, in a file of yours alone.")],
    folder: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Another application than ours: holds farm/."),
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Send the application to a board over MQTT, signed; it goes back by itself where it does not come up."""
    from compose.boards.update import APPLICATION, run_update

    run_update(home, board, key_file, folder or APPLICATION)
