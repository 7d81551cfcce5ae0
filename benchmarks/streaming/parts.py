"""The parts of `farmstream bench streaming`, what they found, and what they were to reach."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.machine import Machine, this_machine
from benchmarks.report import Target, missed
from benchmarks.streaming import alerts
from benchmarks.streaming.servers import Servers, serving

__all__ = ["PARTS", "Options", "Part", "StreamingReport", "as_json", "run_streaming", "show_streaming"]


class Options(Struct, frozen=True, kw_only=True):
    """What a person may choose: the rates of part `alerts` (readings/s) and its query's trigger."""

    rates: tuple[float, ...] = (100.0, 1000.0, 5000.0)
    trigger: str = "2m"


class Part(Struct, frozen=True, kw_only=True):
    """`figures` by their lasting names; `rows` a table for people, its header first; `details` all of it."""

    figures: dict[str, float]
    rows: list[tuple[str, ...]]
    details: Any = None


class StreamingReport(Struct, frozen=True, kw_only=True):
    """`missed` is a sentence for each target that was."""

    machine: Machine
    figures: dict[str, float]
    missed: tuple[str, ...]
    parts: dict[str, Part]


TARGETS = (Target("alert_p99_ms", 25.0, False, "ms"),)
"""On two cores."""


def _alerts(servers: Servers, options: Options, console: Console) -> Part:
    found = alerts.run(servers, options.rates, options.trigger, console)
    header = ("readings/s", "alerts", "missing", "p50 ms", "p99 ms", "p99.9 ms", "longest ms", "pauses ms")
    rows = [
        (
            f"{f.readings_per_s:,.0f}", f"{f.alerts:,}", str(f.missing), f"{f.p50_ms:.1f}", f"{f.p99_ms:.1f}",
            f"{f.p999_ms:.1f}", f"{f.max_ms:.0f}", " ".join(f"{p:.0f}" for p in f.pauses_ms),
        )
        for f in found
    ]  # fmt: skip
    main = [f for f in found if f.readings_per_s == 1000.0]
    figures = {"alert_p50_ms": main[0].p50_ms, "alert_p99_ms": main[0].p99_ms} if main else {}
    return Part(figures=figures, rows=[header, *rows], details=found)


PARTS: dict[str, Callable[[Servers, Options, Console], Part]] = {"alerts": _alerts}
"""In the order in which they run; each leaves the servers to the next one."""


def run_streaming(names: Sequence[str], options: Options, console: Console) -> StreamingReport:
    """Run these parts on servers of their own."""
    with serving() as servers:
        parts = {name: PARTS[name](servers, options, console) for name in names}
    figures = {key: value for part in parts.values() for key, value in part.figures.items()}
    told = missed(figures, [target for target in TARGETS if target.name in figures])
    return StreamingReport(machine=this_machine(), figures=figures, missed=told, parts=parts)


def show_streaming(report: StreamingReport, console: Console) -> None:
    """Print it as tables."""
    for name, part in report.parts.items():
        table = Table(*part.rows[0], title=name)
        for row in part.rows[1:]:
            table.add_row(*row)
        console.print(table)
    for sentence in report.missed:
        console.print(f"Missed: {sentence}.", style="yellow")


def as_json(report: StreamingReport) -> str:
    """One object: the figures by name beside everything else."""
    return msgspec.json.format(msgspec.json.encode(report.figures | {"report": report}), indent=2).decode()
