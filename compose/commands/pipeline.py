"""`up`, `down`, `status` and `logs`: the pipeline as a whole."""

from pathlib import Path
from typing import Annotated

import typer

from compose.commands.options import DEFAULT_HOME, AsJson, Home, console

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    panel = "The pipeline"
    for command in (up, down, status, logs):
        app.command(rich_help_panel=panel)(command)


def up(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    home: Home = DEFAULT_HOME,
    boards: Annotated[
        str,
        typer.Option(
            help="Which boards run: how many simulated ones, or kind:count with commas; kinds: simulated, "
            "avr and micropython (real firmware on simulated chips)."
        ),
    ] = "12",
    interval: Annotated[str, typer.Option(help="Between two readings of a simulated board.")] = "10s",
    faults: Annotated[
        str, typer.Option(help="Faults of simulated boards: rates, as for `farmstream simulate`.")
    ] = "",
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Run in the background; return when all is ready.")
    ] = False,
    dashboards: Annotated[bool, typer.Option(help="Run the dashboards too.")] = True,
) -> None:
    """Run the whole pipeline: boards, broker, gateway, Fluentd hop, Kafka, Spark, Cassandra."""
    from compose.local.detach import run_detached
    from compose.local.home import Home as HomeFolder
    from compose.local.options import Options
    from compose.local.up import run_up

    options = Options(
        home=HomeFolder(home).make(), boards=boards, interval=interval, faults=faults, dashboards=dashboards
    )
    (run_detached if detach else run_up)(options, console())


def down(home: Home = DEFAULT_HOME) -> None:
    """Stop the pipeline in the right order; nothing on its way is lost."""
    from compose.local.lifecycle import take_down

    take_down(home, typer.echo)


def status(
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also draw the screen of `up` into an SVG file.")
    ] = None,
) -> None:
    """Tell what runs, where, and how it flows; exit code 3 when something does not run."""
    from compose.local.status import run_status

    raise typer.Exit(run_status(home, as_json=as_json, console=console(), svg=svg))


def logs(
    name: Annotated[str, typer.Argument(help="A component, as `status` names it.")],
    home: Home = DEFAULT_HOME,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as the log grows.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many lines from the end.")] = 100,
) -> None:
    """Show one component's log."""
    from compose.local import logs as files

    log = files.log_of(home, name)
    for line in files.tail(log, lines):
        typer.echo(line)
    for piece in files.follow(log) if follow else ():
        typer.echo(piece, nl=False)
