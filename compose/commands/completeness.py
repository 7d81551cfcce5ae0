"""`audit`: whether nothing is missing."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compose.commands.options import DEFAULT_HOME, AsJson, Home

if TYPE_CHECKING:
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
    app.command(rich_help_panel="What the tables hold")(audit)


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
