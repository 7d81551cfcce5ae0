"""From what was seen and traced while a rate was held to its figures."""

from collections.abc import Mapping
from itertools import pairwise
from statistics import median

from benchmarks.figures import backlog, slope
from benchmarks.phases import Held
from benchmarks.report import BatchFigures, Load
from benchmarks.trace import Trace, latencies

__all__ = ["load_figures"]

_STEADY = 0.01


def load_figures(trace: Trace, held: Held) -> Load:
    """The figures of one rate; all rates are of readings stored between `held.begin` and `held.end`."""
    seconds, begin, end = held.end - held.begin, held.begin * 1000, held.end * 1000
    stored = [key for key, at in trace.stored.items() if begin <= at < end and key in trace.sent]
    rate = len(stored) / seconds
    waiting = _backlog(trace, begin, end)
    growth = slope(waiting)
    wires = sorted(set(trace.via.values()))
    ours = {name: cores for name, cores in held.cores.items() if not name.startswith("(")}
    return Load(
        offered_per_s=round(held.rate, 1),
        readings_per_s=round(rate, 1),
        seconds=round(seconds, 1),
        by_wire={wire: round(sum(trace.via[key] == wire for key in stored) / seconds, 1) for wire in wires},
        backlog=(waiting[0], waiting[-1]),
        backlog_growth_per_s=round(growth, 1),
        steady=growth < rate * _STEADY,
        latency=latencies(trace, [key for key, at in trace.sent.items() if begin <= at < end]),
        cores=held.cores,
        us_cpu_per_reading={name: round(cores / rate * 1e6, 1) for name, cores in ours.items()}
        if rate
        else {},
        queries={name: _batches(batches) for name, batches in held.batches.items() if len(batches) > 1},
    )


def _backlog(trace: Trace, begin: float, end: float) -> list[int]:
    """Sent and not stored, at each second of the span."""
    sent, stored = (
        sorted(trace.sent.values()),
        sorted(trace.stored[k] for k in trace.sent if k in trace.stored),
    )
    return backlog(sent, stored, [begin + 1000.0 * second for second in range(int((end - begin) / 1000) + 1)])


def _batches(batches: list[Mapping[str, float]]) -> BatchFigures:
    """Medians; the rows of a batch are the growth of its query's total."""
    totals = [batch["input_rows"] for batch in batches]
    rows = [after - before for before, after in pairwise(totals)]
    return BatchFigures(
        batches=len(batches), batch_ms=median(batch["batch_ms"] for batch in batches), rows=median(rows)
    )
