"""The parts of `farmstream bench streaming`, what they found, and what they were to reach."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.machine import Machine, this_machine
from benchmarks.report import Target, missed
from benchmarks.streaming import alerts, quality, soak, source, throughput
from benchmarks.streaming.part import Options, Part
from benchmarks.streaming.servers import Servers, serving

__all__ = ["PARTS", "TARGETS", "StreamingReport", "as_json", "run_streaming", "show_streaming"]


class StreamingReport(Struct, frozen=True, kw_only=True):
    """`missed` is a sentence for each target that was."""

    machine: Machine
    figures: dict[str, float]
    missed: tuple[str, ...]
    parts: dict[str, Part]


TARGETS = (
    Target("alert_p99_ms", 25.0, False, "ms"),
    Target("rule_live_s", 60.0, False, "s"),
    Target("ingest_rows_per_s", 12_000.0, True, "rows/s"),
    Target("sparse_rows_per_s", 10_000.0, True, "rows/s"),
    Target("quality_rows_per_s", 15_000.0, True, "rows/s"),
    Target("quality_sparse_rows_per_s", 15_000.0, True, "rows/s"),
    Target("write_vs_driver", 3.0, True, "times the loop"),
    Target("read_vs_driver", 2.0, True, "times the loop"),
    Target("write_vs_connector", 1.2, True, "times the connector"),
    Target("write_sparse_vs_connector", 1.0, True, "times the connector"),
    Target("scale_100_to_100000", 1.15, False, "times the cost"),
    Target("soak_growth", soak.GROWTH, False, "of the memory"),
)
"""On two cores."""

PARTS: dict[str, Callable[[Servers, Options, Console], Part]] = {
    "source": source.run,
    "throughput": throughput.run,
    "quality": quality.run,
    "alerts": alerts.run,
    "soak": soak.run,
}
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
        for note in (*(f"{key}: {value:,g}" for key, value in part.figures.items()), *part.notes):
            console.print(note, highlight=False)
    for sentence in report.missed:
        console.print(f"Missed: {sentence}.", style="yellow")


def as_json(report: StreamingReport) -> str:
    """One object: the figures by name beside everything else."""
    return msgspec.json.format(msgspec.json.encode(report.figures | {"report": report}), indent=2).decode()
