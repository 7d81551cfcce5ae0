"""Past seasons: the same readings whatever part of them is asked for; soil dries and is irrigated."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from firmware.simulator.errors import SimulatorError
from firmware.simulator.past import BEGIN_MS, Past
from firmware.simulator.settings import SimulatorSettings
from telemetry.clock import to_epoch_ms
from telemetry.payload import decode_payload
from telemetry.reading import Reading

DAY_MS = 86_400_000
JULY = to_epoch_ms(datetime(2026, 7, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def past() -> Past:
    return Past(SimulatorSettings(boards=6, fields=3, interval=600.0))


def readings(past: Past, board: int, begin_ms: int, end_ms: int) -> list[Reading]:
    return [decode_payload(payload) for _, payload in past.part(begin_ms, end_ms).payloads(board)]


def test_a_part_of_a_past_has_the_readings_of_the_whole(past: Past) -> None:
    whole = readings(past, 1, JULY, JULY + 3 * DAY_MS)
    again = Past(past.settings)  # asked for its end first
    parts = [readings(again, 1, JULY + n * DAY_MS, JULY + (n + 1) * DAY_MS) for n in (2, 1, 0)]
    assert whole == parts[2] + parts[1] + parts[0]
    assert len(whole) == 3 * 144
    assert [one.seq for one in whole] == list(range(whole[0].seq or 0, (whole[0].seq or 0) + len(whole)))
    assert {(one.boot, one.gateway) for one in whole} == {(0, "history")}


def test_boards_do_not_speak_in_chorus(past: Past) -> None:
    stretch = past.part(JULY, JULY + DAY_MS)
    first = [next(stretch.payloads(number))[0] for number in range(6)]
    assert first == [JULY + number * 100_000 for number in range(6)]


def test_fields_dry_below_their_threshold_and_are_irrigated_on_their_days(past: Past) -> None:
    for number, field in enumerate(past.fleet.fields()):
        moisture = [one.main.moisture or 0.0 for one in readings(past, number, JULY, JULY + 62 * DAY_MS)]
        hourly = moisture[::6]
        below = sum(value < field.moisture_threshold for value in hourly) / len(hourly)
        rises = [later - now for now, later in pairwise(hourly)]
        assert 0.01 < below < 0.4, field.soil
        assert sum(rise > 3.0 for rise in rises) >= 5, field.soil
        assert min(rises) > -1.0, field.soil


def test_faults_that_change_an_identity_are_refused() -> None:
    with pytest.raises(SimulatorError, match="A past has no fault 'reboot': choose among drift, dropout"):
        Past(SimulatorSettings(faults={"reboot": 0.1}))


def test_dropouts_are_gaps_with_a_reason() -> None:
    past = Past(SimulatorSettings(boards=1, interval=600.0, faults={"dropout": 0.2}))
    found = readings(past, 0, BEGIN_MS, BEGIN_MS + 10 * DAY_MS)
    assert 150 < sum(bool(one.faults) for one in found) < 430
