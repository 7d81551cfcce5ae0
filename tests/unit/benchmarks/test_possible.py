"""The forecast that is possible: with the weather as it was, it is what came."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from benchmarks.possible import continued, hours_of, possible
from firmware.simulator.ground import HOUR_MS
from firmware.simulator.past import Past
from firmware.simulator.settings import SimulatorSettings
from telemetry.clock import to_epoch_ms

PAST = Past(SimulatorSettings(boards=2, fields=2, interval=1800.0))
BEGIN = datetime(2016, 7, 1, tzinfo=UTC)


def test_who_knows_the_weather_knows_the_soil_with_rain_and_irrigation_in_it() -> None:
    first = to_epoch_ms(BEGIN) // HOUR_MS
    hours = range(first, first + 20 * 24)
    weather = hours_of([PAST.weather], hours)
    assert set(weather[:, 2, 0]) == {0.0, 1.0, 2.0}
    for field in PAST.fleet.fields():
        ground = PAST.ground(field.field_id)
        ends = [ground.at(hour * HOUR_MS).moisture for hour in (*hours, hours.stop)]
        assert max(after - before for before, after in pairwise(ends)) > 3.0
        truth = [(before + after) / 2 for before, after in pairwise(ends)]
        assert continued(ground, first, weather[:, :2]) == pytest.approx(truth)


def test_who_does_not_is_wrong_and_still_better_than_that_nothing_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("benchmarks.possible._WEATHERS", 60)
    found = possible(PAST, BEGIN, BEGIN + timedelta(days=6))
    assert {label: len(rows) for label, rows in found.items()} == {
        "after_6": 2 * 138, "after_24": 2 * 120, "after_48": 2 * 96,
    }  # fmt: skip
    day = found["after_24"]
    assert 0.0 < ((day["truth"] - day["possible"]) ** 2).mean() < (day["truth"] ** 2).mean()
