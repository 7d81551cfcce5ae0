"""Figures of part `alerts`, from events that are made up."""

import json

import pytest

from benchmarks.machine import this_machine
from benchmarks.streaming.alerts import Came, _part, figures_of, pauses
from benchmarks.streaming.part import Part
from benchmarks.streaming.parts import TARGETS, StreamingReport, as_json
from telemetry.errors import FarmstreamError


def test_percentiles_and_what_is_missing() -> None:
    came = [Came(n / 10, 2.0) for n in range(989)] + [Came(99 + n / 1000, 30.0) for n in range(11)]
    found = figures_of(1000.0, 100.0, 1001, came)
    assert (found.alerts, found.missing, found.p50_ms, found.p99_ms, found.max_ms) == (
        1000,
        1,
        2.0,
        30.0,
        30.0,
    )
    assert found.pauses == ()
    with pytest.raises(FarmstreamError, match="No alert came at 100 readings/s"):
        figures_of(100.0, 1.0, 5, [])


def test_a_pause_is_the_longest_of_a_run_of_slow_events_since_the_first() -> None:
    slow = [(60.0, 400.0), (60.1, 300.0), (60.2, 120.0), (120.0, 150.0), (120.4, 700.0), (121.0, 99.0)]
    came = [Came(at, took) for at, took in [(1.0, 3.0), *slow]]
    assert list(pauses(came)) == [(59.0, 400.0), (119.0, 700.0)]
    assert list(pauses([])) == []


def test_the_figures_are_those_at_a_thousand_a_second_and_the_slowest_rule() -> None:
    found = [
        figures_of(rate, 10.0, 2, [Came(1.0, took), Came(2.0, took)])
        for rate, took in ((100.0, 1.0), (1000.0, 3.0))
    ]
    part = _part(found, [4.0, 19.5, 12.0])
    assert part.figures == {"alert_p50_ms": 3.0, "alert_p99_ms": 3.0, "rule_live_s": 19.5}
    assert part.notes == ("from a changed rule to its first event: 4.0 s, 19.5 s, 12.0 s",)
    assert {"alert_p99_ms", "rule_live_s"} < {target.name for target in TARGETS}


def test_a_rule_that_brought_no_event_loses_no_other_figure() -> None:
    part = _part([figures_of(1000.0, 1.0, 1, [Came(1.0, 2.0)])], (), "A changed rule has brought no event.")
    assert part.figures == {"alert_p50_ms": 2.0, "alert_p99_ms": 2.0}
    assert part.notes == ("from a changed rule to its first event: A changed rule has brought no event.",)


def test_a_program_finds_the_figures_at_the_top() -> None:
    part = Part(figures={"alert_p99_ms": 7.5}, rows=[("a",), ("b",)])
    report = StreamingReport(machine=this_machine(), figures=part.figures, missed=(), parts={"alerts": part})
    assert json.loads(as_json(report))["alert_p99_ms"] == 7.5
