"""`farmstream simulate`: the command line of the simulated fleet."""

import signal
import sys
import threading
from contextlib import nullcontext
from datetime import datetime
from math import inf
from types import FrameType
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware.simulator import options as o
from firmware.simulator.errors import SimulatorError
from firmware.simulator.faults import parse_faults
from firmware.simulator.fleet import write_master
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.simulation import run
from firmware.simulator.stats import Summary
from firmware.simulator.wiring import fleet_of
from telemetry.clock import duration as seconds
from telemetry.errors import FarmstreamError

__all__ = ["main", "simulate"]


def simulate(  # noqa: PLR0913, PLR0917 - a command's parameters are its options
    boards: o.Boards = 12, fields: o.Fields = None, seed: o.Seed = 1, id_prefix: o.IdPrefix = "",
    dry_fields: o.DryFields = 1, time_zone: o.TimeZone = "Asia/Tokyo", faults: o.Faults = "",
    offline_for: o.OfflineFor = "2m", mqtt: o.Mqtt = None, user: o.User = None,
    password_file: o.PasswordFile = None, connections: o.Connections = 4, flat: o.Flat = 0.0,
    serial: o.Serial = None, serial_share: o.SerialShare = 0.5, boards_per_port: o.BoardsPerPort = 1,
    interval: o.Interval = "10s", start: o.Start = None, duration: o.Duration = None,
    accelerate: o.Accelerate = "1", max_skew: o.MaxSkew = "4m", resend: o.Resend = "5s",
    window: o.Window = 1000, drain: o.Drain = "10s", manifest: o.Manifest = None,
    state: o.State = None, stats: o.Stats = None, master: o.Master = None, as_json: o.AsJson = False,
) -> None:  # fmt: skip
    """Run simulated boards: physics, faults on request, and the wire formats of real ones.

    With --master alone it only writes the fleet's master data. With --history 1y it fills the tables of a
    pipeline with past seasons instead, and has other options: `farmstream simulate --history 1y --help`.
    """
    settings = SimulatorSettings(
        boards=boards, fields=fields, seed=seed, id_prefix=id_prefix, dry_fields=dry_fields,
        time_zone=time_zone, faults=parse_faults(faults), offline_for=seconds(offline_for), mqtt=mqtt,
        user=user, password_file=password_file, connections=connections, flat=flat, serial=serial,
        serial_share=serial_share, boards_per_port=boards_per_port, interval=seconds(interval),
        start=_instant(start), duration=seconds(duration) if duration else None,
        accelerate=_speed(accelerate), max_skew=seconds(max_skew), resend=seconds(resend), window=window,
        drain=seconds(drain), manifest=manifest, state=state, stats=stats,
    )  # fmt: skip
    console = Console(stderr=True)
    if master:
        for path in write_master(fleet_of(settings), master):
            console.print(f"wrote {path}")
        if mqtt is None and serial is None:
            return
    summary = _run(settings, console)
    if as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    else:
        console.print(_table(summary))


def main(argv: list[str] | None = None) -> int:
    """Run the command by itself; returns the exit code."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(simulate)
    try:
        app(argv, prog_name="farmstream simulate")
    except FarmstreamError as why:
        shown = Text(f"farmstream: {why}", style="red")
        Console(stderr=True).print(shown, soft_wrap=True)
        return 1
    except SystemExit as left:  # how typer ends, with the exit code
        return int(left.code or 0)
    return 0


def _run(settings: SimulatorSettings, console: Console) -> Summary:
    """Run with SIGTERM and SIGINT as the orderly end."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    shown: Any = console.status(_sentence(settings)) if console.is_terminal else nullcontext()
    try:
        with shown:
            return run(settings, stop)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _sentence(settings: SimulatorSettings) -> str:
    where = " and ".join(str(at) for at in (settings.mqtt, settings.serial) if at)
    return f"{settings.boards} boards, every {settings.interval:g} s, to {where}; Ctrl-C ends it"


def _table(summary: Summary) -> Table:
    names = ("measured", "sent", "acked", "resent", "duplicates", "malformed")
    table = Table("", *names, title=f"Simulated until {summary.until}, {summary.seconds:.1f} s")
    for via, counts in summary.by_via.items():
        table.add_row(via, *(f"{counts[name]:,}" for name in names))
    table.add_row("all", *(f"{getattr(summary, name):,}" for name in names), style="bold")
    if summary.kept:
        table.caption = f"{summary.kept:,} frames not acknowledged. {' '.join(summary.problems)}"
    return table


def _instant(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError as why:
        raise SimulatorError(f"'{text}' is not an instant: write for example 2026-11-24T00:00:00Z.") from why


def _speed(text: str) -> float:
    try:
        return inf if text == "max" else float(text)
    except ValueError as why:
        raise SimulatorError(f"'{text}' is not a speed: write a number such as 10, or max.") from why
