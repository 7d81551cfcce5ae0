"""The command `farmstream`: one sub-command per thing a person does; see `compose/commands/`.

A module that a command needs is imported when that command runs, so that `--help` and completion
answer at once.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from compose.commands import analysis, bench, boards, completeness, dashboard, data, parts, pipeline, rules
from compose.commands.options import DEFAULT_HOME
from telemetry.errors import FarmstreamError

__all__ = ["app", "main"]

app = typer.Typer(
    name="farmstream",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (pipeline, dashboard, data, rules, completeness, boards, analysis, parts, bench):
    group.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"farmstream {version('farmstream')}")
        raise typer.Exit


@app.callback()
def farmstream(
    home: Annotated[
        Path,
        typer.Option(
            "--home",
            metavar="FOLDER",
            envvar="FARMSTREAM_HOME",
            help="The folder that holds the pipeline's state; may also follow the command.",
        ),
    ] = DEFAULT_HOME,
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Soil sensors in a field to alerts and dashboards, with nothing lost on the way."""


def main() -> None:
    """Run the command line; an error that a person can mend is one sentence and exit code 1."""
    try:
        app()
    except FarmstreamError as why:
        _fail(str(why))
    except BrokenPipeError:
        sys.exit(141)
    except OSError as why:
        if not why.filename:
            raise
        _fail(f"{why.filename}: {why.strerror}.")


def _fail(sentence: str) -> NoReturn:
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True).print(Text(f"farmstream: {sentence}", style="red"), soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
