"""`analyze`, `predictions` and `report`: what the past says of the days ahead."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from compose.commands.data import Address, Keyspace
from compose.commands.options import DEFAULT_HOME, AsJson, Home, console

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for command in (analyze, predictions, report):
        app.command(rich_help_panel="What the tables hold")(command)


def analyze(
    since: Annotated[str, typer.Option(help="How far back: 60d, 1y.")] = "1y",
    as_json: AsJson = False, home: Home = DEFAULT_HOME,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Study the stored past: can soil moisture be forecast? Saves the best model for the stream."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from compose.local.access import tables_of
    from compose.local.home import Home as Folder
    from compose.local.spark import batch_session
    from notebooks.analysis.show import sheets
    from notebooks.analysis.study import study
    from storage.farm import Farm
    from telemetry.clock import duration

    duration(since)  # a wrong one is told before anything starts
    folder, said, tables = Folder(home), Console(stderr=True), tables_of(home, cassandra, keyspace)
    with Farm(tables) as farm, batch_session(folder.make()) as spark, said.status("") as status:

        def say(step: str) -> None:
            if said.is_terminal:
                status.update(step)
            else:
                said.print(step, soft_wrap=True)

        result = study(spark, farm, folder.models, since, say)
    if as_json:
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
        return
    out = console()
    for sheet in sheets(result):
        table = Table(*sheet.header, title=sheet.title, title_justify="left")
        for row in sheet.rows:
            table.add_row(*row)
        out.print(table)
    out.print(f"Saved: {result.model}", soft_wrap=True)


def predictions(
    since: Annotated[str, typer.Option(help="Over which time errors are told.")] = "7d",
    as_json: AsJson = False, home: Home = DEFAULT_HOME,
    cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Show what is expected of each field, and when irrigation will be needed."""
    from compose.local.access import tables_of
    from storage.forecasts import list_forecasts

    list_forecasts(tables_of(home, cassandra, keyspace), sys.stdout, since, as_json)


def report(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    week: Annotated[bool, typer.Option("--week", help="The last seven days; what is made anyhow.")] = True,
    until: Annotated[str | None, typer.Option(help="When they end, ISO 8601; default: now.")] = None,
    field: Annotated[str | None, typer.Option(help="One field alone, by its id or name.")] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)] = Path(),
    pdf: Annotated[bool, typer.Option(help="Make a PDF too, where Chromium is installed.")] = True,
    home: Home = DEFAULT_HOME, cassandra: Address = None, keyspace: Keyspace = "farm",
) -> None:  # fmt: skip
    """Write the week of each field as one HTML file that needs nothing else, and as PDF."""
    from compose.commands.history import instant
    from compose.local.access import tables_of
    from notebooks.report.facts import gather
    from notebooks.report.page import render
    from notebooks.report.pdf import find_chromium, to_pdf
    from storage.farm import Farm
    from telemetry.clock import utc_now

    end = (instant(until) or utc_now()).replace(minute=0, second=0, microsecond=0)
    with Farm(tables_of(home, cassandra, keyspace)) as farm:
        made = render(gather(farm, end, utc_now(), only=field))
    out.mkdir(parents=True, exist_ok=True)
    html = out / f"farm-{end:%Y-%m-%d}{'-' + field.replace(' ', '-') if field else ''}.html"
    html.write_text(made)
    typer.echo(f"wrote {html}")
    if pdf and (chromium := find_chromium()):
        to_pdf(chromium, html, html.with_suffix(".pdf"))
        typer.echo(f"wrote {html.with_suffix('.pdf')}")
    elif pdf:
        typer.echo("No PDF: install Chromium, or print the page from your browser.", err=True)
