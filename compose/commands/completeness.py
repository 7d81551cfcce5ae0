"""`audit`, `backfill` and `replay`: whether nothing is missing, and how what is stored is computed again."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compose.commands.options import DEFAULT_HOME, AsJson, Home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.local.replay import Tell
    from streaming.settings import Settings

__all__ = ["register"]

INCOMPLETE = 4
"""Exit code of `audit` when something is missing."""

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The streaming application's settings, instead of the home's."),
]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for command in (audit, backfill, replay):
        app.command(rich_help_panel="What the tables hold")(command)


def audit(
    since: Annotated[str, typer.Option(help="How far back: 30m, 1h, 7d.")] = "1d",
    patience: Annotated[str, typer.Option(help="How long what has just come may take to be stored.")] = "30s",
    as_json: AsJson = False, config: Config = None, home: Home = DEFAULT_HOME,
) -> None:  # fmt: skip
    """Prove that nothing is lost: numbers missing per board, and what is in Kafka but not stored.

    Exit code 4 when something is missing.
    """
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    import msgspec

    from storage.farm import Farm
    from streaming.audit.report import audit as compare
    from streaming.audit.show import show
    from telemetry.clock import duration, utc_now

    settings = _settings(config, home)
    begun = utc_now() - timedelta(seconds=duration(since))
    ahead = timedelta(seconds=duration(settings.max_ahead))
    with Farm(settings.cassandra) as farm:
        found = compare(
            farm, settings.kafka.bootstrap, begun, prefix=settings.kafka.topic_prefix,
            zone=ZoneInfo(settings.legacy_time_zone), max_ahead=ahead,
            patience=duration(patience),
        )  # fmt: skip
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        show(found, sys.stdout)
    raise typer.Exit(0 if found.complete else INCOMPLETE)


def backfill(
    since: Annotated[str, typer.Option(help="How far back: 1h, 7d; whole UTC days.")] = "7d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    as_json: AsJson = False, config: Config = None, home: Home = DEFAULT_HOME,
) -> None:  # fmt: skip
    """Compute again what misses readings that came after the watermark, and mark these readings.

    Windows by field; minutes, hours and days of each sensor, and the hours that are judged (ISMN).

    Safe at any time, the stream running or not; run it once a day.
    """
    import os
    from datetime import timedelta

    import msgspec

    from storage.farm import Farm
    from streaming.backfill.job import backfill as run
    from streaming.spark import Resources, spark_session
    from telemetry.clock import duration, utc_now

    settings = _settings(config, home)
    os.environ["JAVA_HOME"] = str(_java_home(home))
    begun = utc_now() - timedelta(seconds=duration(since))
    days = []
    with Farm(settings.cassandra) as farm:
        for day in run(farm, settings, begun, lambda: spark_session(Resources()), dry_run=dry_run):
            days.append(day)
            if not as_json:
                computed = f"{day.windows:,} windows and {day.spans:,} minutes, hours and days"
                typer.echo(f"{day.day}: {computed}, {day.readings:,} readings after the watermark")
    if as_json:
        typer.echo(msgspec.json.encode(days))
    else:
        rows, done = sum(day.windows + day.spans for day in days), "would be" if dry_run else "were"
        typer.echo(f"{rows:,} rows {done} computed again." if days else "All that is settled is whole.")


def replay(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    begin: Annotated[str, typer.Option("--from", metavar="TIME", help="2026-11-24, 2026-11-24T06:00Z.")],
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Now, unless given.")] = None,
    stored: Annotated[
        bool,
        typer.Option("--stored/--kafka", help="From table `reading`, by date, or out of Kafka, by arrival."),
    ] = False,
    into: Annotated[
        str | None, typer.Option("--into", metavar="KEYSPACE", help="Another keyspace, made where missing.")
    ] = None,
    as_json: AsJson = False, config: Config = None, home: Home = DEFAULT_HOME,
) -> None:  # fmt: skip
    """Send a span of readings through the streaming jobs once more; what is written again stays the same."""
    import msgspec

    from compose.local.replay import replay as run
    from storage.farm import Farm
    from storage.when import span_of
    from streaming.records import records_of
    from streaming.replay.stored import stored_records
    from telemetry.clock import utc_now
    from telemetry.topics import READINGS

    settings = _settings(config, home)
    span = span_of(None, begin, end, utc_now())
    kafka = settings.kafka
    with Farm(settings.cassandra) as farm, _told(as_json) as tell:
        records = (
            stored_records(farm, span)
            if stored
            else records_of(kafka.bootstrap, kafka.topic_prefix + READINGS.name, span)
        )
        done = run(settings, records, into or settings.cassandra.keyspace, _java_home(home), tell)
    if as_json:
        typer.echo(msgspec.json.encode(done))
    else:
        typer.echo(f"{done.records:,} records went through the jobs into keyspace {done.keyspace}.")


@contextmanager
def _told(quiet: bool) -> "Iterator[Tell]":
    """A line on the terminal that says how far it is."""
    from rich.console import Console

    console = Console(stderr=True, quiet=quiet)
    with console.status("Copying records") as status:
        words = {"copied": "Copying records: {:,}", "left": "The jobs work: {:,} records left"}
        yield lambda what, number: status.update(words[what].format(number))


def _java_home(home: Path) -> Path:
    """Where Spark finds its Java."""
    from compose.local.home import Home as Folder
    from compose.local.java import find_java, spark_java_home

    return spark_java_home(find_java(), Folder(home).etc("java"))


def _settings(config: Path | None, home: Path) -> "Settings":
    """Those of the streaming application: where Kafka and the tables are, and how dates are read."""
    from streaming.settings import read_settings
    from telemetry.errors import FarmstreamError

    path = config or home / "etc" / "streaming" / "streaming.toml"
    if not path.exists():
        raise FarmstreamError(
            f"Nothing has run under {home}: start it with `farmstream up`, or name settings with --config."
        )
    return read_settings(path)
