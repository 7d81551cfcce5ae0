"""The figures of a load, from a trace and a watch that are made up."""

from pathlib import Path

from benchmarks.analysis import load_figures
from benchmarks.phases import Held
from benchmarks.trace import Key, Trace

_BEGIN = 1_000.0


def _trace(
    per_second: int, seconds: int, delay_ms: float, via: tuple[str, str] = ("mqtt", "serial")
) -> Trace:
    """Readings sent evenly over `seconds` from _BEGIN on, each hop a quarter of `delay_ms`."""
    sent: dict[Key, float] = {
        ("board", 1, n): (_BEGIN + n / per_second) * 1000 for n in range(per_second * seconds)
    }
    hop = [{key: at + part * delay_ms / 4 for key, at in sent.items()} for part in range(1, 5)]
    wires = {key: via[key[2] % 2] for key in sent}
    return Trace(sent=sent, received=hop[0], queued=hop[1], joined=hop[2], stored=hop[3], via=wires)


def _held(seconds: float) -> Held:
    held = Held(100.0, Path("unused"), begin=_BEGIN, end=_BEGIN + seconds)
    held.cores = {"kafka": 0.5, "(others)": 0.25}
    held.batches = {"join": [{"batch": n, "batch_ms": 10 * n, "input_rows": 100 * n * n} for n in (1, 2, 3)]}
    return held


def test_rates_are_of_what_was_stored_in_the_span() -> None:
    figures = load_figures(_trace(100, 30, 0.0), _held(20.0))
    assert figures.readings_per_s == 100.0
    assert figures.by_wire == {"mqtt": 50.0, "serial": 50.0}
    assert figures.us_cpu_per_reading == {"kafka": 5000.0}


def test_latency_is_that_of_the_hops_and_of_the_whole() -> None:
    latency = load_figures(_trace(100, 20, 400.0), _held(20.0)).latency
    assert {hop: spread and spread.p50_ms for hop, spread in latency.items()} == {
        "board to gateway": 100.0,
        "gateway to Kafka": 100.0,
        "Kafka to joined": 100.0,
        "joined to Cassandra": 100.0,
        "board to Cassandra": 400.0,
    }


def test_a_backlog_that_stays_is_steady() -> None:
    figures = load_figures(_trace(100, 30, 2000.0), _held(20.0))
    assert figures.backlog[1] == 200
    assert figures.readings_per_s == 90.0  # the first two seconds' worth was stored after it came


def test_a_backlog_that_grows_is_not_steady() -> None:
    trace = _trace(100, 20, 0.0)
    trace.stored = {key: at + (at - _BEGIN * 1000) for key, at in trace.stored.items()}  # at half the rate
    figures = load_figures(trace, _held(20.0))
    assert not figures.steady
    assert 45 < figures.backlog_growth_per_s < 55
    assert figures.readings_per_s == 50.0


def test_readings_that_never_arrived_are_in_the_backlog() -> None:
    trace = _trace(100, 20, 0.0)
    trace.stored = dict(list(trace.stored.items())[:1000])
    assert load_figures(trace, _held(20.0)).backlog[1] == 1000


def test_batches_are_told_by_their_medians() -> None:
    figures = load_figures(_trace(100, 20, 0.0), _held(20.0)).queries["join"]
    assert (figures.batches, figures.batch_ms, figures.rows) == (3, 20, 400)
