"""`migrate`, `sensors`, `fields`, `readings` and `alerts`: what the tables hold."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compose.commands.options import DEFAULT_HOME, AsJson, Home

if TYPE_CHECKING:
    from storage.commands import Form

__all__ = ["register"]

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")]
Since = Annotated[str, typer.Option(help="How far back: 30m, 1h, 7d.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, with a header.")]
Address = Annotated[
    str | None,
    typer.Option(
        "--cassandra",
        metavar="HOST:PORT",
        envvar="FARMSTREAM_CASSANDRA",
        help="Instead of the pipeline's own; also HOST,HOST:PORT.",
    ),
]
Keyspace = Annotated[str, typer.Option(envvar="FARMSTREAM_KEYSPACE", help="The keyspace.")]

_sensors = typer.Typer(no_args_is_help=True, help="Which sensor stands in which field.")
_fields = typer.Typer(no_args_is_help=True, help="The fields: soil, moisture threshold, time zone.")

_alerts = typer.Typer(help="Alerts; without a command of its own, list them.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    panel = "What the tables hold"
    app.add_typer(_sensors, name="sensors", rich_help_panel=panel)
    app.add_typer(_fields, name="fields", rich_help_panel=panel)
    app.add_typer(_alerts, name="alerts", rich_help_panel=panel)
    for command in (readings, migrate):
        app.command(rich_help_panel=panel)(command)


def migrate(
    home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm",
    roles: Annotated[
        Path | None, typer.Option(help="Make reader, writer, admin too; this folder takes their passwords.")
    ] = None,
    replication: Annotated[
        str, typer.Option(help="Copies of each row, where the keyspace is made: 3, or field:3,analytics:2.")
    ] = "1",
) -> None:  # fmt: skip
    """Bring the tables to this version's schema; safe at any time."""
    from compose.local.access import tables_of
    from storage import commands

    tables = tables_of(home, cassandra, keyspace, replication=replication)
    commands.migrate(tables, sys.stdout, roles)


@_sensors.command("import")
def import_sensors(
    file: File, home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm"
) -> None:
    """Take sensors from a CSV file: all of it, or nothing.

    Header: sensor_id,field_id,lon,lat. No field_id: it stands in no field. lon and lat: WGS84 degrees.
    """
    from compose.local.access import tables_of
    from storage import commands

    commands.import_sensors(tables_of(home, cassandra, keyspace), file, sys.stdout)


@_sensors.command("list")
def list_sensors(
    home: Home = DEFAULT_HOME, as_json: AsJson = False, as_csv: AsCsv = False,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show all sensors."""
    from compose.local.access import tables_of
    from storage import commands

    commands.list_sensors(tables_of(home, cassandra, keyspace), sys.stdout, _form(as_json, as_csv))


@_fields.command("import")
def import_fields(
    file: File, home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm"
) -> None:
    """Take fields from a CSV file: all of it, or nothing.

    Header: field_id,name,soil,moisture_threshold,time_zone,outline, the outline as "lon lat; lon lat; …".
    """
    from compose.local.access import tables_of
    from storage import commands

    commands.import_fields(tables_of(home, cassandra, keyspace), file, sys.stdout)


@_fields.command("list")
def list_fields(
    home: Home = DEFAULT_HOME, as_json: AsJson = False, as_csv: AsCsv = False,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show all fields."""
    from compose.local.access import tables_of
    from storage import commands

    commands.list_fields(tables_of(home, cassandra, keyspace), sys.stdout, _form(as_json, as_csv))


def readings(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    sensor: Annotated[str, typer.Argument(help="A sensor's id.")],
    since: Since = "1h", home: Home = DEFAULT_HOME, as_json: AsJson = False, as_csv: AsCsv = False,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show a sensor's readings, newest first."""
    from compose.local.access import tables_of
    from storage import commands

    tables = tables_of(home, cassandra, keyspace)
    commands.list_readings(tables, sensor, sys.stdout, since, _form(as_json, as_csv))


@_alerts.callback()
def alerts(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    ctx: typer.Context,
    since: Since = "7d", home: Home = DEFAULT_HOME, as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as alerts open and change.")] = False,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show alerts, newest first; with --follow as they come, one a line."""
    if ctx.invoked_subcommand is None:
        list_alerts(since, home, as_json, follow, cassandra, keyspace)


@_alerts.command("list")
def list_alerts(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    since: Since = "7d", home: Home = DEFAULT_HOME, as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as alerts open and change.")] = False,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show alerts, newest first; with --follow as they come, one a line."""
    from compose.local.access import tables_of
    from storage import commands

    show = commands.follow_alerts if follow else commands.list_alerts
    show(tables_of(home, cassandra, keyspace), sys.stdout, since, as_json)


@_alerts.command("ack")
def acknowledge_alert(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    alert: Annotated[str, typer.Argument(help="An alert's id, or its beginning.")],
    by: Annotated[str, typer.Option(help="Who has seen it.", envvar="USER")] = "somebody",
    since: Annotated[str, typer.Option(help="How far back it is looked for.")] = "90d",
    home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Note that somebody has seen an alert; it stays open until it is good again."""
    from compose.local.access import tables_of
    from storage import commands

    commands.acknowledge(tables_of(home, cassandra, keyspace), alert, by, sys.stdout, since)


def _form(as_json: bool, as_csv: bool) -> "Form":
    return "json" if as_json else "csv" if as_csv else "table"
