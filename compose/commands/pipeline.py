"""`up`, `down`, `status` and `logs`: the pipeline as a whole."""

from typing import Annotated

import typer

from compose.commands.options import DEFAULT_HOME, AsJson, Home

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    panel = "The pipeline"
    app.command(rich_help_panel=panel)(up)
    app.command(rich_help_panel=panel)(down)
    app.command(rich_help_panel=panel)(status)
    app.command(rich_help_panel=panel)(logs)


def up(
    home: Home = DEFAULT_HOME,
    boards: Annotated[
        str,
        typer.Option(help="Which boards run: a number of simulated ones, or kind:count with commas."),
    ] = "12",
    interval: Annotated[str, typer.Option(help="Pause between two readings of a simulated board.")] = "10s",
    detach: Annotated[
        bool, typer.Option("--detach", help="Run in the background; return when it is ready.")
    ] = False,
    dashboards: Annotated[bool, typer.Option(help="Run the dashboards too.")] = True,
) -> None:
    """Run the whole pipeline: broker, gateway, Fluentd hop, Kafka, Spark, Cassandra, boards."""
    from compose.local.up import UpOptions, run_up

    options = UpOptions(home=home, boards=boards, interval=interval, dashboards=dashboards)
    raise typer.Exit(run_up(options, detach=detach))


def down(home: Home = DEFAULT_HOME) -> None:
    """Stop the pipeline in the right order; nothing on its way is lost."""
    from compose.local.down import run_down

    raise typer.Exit(run_down(home))


def status(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Tell what runs and where; exit code 3 when something does not."""
    from compose.local.status import run_status

    raise typer.Exit(run_status(home, as_json=as_json))


def logs(
    name: Annotated[str, typer.Argument(help="A component, as `status` names it.")],
    home: Home = DEFAULT_HOME,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as the log grows.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many lines from the end.")] = 100,
) -> None:
    """Show one component's log."""
    from compose.local.logs import show_log

    show_log(home, name, lines=lines, follow=follow)
