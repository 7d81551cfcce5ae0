"""Ticks in local time, over changes of clocks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebooks.local_time import clock_text, lasting_text, ticks

BERLIN = ZoneInfo("Europe/Berlin")


def labels(since: datetime, hours: float, zone: ZoneInfo = BERLIN, most: int = 8) -> list[str]:
    return [text for _, text in ticks(since, since + timedelta(hours=hours), zone, most)]


def test_an_hour_that_comes_twice_is_there_twice() -> None:
    """2026-10-25: at 03:00 CEST it is 02:00 CET."""
    assert labels(datetime(2026, 10, 24, 22, tzinfo=UTC), 6) == [
        "00:00<br>Sun 25 Oct", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00",
    ]  # fmt: skip


def test_an_hour_that_is_left_out_is_not_there() -> None:
    """2026-03-29: after 01:59 CET comes 03:00 CEST."""
    assert labels(datetime(2026, 3, 28, 23, tzinfo=UTC), 5) == [
        "00:00<br>Sun 29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00",
    ]  # fmt: skip


def test_days_begin_at_local_midnight_on_both_sides_of_a_change() -> None:
    found = ticks(datetime(2026, 10, 23, 22, tzinfo=UTC), datetime(2026, 10, 27, 12, tzinfo=UTC), BERLIN, 6)
    assert [(at.day, at.hour, text) for at, text in found] == [
        (23, 22, "24 Oct"), (24, 22, "25 Oct"), (25, 23, "26 Oct"), (26, 23, "27 Oct"),
    ]  # fmt: skip


def test_the_day_is_named_when_it_begins() -> None:
    assert labels(datetime(2026, 6, 1, 21, tzinfo=UTC), 2, most=4) == [
        "23:00<br>Mon 01 Jun", "23:30", "00:00<br>Tue 02 Jun", "00:30", "01:00",
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "first"), [(365, "Jan<br>2026"), (30, "01 Jan")])
def test_long_spans_show_dates(days: int, first: str) -> None:
    assert labels(datetime(2025, 12, 31, 23, tzinfo=UTC), 24 * days)[0] == first


def test_long_steps_are_months_of_the_farm() -> None:
    found = ticks(datetime(2025, 11, 24, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC), BERLIN, 13)
    assert [text for _, text in found[:3]] == ["Dec<br>2025", "Jan<br>2026", "Feb"]
    assert [at.astimezone(BERLIN).day for at, _ in found] == [1] * 12
    assert labels(datetime(2024, 2, 1, tzinfo=UTC), 24 * 3 * 365, most=13)[:4] == [
        "Apr<br>2024", "Jul", "Oct", "Jan<br>2025",
    ]  # fmt: skip


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(minutes=5), timedelta(days=1200)),
    st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
)
def test_ticks_are_in_order_inside_and_few(since: datetime, length: timedelta, zone: str) -> None:
    found = [at for at, _ in ticks(since, since + length, ZoneInfo(zone))]
    assert all(a < b for a, b in pairwise(found))
    assert all(since <= at <= since + length for at in found)
    assert len(found) <= 10


def test_clock_text_names_the_zone() -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clock_text(at, BERLIN) == "02:30:00 CEST"
    assert clock_text(at + timedelta(hours=1), BERLIN) == "02:30:00 CET"


@pytest.mark.parametrize(
    ("seconds", "words"), [(45, "45 s"), (119, "119 s"), (720, "12 min"), (9_000, "2 h"), (260_000, "3 d")]
)
def test_a_silence_is_told_in_the_largest_unit_of_which_there_are_two(seconds: float, words: str) -> None:
    assert lasting_text(seconds) == words
