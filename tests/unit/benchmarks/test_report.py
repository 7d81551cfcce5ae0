"""The report: what it says is missed, its JSON, and its tables."""

from io import StringIO

import msgspec
import pytest
from rich.console import Console

from benchmarks.figures import Spread
from benchmarks.machine import Machine
from benchmarks.report import BatchFigures, Load, Report, missed, show
from benchmarks.trace import HOPS

_GOOD = {"readings_per_s": 3200.0, "rss_mib_total": 3000.0, "warm_first_reading_s": 30.0}


def _load(rate: float) -> Load:
    return Load(
        offered_per_s=rate,
        readings_per_s=rate,
        seconds=60.0,
        by_wire={"mqtt": rate / 2, "serial": rate / 2},
        backlog=(1000, 1100),
        backlog_growth_per_s=1.5,
        steady=True,
        latency={hop: Spread(count=9, p50_ms=12.0, p99_ms=3456.0, max_ms=4000.0) for hop in HOPS},
        cores={"kafka": 0.25, "(others)": 0.01},
        us_cpu_per_reading={"kafka": 78.1},
        queries={"join": BatchFigures(batches=9, batch_ms=1234.0, rows=4567)},
    )


def _report() -> Report:
    return Report(
        readings_per_s=3200.0,
        latency_p50_ms=12.0,
        latency_p99_ms=3456.0,
        rss_mib_total=3000.0,
        warm_first_reading_s=30.0,
        setup_s=40.0,
        broker="mosquitto",
        memory="pss",
        jars_s=0.1,
        boards=200,
        sent=1000,
        lost=0,
        limit_per_s=3300.0,
        saturation=_load(3200.0),
        half=_load(1600.0),
        components={"kafka": 222.0},
        machine=Machine(cores=2, memory_mib=8000, system="Linux x86_64", python="3.11.2"),
        missed=("x is 1, not at least 2",),
    )


def test_nothing_is_missed_at_the_bounds() -> None:
    assert missed({"readings_per_s": 3000.0, "rss_mib_total": 3584.0, "warm_first_reading_s": 45.0}) == ()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("readings_per_s", 2999.5, "readings_per_s is 2,999.5 readings/s, not at least 3,000"),
        ("rss_mib_total", 4000.0, "rss_mib_total is 4,000.0 MiB, not at most 3,584"),
        ("warm_first_reading_s", 45.1, "warm_first_reading_s is 45.1 s, not at most 45"),
    ],
)
def test_a_figure_that_misses_its_target_is_named(name: str, value: float, sentence: str) -> None:
    assert missed(_GOOD | {name: value}) == (sentence,)


def test_the_json_has_the_promised_names_at_its_top() -> None:
    document = msgspec.json.decode(msgspec.json.encode(_report()))
    promised = (
        "readings_per_s latency_p50_ms latency_p99_ms rss_mib_total warm_first_reading_s setup_s broker"
    )
    assert set(promised.split()) <= document.keys()
    assert document["saturation"]["latency"]["board to Cassandra"]["p99_ms"] == 3456.0


def test_the_tables_show_every_hop_component_and_query() -> None:
    out = StringIO()
    show(_report(), Console(file=out, width=100))
    text = out.getvalue()
    for shown in (
        *HOPS,
        "kafka",
        "(others)",
        "join",
        "3,200",
        "12 / 3,456",
        "1,000 → 1,100",
        "Missed: x is 1",
    ):
        assert shown in text, shown
