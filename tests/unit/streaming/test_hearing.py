"""Board silence by the board's own interval, the same whatever the batches."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streaming.facts import Event
from streaming.hearing import Boards, Heard
from telemetry.clock import to_epoch_ms
from telemetry.rule import Rule

SILENT = Rule(rule="silent", quantity="board", comparison="silent", threshold=5.0)
SECOND = 1000
START = 1_780_000_000_000


def heard(second: float, *, sensor: str = "s1", came: float | None = None, seq: int | None = None) -> Heard:
    at = START + round(second * SECOND)
    received = at if came is None else START + round(came * SECOND)
    return Heard(id=sensor, boot=1, seq=round(second) if seq is None else seq, date=at, heard=received)


def told(events: Iterable[Event]) -> list[tuple[str, str, float]]:
    return [(e.kind, e.sensor_id, (to_epoch_ms(e.date) - START) / SECOND) for e in events]


def boards(rules: Iterable[Rule] = (SILENT,)) -> Boards:
    return Boards(rules, {})


def test_silent_after_five_of_its_own_intervals_until_it_is_heard_again() -> None:
    kept = boards()
    assert told(kept.take(heard(n * 10) for n in range(5))) == []
    assert kept.due == START + 90 * SECOND
    assert told(kept.passed(START + 90 * SECOND)) == []
    assert told(kept.passed(START + 91 * SECOND)) == [("breach", "s1", 90)]
    assert told(kept.passed(START + 500 * SECOND)) == []
    assert kept.due is None
    assert told(kept.take([heard(600)])) == [("clear", "s1", 600)]
    assert kept.due == START + 650 * SECOND


def test_a_gap_within_one_batch_is_a_silence_too() -> None:
    found = told(boards().take(heard(second) for second in (0, 10, 20, 30, 100, 110)))
    assert found == [("breach", "s1", 80), ("clear", "s1", 100)]


def test_a_backlog_is_no_silence_and_teaches_no_interval() -> None:
    kept = boards()
    list(kept.take(heard(n * 10) for n in range(5)))
    events = list(kept.take(heard(50 + n * 10, came=60 + n / 100) for n in range(30)))
    assert told(events) == []
    assert told(kept.passed(START + 100 * SECOND)) == []


def test_before_enough_was_heard_nothing_is_known() -> None:
    kept = boards()
    list(kept.take([heard(0), heard(10)]))
    assert kept.due is None
    assert told(kept.passed(START + 10**7)) == []


def test_rules_for_one_board_only_and_switched_off() -> None:
    one = replace(SILENT, rule="one", scope="sensor", target="s1", threshold=2.0)
    kept = boards([one, replace(SILENT, enabled=False)])
    list(kept.take(heard(n * 10, sensor=sensor) for sensor in ("s1", "s2") for n in range(4)))
    events = list(kept.passed(START + 1000 * SECOND))
    assert [(e.rule, e.sensor_id) for e in events] == [("one", "s1")]


@given(st.lists(st.sampled_from([9.0, 10.0, 11.0, 45.0, 120.0]), min_size=4, max_size=25), st.data())
def test_batches_restarts_and_timers_make_no_difference(gaps: list[float], data: st.DataObject) -> None:
    times = [sum(gaps[:n]) for n in range(len(gaps) + 1)]
    rows = [heard(second, seq=n) for n, second in enumerate(times)]
    whole = told(boards().take(rows))
    kept, found = boards(), list[Event]()
    for row in rows:
        if data.draw(st.booleans()):
            found += kept.passed(row.heard - 1)
        found += kept.take([row])
        if data.draw(st.booleans()):
            kept = Boards([SILENT], {}, kept.state)
    assert told(found) == whole
