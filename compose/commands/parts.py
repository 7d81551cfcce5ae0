"""Commands that run one part by itself, the tests included."""

from pathlib import Path
from typing import Annotated

import typer

from compose.commands.options import DEFAULT_HOME, PASS_THROUGH, PYTEST, Home

__all__ = ["register"]

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Its settings file (TOML).")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    panel = "One part by itself"
    app.command(rich_help_panel=panel)(gateway)
    app.command(rich_help_panel=panel)(collector)
    app.command(rich_help_panel=panel)(streaming)
    app.command(rich_help_panel=panel)(notify)
    app.command(rich_help_panel=panel, context_settings=PASS_THROUGH, add_help_option=False)(simulate)
    app.command(rich_help_panel="Work on it", context_settings=PYTEST)(test)


def gateway(config: Config = None, home: Home = DEFAULT_HOME) -> None:
    """Run an edge gateway: boards in, Fluentd out, a durable spool between."""
    from edge_gateway.daemon import main

    raise typer.Exit(main(config or home / "etc" / "gateway" / "gateway.toml"))


def collector(config: Config = None, home: Home = DEFAULT_HOME) -> None:
    """Run the embedded collector, the stand-in where no Fluentd is installed."""
    from fluentd.collector import main

    raise typer.Exit(main(config or home / "etc" / "fluentd" / "collector.toml"))


def streaming(config: Config = None, home: Home = DEFAULT_HOME) -> None:
    """Run the streaming jobs: join, check, windows, alerts."""
    from streaming.app import main

    raise typer.Exit(main(config or home / "etc" / "streaming" / "streaming.toml"))


def notify(config: Config = None, home: Home = DEFAULT_HOME) -> None:
    """Tell alerts by webhook, mail or MQTT: docs/alerts.md."""
    from notify.daemon import main

    raise typer.Exit(main(config or home / "etc" / "notify" / "notify.toml"))


def simulate(ctx: typer.Context, home: Home = DEFAULT_HOME) -> None:
    """Run simulated boards; without --mqtt and --serial, on the broker of the pipeline under --home.

    With --history 1y fill the tables with past seasons instead.
    """
    named = {word.partition("=")[0] for word in ctx.args}
    if "--history" in named:
        from compose.commands.history import main as fill

        raise typer.Exit(fill(home, ctx.args))
    from firmware.simulator.command import main

    argv = list(ctx.args)
    if not named & {"--mqtt", "--serial", "--master", "--help", "-h"}:
        from compose.local.access import broker_words

        argv += broker_words(home)
    raise typer.Exit(main(argv))


def test(
    ctx: typer.Context,
    unit: Annotated[bool, typer.Option("--unit", help="The unit tests alone; they need no servers.")] = False,
) -> None:
    """Set up what the tests need, run them, and tell what was skipped and why.

    All other words are pytest's: `farmstream test tests/unit/storage -k csv -x`.
    """
    from compose.testing import main

    raise typer.Exit(main([*(["--unit"] if unit else []), *ctx.args]))
