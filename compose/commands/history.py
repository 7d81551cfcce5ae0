"""`simulate --history`: the tables filled with past seasons."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from compose.commands.data import Address, Keyspace
from compose.commands.options import AsJson

__all__ = ["instant", "main"]


def main(home: Path, words: list[str]) -> int:
    """Run it with the words after `simulate`; returns the exit code."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

    @app.command(context_settings={"help_option_names": ["-h", "--help"]})
    def simulate(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
        history: Annotated[str, typer.Option(help="How long a past: 60d, 1y.")],
        interval: Annotated[str, typer.Option(help="Between two readings of a board.")] = "10m",
        until: Annotated[
            str | None,
            typer.Option(help="When it ends, ISO 8601; default: when the boards came into the master."),
        ] = None,
        boards: Annotated[
            int | None, typer.Option(min=1, help="How many boards; default: those of the pipeline, else 12.")
        ] = None,
        fields: Annotated[
            int | None, typer.Option(min=1, help="How many fields; default: one for 4 boards.")
        ] = None,
        seed: Annotated[int, typer.Option(help="Same seed: same readings.")] = 1,
        faults: Annotated[
            str, typer.Option(help="Rates of wrong and missing values: dropout=0.01,drift=0.001.")
        ] = "",
        as_json: AsJson = False, cassandra: Address = None, keyspace: Keyspace = "farm",
    ) -> None:  # fmt: skip
        """Fill the tables with past seasons of the simulated boards, through the stream's own transforms.

        What is there already is not written again; a run that was cut off goes on where it was.
        """
        import msgspec
        from rich.console import Console

        from compose.local.access import tables_of
        from compose.local.home import Home
        from compose.local.past import Plan, fill
        from compose.local.spark import batch_session
        from firmware.simulator.faults import parse_faults
        from firmware.simulator.settings import SimulatorSettings
        from telemetry.clock import duration

        fleet = SimulatorSettings(
            boards=boards or _boards(home), fields=fields, seed=seed, interval=duration(interval),
            faults=parse_faults(faults),
        )  # fmt: skip
        plan = Plan(fleet=fleet, span=duration(history), until=instant(until))
        console = Console(stderr=True)
        folder, tables = Home(home).make(), tables_of(home, cassandra, keyspace)
        told = fill(tables, plan, lambda: batch_session(folder), console)
        if as_json:
            typer.echo(msgspec.json.encode(told))
            return
        span = f"{told.begins:%Y-%m-%d %H:%M} to {told.ends:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"{span}: {told.readings:,} readings written, {told.readings_there:,} were there.")
        if told.rows_per_s:
            typer.echo(
                f"{told.seconds:,.1f} s, {told.rows_per_s:,.0f} readings/s with all that follows from them."
            )

    try:
        app(words, prog_name="farmstream simulate")
    except SystemExit as left:  # how typer ends, with the exit code
        return int(left.code or 0)
    return 0


def _boards(home: Path) -> int:
    """As many simulated boards as the pipeline under `home` has, else 12."""
    from compose.local.boards import parse_boards
    from compose.local.lifecycle import state_of

    state = state_of(home)
    known = parse_boards(state.options.get("boards", "12")) if state else {}
    return known.get("simulated") or 12


def instant(text: str | None) -> datetime | None:
    """What `--until` means, in UTC."""
    from firmware.simulator.errors import SimulatorError

    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError as why:
        raise SimulatorError(f"'{text}' is not an instant: write for example 2026-09-01T00:00Z.") from why
    if at and at.tzinfo is None:
        raise SimulatorError(f"--until {text} has no zone: write for example 2026-09-01T00:00Z.")
    return at and at.astimezone(UTC)
