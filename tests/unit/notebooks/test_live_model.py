"""What the live dashboard knows of the boards."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from notebooks.live.model import Joined, Model, decode
from telemetry.reading import Main

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def reading(seq: int, board: str = "a", boot: int = 1, **more: object) -> Joined:
    at = NOON + 10 * seq * SECOND
    return Joined(board, at, Main(moisture=float(seq)), boot, seq, received=at, **more)  # type: ignore[arg-type]


def test_the_newest_reading_counts_whatever_the_order() -> None:
    model, readings = Model(), [reading(n) for n in range(20)]
    Random(1).shuffle(readings)
    model.take(readings, NOON)
    newest = model.boards["a"].newest
    assert newest is not None
    assert newest.seq == 19
    assert model.missing() == 0


def test_gaps_are_counted_and_filled() -> None:
    model = Model()
    model.take([reading(1), reading(5), reading(7)], NOON)
    assert list(model.boards["a"].missing) == [2, 3, 4, 6]
    model.take([reading(3), reading(3), reading(5)], NOON)
    assert model.missing() == 3
    model.take([reading(0, boot=2), reading(1, boot=2), reading(99, boot=1)], NOON)
    assert model.missing() == 3


def test_what_lies_between_the_stored_reading_and_the_first_that_comes_in_is_not_missing() -> None:
    """The tables lag behind the topic: what was on its way when the page was opened is no gap."""
    model = Model()
    model.restore([reading(3)])
    model.take([reading(7), reading(8)], NOON)
    assert model.missing() == 0
    model.take([reading(10)], NOON)
    assert list(model.boards["a"].missing) == [9]


def test_a_huge_gap_is_bounded() -> None:
    model = Model()
    model.take([reading(0), reading(2_000_000)], NOON)
    assert model.missing() == 1000


def test_boards_without_seq_have_no_gaps() -> None:
    model = Model()
    model.take([Joined("flat", NOON + n * SECOND, Main()) for n in (0, 50)], NOON)
    assert model.missing() == 0


def test_silence_is_three_intervals() -> None:
    model = Model()
    model.take([reading(0), reading(3), reading(0, "b"), reading(1, "b")], NOON)
    assert model.silent(NOON + 35 * SECOND) == []
    assert model.silent(NOON + 45 * SECOND) == ["b"]
    assert model.silent(NOON + 125 * SECOND) == ["a", "b"]


def test_rate_and_lag_are_of_the_last_ten_seconds() -> None:
    model = Model()
    model.restore([reading(0, "old")])
    assert (model.rate(NOON), model.lag(NOON)) == (0.0, None)
    model.take([reading(0)] * 30, NOON + 2 * SECOND)
    model.take([], NOON + 3 * SECOND)
    assert model.rate(NOON + 4 * SECOND) == 3.0
    assert model.lag(NOON + 4 * SECOND) == pytest.approx(2.0)
    assert (model.rate(NOON + 20 * SECOND), model.lag(NOON + 20 * SECOND)) == (0.0, None)


def test_alerts_open_first_and_an_acknowledgement_stays() -> None:
    model = Model()
    model.take_alerts([
        {"alert_id": "1", "opened": "2026-11-24T01", "state": "open", "acknowledged": NOON},
        {"alert_id": "2", "opened": "2026-11-24T02", "state": "closed"},
        {"alert_id": "3", "opened": "2026-11-24T00", "state": "open"},
    ])  # fmt: skip
    model.take_alerts([{"alert_id": "1", "opened": "2026-11-24T01", "state": "open", "value": 3.0}])
    assert [alert["alert_id"] for alert in model.shown_alerts(9)] == ["1", "3", "2"]
    assert model.shown_alerts(1)[0]["acknowledged"] == NOON


def test_decode() -> None:
    raw = b'{"id":"7","date":"2026-11-24T02:00:00.123Z","coord":null,"main":{"ph":6.4},"field_id":"n","x":1}'
    decoded = decode(raw)
    assert decoded is not None
    assert (decoded.id, decoded.main.ph, decoded.main.moisture, decoded.field_id) == ("7", 6.4, None, "n")
    assert decode(b'{"id":"7","date":"2026-11-24T02:00:00","main":{}}') is None  # of what zone?
    assert decode(b"null") is decode(b"{") is decode(b'{"id":""}') is None
