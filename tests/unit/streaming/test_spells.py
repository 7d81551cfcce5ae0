"""One alert for a spell of broken readings, whatever the batches, restarts and hints."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.facts import Event, applies, event_id, event_of, judged
from streaming.seed import seeded
from streaming.spells import Spell, Spells, State
from streaming.told import Told
from streaming.words import told_spell
from telemetry.master import Field
from telemetry.rule import Rule

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
COLD = Rule(rule="cold", quantity="temperature", comparison="below", threshold=5.0, clear=7.0)
LASTING = msgspec.structs.replace(COLD, minimum=120.0)
FIELDS = {"north": Field(field_id="north", name="North", soil="loam", moisture_threshold=20.0)}


def row(minute: int, value: float | None, sensor: str = "s1", **more: Any) -> dict[str, Any]:
    main = {"temperature": value, "humidity": 50.0, "ph": 6.5, "moisture": 30.0}
    named = {"id": sensor, "boot": 1, "seq": minute, "date": START + timedelta(minutes=minute)}
    return named | {"field_id": "north", "field_name": "North", "main": main, "faults": {}} | more


def fold(spells: Spells, rows: Iterable[dict[str, Any]], rule: Rule = COLD) -> list[Spell]:
    for each in rows:
        found = judged(rule, each["main"][rule.quantity], each["faults"].get(rule.quantity))
        if found is not None:
            event = event_of(rule, each, found)
            spells.breach(event, rule) if found else spells.clear(event)
    return spells.news()


def states(news: Iterable[Spell]) -> list[tuple[str, int]]:
    return [(spell.state, spell.first.seq or 0) for spell in news]


def test_between_threshold_and_clear_level_it_stays_as_it_is() -> None:
    spells = Spells()
    values = [6.0, 4.0, 6.0, 4.9, 6.9]
    assert states(fold(spells, (row(n, v) for n, v in enumerate(values)))) == [("open", 1)]
    [closed] = fold(spells, [row(9, 7.0)])
    assert (closed.state, closed.count, closed.worst, closed.last.value) == ("closed", 2, 4.0, 4.9)
    assert closed.closed == START + timedelta(minutes=9)
    assert fold(spells, [row(10, 6.0)]) == []


def test_it_must_last_for_the_minimum() -> None:
    spells = Spells()
    assert fold(spells, [row(0, 4.0), row(1, 4.0), row(2, 8.0), row(3, 4.0), row(4, 4.0)], LASTING) == []
    [opened] = fold(spells, [row(5, 3.0)], LASTING)
    assert opened.first.seq == 3
    assert opened.opened == START + timedelta(minutes=5)
    assert states(fold(spells, [row(6, 8.0)], LASTING)) == [("closed", 3)]


def test_an_open_alert_is_told_again_only_now_and_then() -> None:
    spells = Spells()
    assert states(fold(spells, (row(n, 4.0) for n in range(11)))) == [("open", 0)] * 3


def test_what_is_older_than_what_was_settled_changes_nothing() -> None:
    spells = Spells()
    fold(spells, [row(1, 4.0), row(5, 8.0)])
    assert fold(spells, [row(3, 4.0), row(1, 4.0)]) == []
    fold(spells, [row(10, 4.0)])
    assert fold(spells, [row(9, 8.0)]) == []


def test_a_hint_opens_early_and_its_reading_confirms_it() -> None:
    spells, reading = Spells(), row(1, 4.0)
    spells.hint(event_of(COLD, reading, True), COLD)
    [early] = spells.news()
    assert fold(spells, [row(0, 8.0), reading]) == []
    [closed] = fold(spells, [row(2, 8.0)])
    assert (
        closed.first.event_id
        == early.first.event_id
        == event_id("cold", "s1", 1, 1, START + timedelta(minutes=1))
    )


def test_a_hint_that_no_reading_confirms_is_withdrawn() -> None:
    for later in (row(2, 8.0), row(2, 4.0)):
        spells = Spells()
        spells.hint(event_of(COLD, row(1, 4.0), True), COLD)
        spells.news()
        assert states(fold(spells, [later]))[0] == ("withdrawn", 1)


def test_rules_that_are_no_more_close_their_alerts() -> None:
    spells = Spells()
    fold(spells, [row(1, 4.0)])
    spells.drop(spells.rules - {"other"})
    assert states(spells.news()) == [("closed", 1)]
    assert fold(spells, [row(1, 4.0)]) == []


@pytest.mark.parametrize(
    ("comparison", "value", "fault", "expected"),
    [
        ("below", 4.9, None, True), ("below", 5.0, None, None), ("below", 7.0, None, False),
        ("above", 5.1, None, True), ("above", 5.0, None, None), ("above", 3.0, None, False),
        ("below", None, "crc", None), ("impossible", 90.0, None, True), ("impossible", 85.0, None, False),
        ("missing", None, "crc", True), ("missing", None, "absent", None), ("missing", 1.0, None, False),
    ],
)  # fmt: skip
def test_judged(comparison: Any, value: float | None, fault: str | None, expected: bool | None) -> None:
    levels = {"below": (5.0, 7.0), "above": (5.0, 3.0)}.get(comparison, (None, None))
    rule = Rule(rule="r", quantity="temperature", comparison=comparison, threshold=levels[0], clear=levels[1])
    assert judged(rule, value, fault) is expected


def test_a_rule_applies_by_its_scope() -> None:
    def rule(scope: Any, target: str, **more: Any) -> Rule:
        return msgspec.structs.replace(COLD, scope=scope, target=target, **more)

    where = ("s1", "north", "loam")
    assert all(applies(rule(*of), *where) for of in (("everywhere", ""), ("sensor", "s1"), ("soil", "loam")))
    assert not any(
        applies(rule(*of), *where) for of in (("sensor", "s2"), ("field", "south"), ("soil", "clay"))
    )
    assert not applies(rule("everywhere", "", enabled=False), *where)


@given(st.lists(st.sampled_from([3.0, 4.0, 6.0, 8.0, None]), min_size=2, max_size=30), st.data())
def test_restarts_hints_and_repeats_make_no_difference(
    values: list[float | None], data: st.DataObject
) -> None:
    rule = data.draw(st.sampled_from([COLD, LASTING]))
    rows = [row(n, value) for n, value in enumerate(values)]
    whole = {s.first.event_id: s for s in fold(Spells(), rows, rule)}
    spells, told = Spells(), dict[str, Spell]()
    for n, each in enumerate(rows):
        ahead = rows[
            n : n + data.draw(st.integers(0, 3))
        ]  # events come before their readings have been joined
        for early in ahead:
            if judged(rule, early["main"]["temperature"], None):
                spells.hint(event_of(rule, early, True), rule)
        again = rows[n - data.draw(st.integers(0, n)) : n]  # after a kill, some come once more
        told |= {s.first.event_id: s for s in [*fold(spells, again, rule), *fold(spells, [each], rule)]}
        if data.draw(st.booleans()):
            spells = Spells(msgspec.json.decode(msgspec.json.encode(spells.state), type=State))
    assert {i for i, s in told.items() if s.state != "withdrawn"} == whole.keys()
    assert [told[i].state for i in whole] == [s.state for s in whole.values()]
    assert [told[i].closed for i in whole] == [s.closed for s in whole.values()]


def test_an_alert_tells_what_where_since_when_and_how_much_water() -> None:
    rule = Rule(rule="dry", quantity="moisture", comparison="below", threshold=16.0, severity="critical")
    reading = row(1, 20.0)
    reading["main"]["moisture"] = 15.0
    [spell] = fold(Spells(), [reading], rule)
    told = told_spell(spell, rule, FIELDS)
    assert (told.severity, told.sensor_id, told.field_id, told.value) == ("critical", "s1", "north", 15.0)
    assert told.evidence["missing_mm"] == 80.0
    assert told.evidence["message"] == (
        "North, sensor s1: moisture 15.00 %, below 16 % since 2026-06-01T12:01:00.000Z. "
        "Missing to field capacity: 80 mm."
    )


def test_from_the_table_an_open_alert_goes_on_and_a_closed_one_is_not_raised_again() -> None:
    spells = Spells()
    news = fold(spells, [row(0, 4.0), row(1, 8.0), row(2, 4.0), row(3, 3.0)])
    stored: dict[str, Told] = {s.first.event_id: told_spell(s, COLD, FIELDS) for s in news}
    again = Spells(seeded(stored.values()))
    assert fold(again, [row(0, 4.0), row(1, 8.0), row(2, 4.0), row(3, 3.0)]) == []
    [closed] = fold(again, [row(4, 8.0)])
    assert (closed.state, closed.first.event_id) == ("closed", news[-1].first.event_id)


def test_an_event_is_read_as_the_query_writes_it() -> None:
    event: Event = event_of(COLD, row(1, 4.0), True)
    assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event
