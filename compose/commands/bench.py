"""`bench`: how fast this machine carries readings."""

import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from compose.commands.options import AsJson, console

__all__ = ["register"]

Boards = Annotated[
    int, typer.Option(min=2, max=5000, help="Simulated boards; every other one is on a serial port.")
]
Rate = Annotated[
    float | None,
    typer.Option(min=1, help="Readings/s to hold; else the limit of this machine is looked for."),
]
Duration = Annotated[str, typer.Option(help="How long that rate is measured.")]
Queries = Annotated[
    str, typer.Option(metavar="A,B", help="Streaming queries that run, as join,readings,windows; else all.")
]
Parts = Annotated[
    list[str] | None,
    typer.Option(help="Only these: source, throughput, quality, alerts, soak.", show_default="all"),
]
Days = Annotated[int, typer.Option(min=3, help="Simulated days; the first two are for learning.")]
Seed = Annotated[int, typer.Option(min=0, help="Of the simulated weather, boards and faults.")]
Seeds = Annotated[int, typer.Option(min=2, help="Pasts, each with its own weather.")]
First = Annotated[int, typer.Option(min=1, help="The seed of the first; the others follow.")]
History = Annotated[str, typer.Option(help="How long each past is: 60d, 1y.")]
Until = Annotated[str, typer.Option(help="When they end, ISO 8601.")]
Messages = Annotated[int, typer.Option(min=1000, help="Messages for each of the two.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    bench = typer.Typer(no_args_is_help=True, help="Measure how fast this machine carries readings.")
    bench.command()(pipeline)
    bench.command()(gateway)
    bench.command()(notebooks)
    bench.command()(firmware)
    bench.command()(anomalies)
    bench.command()(forecast)
    bench.command()(streaming)
    app.add_typer(bench, name="bench", rich_help_panel="Work on it")


def pipeline(
    boards: Boards = 200,
    rate: Rate = None,
    duration: Duration = "60s",
    queries: Queries = "",
    as_json: AsJson = False,
) -> None:
    """Load the whole pipeline, in a home of its own: readings/s, latency by hop, memory. Takes 6 minutes."""
    import msgspec
    from rich.console import Console

    from benchmarks.pipeline import Plan, run_pipeline
    from benchmarks.report import show
    from telemetry.clock import duration as seconds

    wanted = tuple(filter(None, queries.split(",")))
    plan = Plan(boards=boards, queries=wanted, rate=rate, duration=seconds(duration))
    with redirect_stdout(sys.stderr):
        report = run_pipeline(plan, Console(stderr=True))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        show(report, console())


def gateway(messages: Messages = 40_000, as_json: AsJson = False) -> None:
    """Measure the gateway by itself, against the script without a spool that it replaces."""
    import msgspec
    from rich.console import Console

    from benchmarks.gateway import run_gateway, show_gateway

    report = run_gateway(messages, Console(stderr=True))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        show_gateway(report, console())


def notebooks(as_json: AsJson = False) -> None:
    """Measure the dashboards: first paint, updates at 10 to 10,000 boards, reads into pandas. 12 minutes."""
    import msgspec
    from rich.console import Console

    from benchmarks.notebooks import run_notebooks, show_notebooks

    with redirect_stdout(sys.stderr):
        report = run_notebooks(Console(stderr=True))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        show_notebooks(report, console())


def firmware(as_json: AsJson = False) -> None:
    """Flash, RAM, CPU, energy and line speed of the Arduino firmware, on simulated chips. Takes a minute."""
    import msgspec

    from benchmarks.firmware import run_firmware, show_firmware

    report = run_firmware()
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        show_firmware(report, console())


def anomalies(boards: Boards = 12, days: Days = 7, seed: Seed = 11, as_json: AsJson = False) -> None:
    """Tell how many simulated faults are found: precision, recall and AUC by kind. Needs no server."""
    import msgspec

    from benchmarks.anomalies import run_anomalies, show_anomalies

    found = run_anomalies(boards, days, seed=seed)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        show_anomalies(found, console())


def forecast(
    seeds: Seeds = 8, first: First = 1, history: History = "60d", until: Until = "2025-09-01T00:00Z",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Tell how good the forecast of soil moisture is, over several simulated pasts. Needs no server."""
    import msgspec
    from rich.console import Console

    from benchmarks.forecast import run_forecast, show_forecast
    from compose.commands.history import instant
    from telemetry.clock import duration, utc_now

    ends, told = instant(until) or utc_now(), Console(stderr=True)
    report = run_forecast(seeds, duration(history), ends, told, first)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        show_forecast(report, console())


def streaming(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    part: Parts = None,
    rates: Annotated[str, typer.Option(help="Part alerts: readings/s, divided by commas.")] = "100,1000,5000",
    trigger: Annotated[str, typer.Option(help="Part alerts: the query's trigger; three are run.")] = "5m",
    rows: Annotated[
        int, typer.Option(min=1000, help="Rows of a case; throughput: three times it.")
    ] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="Part source: rounds that count.")] = 3,
    connector: Annotated[bool, typer.Option(help="Part source: with spark-cassandra-connector.")] = True,
    minutes: Annotated[float, typer.Option(min=1, help="Part soak: how long.")] = 15.0,
    as_json: AsJson = False,
) -> None:
    """Measure the stream and the tables, part by part, on servers of its own. All parts take 80 minutes."""
    from rich.console import Console

    from benchmarks.streaming.part import Options
    from benchmarks.streaming.parts import PARTS, run_streaming, show_streaming
    from benchmarks.streaming.parts import as_json as text

    names = part or list(PARTS)
    if strange := [name for name in names if name not in PARTS]:
        raise typer.BadParameter(f"there is no part '{strange[0]}': use {', '.join(PARTS)}")
    options = Options(
        rates=tuple(float(rate) for rate in rates.split(",")), trigger=trigger, rows=rows, rounds=rounds,
        with_connector=connector, minutes=minutes,
    )  # fmt: skip
    with redirect_stdout(sys.stderr):
        report = run_streaming(names, options, Console(stderr=True))
    if as_json:
        typer.echo(text(report))
    else:
        show_streaming(report, console())
