"""What `farmstream bench pipeline` tells: one document, and the tables made from it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Spread
from benchmarks.machine import Machine

__all__ = ["TARGETS", "BatchFigures", "Load", "Report", "Target", "missed", "show"]


class Target(Struct, frozen=True):
    """A bound on one figure of the report."""

    name: str
    bound: float
    least: bool
    unit: str


TARGETS = (
    Target("readings_per_s", 3000.0, True, "readings/s"),
    Target("rss_mib_total", 3.5 * 1024, False, "MiB"),
    Target("warm_first_reading_s", 45.0, False, "s"),
)
"""What two cores are to reach with everything on one machine."""


class BatchFigures(Struct, frozen=True, kw_only=True):
    """The batches of a query that ended while a rate was held: medians."""

    batches: int
    batch_ms: float
    rows: float


class Load(Struct, frozen=True, kw_only=True):
    """One rate that was held for `seconds`.

    `readings_per_s` is what was stored; `backlog` is how many readings were sent and not stored at the
    begin and the end, `backlog_growth_per_s` the slope between; `steady` when that is under 1 % of the rate.
    `latency` is by hop, of all readings sent in that time; `cores` is CPU by component.
    """

    offered_per_s: float
    readings_per_s: float
    seconds: float
    by_wire: dict[str, float]
    backlog: tuple[int, int]
    backlog_growth_per_s: float
    steady: bool
    latency: dict[str, Spread | None]
    cores: dict[str, float]
    us_cpu_per_reading: dict[str, float]
    queries: dict[str, BatchFigures]


class Report(Struct, frozen=True, kw_only=True):
    """Latency is from the board's first send to the write in Cassandra, at `saturation`.

    `rss_mib_total` is the sum over `components` at that load, as `memory` says: `pss` counts shared pages
    once, `rss` (where the system tells no PSS) more often. `setup_s` is the first `up` in an empty home;
    `jars_s` of it went into fetching the servers' jars, about nothing where they are in the cache.
    `lost` is how many readings of the manifests are not in Cassandra at the end.
    """

    readings_per_s: float
    latency_p50_ms: float
    latency_p99_ms: float
    rss_mib_total: float
    warm_first_reading_s: float
    setup_s: float
    broker: str
    memory: str
    jars_s: float
    boards: int
    sent: int
    lost: int
    limit_per_s: float
    saturation: Load
    half: Load
    components: dict[str, float]
    machine: Machine
    missed: tuple[str, ...] = ()


def missed(figures: Mapping[str, float], targets: Sequence[Target] = TARGETS) -> tuple[str, ...]:
    """A sentence for each of `targets` that these figures miss."""
    return tuple(
        f"{target.name} is {figures[target.name]:,.1f} {target.unit}, not "
        f"{'at least' if target.least else 'at most'} {target.bound:,.0f}"
        for target in targets
        if (figures[target.name] < target.bound if target.least else figures[target.name] > target.bound)
    )


def show(report: Report, console: Console) -> None:
    """Print it as tables."""
    for table in (_summary(report), _latency(report), _profile(report), _queries(report)):
        console.print(table)
        console.print()
    for sentence in report.missed:
        console.print(f"Missed: {sentence}; the tables above say where the time goes.", style="yellow")


def _summary(report: Report) -> Table:
    table = Table(title="The pipeline on this machine", show_header=False)
    full, half = report.saturation, report.half
    growth = f"backlog {full.backlog[0]:,} → {full.backlog[1]:,} readings"
    rows = (
        ("readings/s stored", f"{report.readings_per_s:,.0f} for {full.seconds:.0f} s, {growth}"),
        ("of them", ", ".join(f"{rate:,.0f}/s over {wire}" for wire, rate in full.by_wire.items())),
        ("limit found under a flood", f"{report.limit_per_s:,.0f} readings/s"),
        ("latency at that rate", f"p50 {report.latency_p50_ms:,.0f} ms, p99 {report.latency_p99_ms:,.0f} ms"),
        (f"latency at {half.readings_per_s:,.0f}/s", _whole(half)),
        ("memory", f"{report.rss_mib_total:,.0f} MiB ({report.memory.upper()})"),
        ("first reading after a warm up", f"{report.warm_first_reading_s:.1f} s"),
        ("first up in an empty home", f"{report.setup_s:.1f} s"),
        ("sent, lost", f"{report.sent:,}, {report.lost:,}"),
        ("on", f"{report.machine.cores} cores, {report.machine.system}, {report.broker}"),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _whole(load: Load) -> str:
    way = load.latency["board to Cassandra"]
    return f"p50 {way.p50_ms:,.0f} ms, p99 {way.p99_ms:,.0f} ms" if way else "nothing arrived"


def _latency(report: Report) -> Table:
    loads = (report.saturation, report.half)
    table = Table("hop", title="Latency in ms: p50 / p99")
    for load in loads:
        table.add_column(f"at {load.readings_per_s:,.0f}/s", justify="right")
    for hop in report.saturation.latency:
        found = (load.latency[hop] for load in loads)
        table.add_row(hop, *(f"{s.p50_ms:,.0f} / {s.p99_ms:,.0f}" if s else "" for s in found))
    return table


def _profile(report: Report) -> Table:
    table = Table("component", title=f"Where it goes, at {report.readings_per_s:,.0f} readings/s")
    for name in ("MiB", "cores", "µs/reading"):
        table.add_column(name, justify="right")
    load = report.saturation
    for name, cores in sorted(load.cores.items(), key=lambda item: -item[1]):
        memory = report.components.get(name)
        cost = load.us_cpu_per_reading.get(name)
        table.add_row(
            name,
            f"{memory:,.0f}" if memory else "",
            f"{cores:.2f}",
            f"{cost:,.0f}" if cost is not None else "",
        )
    return table


def _queries(report: Report) -> Table:
    table = Table("query", title="Spark's batches (medians)")
    for load in (report.saturation, report.half):
        for name in ("ms", "rows"):
            table.add_column(f"{name} at {load.readings_per_s:,.0f}/s", justify="right")
    for query in report.saturation.queries:
        found = [load.queries.get(query) for load in (report.saturation, report.half)]
        cells = (
            cell for b in found for cell in ((f"{b.batch_ms:,.0f}", f"{b.rows:,.0f}") if b else ("", ""))
        )
        table.add_row(query, *cells)
    return table
