"""The book tells what changed, once, and the same whatever the batches were."""

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streaming.alerts import Alert, Window, spells
from streaming.book import Book
from tests.unit.streaming.dry import START, at, window

KEEP = timedelta(minutes=10)


def book(min_count: int = 1) -> Book:
    return Book(min_count, KEEP)


def states(alerts: Iterable[Alert]) -> list[tuple[str, float]]:
    return [(alert.state, alert.value) for alert in alerts]


def test_a_window_counts_once_event_time_has_passed_its_end() -> None:
    kept = book()
    assert kept.update([window(0, 15.0)], at(4)) == ([], [])
    dry, alerts = kept.update([window(3, 15.0)], at(5))
    assert [w.start for w in dry] == [START]
    assert states(alerts) == [("open", 15.0)]


def test_nothing_is_told_twice() -> None:
    kept = book()
    assert kept.update([window(0, 15.0)], at(5)) != ([], [])
    assert kept.update([window(0, 15.0)], at(5)) == ([], [])
    dry, [alert] = kept.update([window(0, 14.0)], at(5))
    assert (len(dry), alert.state, alert.value) == (1, "open", 14.0)


def test_too_few_readings_raise_no_alert() -> None:
    kept = book(min_count=3)
    assert kept.update([window(0, 15.0, count=2)], at(5)) == ([], [])
    assert states(kept.update([window(0, 15.0, count=3)], at(5))[1]) == [("open", 15.0)]


def test_a_late_reading_withdraws_an_alert_and_another_brings_it_back() -> None:
    kept = book()
    [first] = kept.update([window(0, 15.0)], at(5))[1]
    dry, alerts = kept.update([window(0, 25.0)], at(5))
    assert [w.dry for w in dry] == [False]
    assert alerts == [replace(first, state="withdrawn")]
    assert kept.update([window(0, 15.0)], at(5))[1] == [first]


def test_a_closed_alert_is_reopened_by_a_late_reading() -> None:
    kept = book()
    kept.update([window(0, 15.0)], at(5))
    assert states(kept.update([window(1, 25.0)], at(6))[1]) == [("closed", 15.0)]
    assert states(kept.update([window(1, 16.0)], at(6))[1]) == [("open", 16.0)]


def test_what_is_settled_is_left_alone_and_an_open_alert_goes_on() -> None:
    kept = book()
    [first] = kept.update([window(0, 15.0)], at(5))[1]
    assert kept.update([window(60, 14.0)], at(65))[1][0].alert_id == first.alert_id
    assert kept.update([window(0, 25.0)], at(65)) == ([], [])
    assert states(kept.update([window(61, 25.0)], at(66))[1]) == [("closed", 14.0)]


def test_what_was_told_and_is_not_in_the_table_of_alerts_yet_is_taken_back_all_the_same() -> None:
    """The alert book may be behind when all is killed; windows are stored only once they were told."""
    kept = book()
    [first] = kept.update([window(1, 15.0)], at(6))[1]
    again = book()
    again.restore([window(1, 15.0)], [], at(6))
    assert again.update([window(1, 15.0)], at(6)) == ([], [])
    dry, alerts = again.update([window(1, 25.0), window(0, 14.0)], at(6))
    assert [(w.start, w.dry) for w in dry] == [(at(0), True), (at(1), False)]
    assert replace(first, state="withdrawn") in alerts
    assert ("closed", at(5)) in [(alert.state, alert.opened) for alert in alerts]


def test_fields_are_apart() -> None:
    _, alerts = book().update([window(0, 15.0), window(0, 14.0, field="south")], at(5))
    assert {(a.field_id, a.value) for a in alerts} == {("north", 15.0), ("south", 14.0)}


def run(batches: list[list[Window]], kept: Book, told: dict[str, Alert]) -> dict[str, Alert]:
    """The newest word on each alert, as a table has it."""
    for batch in batches:
        newest = max(w.start for w in batch)
        told |= {alert.alert_id: alert for alert in kept.update(batch, newest)[1]}
    return told


means = st.lists(st.sampled_from([None, 9.0, 15.0, 25.0]), min_size=8, max_size=20)


@given(means, st.data())
def test_the_batches_make_no_difference(final: list[float | None], data: st.DataObject) -> None:
    windows = [window(minute, mean) for minute, mean in enumerate(final)]
    done = max(w.start for w in windows)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(windows) - 1))))
    batches = [windows[a:b] for a, b in zip([0, *cuts], [*cuts, len(windows)], strict=True)]
    change_yet = [w for w in batches[0] if w.end > batches[0][-1].start - KEEP]
    other = [replace(w, moisture=data.draw(st.sampled_from([None, 15.0, 25.0]))) for w in change_yet]
    settled = [[w for w in batches[0] if w not in change_yet] + other]
    told = run(settled + batches, book(), {})
    expected = {a.alert_id: a for a in spells(w for w in windows if w.end <= done)}
    assert {i: a for i, a in told.items() if a.state != "withdrawn"} == expected


@given(means, st.integers(0, 19), st.integers(0, 3))
def test_a_restart_makes_no_difference(final: list[float | None], cut: int, behind: int) -> None:
    """The table of alerts may be some batches behind what was told."""
    windows = [window(minute, mean) for minute, mean in enumerate(final)]
    batches = [[w] for w in windows]
    whole = run(batches, book(), {})
    told = run(batches[:cut], book(), {})
    again = book()
    if batches[:cut]:
        stored = run(batches[: max(0, cut - behind)], book(), {})
        again.restore(windows[:cut], stored.values(), windows[:cut][-1].start)
    assert run(batches[cut:], again, told) == whole


@given(means, st.integers(1, 19))
def test_a_replay_tells_nothing_new(final: list[float | None], size: int) -> None:
    windows = [window(minute, mean) for minute, mean in enumerate(final)]
    told = run([[w] for w in windows], book(), {})
    again = book()
    again.restore(windows, told.values(), windows[-1].start)
    halves = [[replace(w, moisture=15.0) for w in windows[:-1][:size]], windows]
    assert run(halves, again, dict(told)) == told
