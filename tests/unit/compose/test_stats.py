"""Totals and rates from what the hops tell."""

from pathlib import Path

from compose.local.meter import Meter
from compose.local.stats import Sources, counters, gauges


def test_rates_are_per_second_over_the_span() -> None:
    meter = Meter(span=5)
    for second in range(12):
        meter.add({"sent": 100.0 * second}, second)
    assert meter.rates["sent"] == 100
    assert meter.totals["sent"] == 1100


def test_a_counter_that_starts_again_goes_on_from_its_total() -> None:
    meter = Meter(span=5)
    for second, value in enumerate([0, 10, 20, 3, 13]):
        meter.add({"accepted": float(value)}, float(second))
    assert meter.totals["accepted"] == 33
    assert meter.rates["accepted"] == 33 / 4


def test_a_counter_that_falls_silent_has_no_rate() -> None:
    meter = Meter(span=5)
    meter.add({"sent": 10.0}, 0)
    meter.add({"sent": 60.0}, 1)
    meter.add({}, 20)
    assert meter.rates["sent"] == 0
    assert meter.totals["sent"] == 60


def test_absent_hops_are_left_out(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "absent.json", "127.0.0.1:1", None, tmp_path)
    assert sources.read() == {}
    assert counters({}) == {}
    assert gauges({}) == {}
