from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from edge_gateway.stamp import EARLIEST, Stamp, stamped
from telemetry.errors import Refused
from tests.unit.edge_gateway.boards import NOON, reading

STAMP = Stamp("gw", timedelta(minutes=10), timedelta(seconds=60))


def test_the_boards_date_stays() -> None:
    done = stamped(reading(date=NOON), NOON + timedelta(seconds=5), STAMP)
    assert (done.date, done.time_source, done.late, done.gateway) == (NOON, "board", False, "gw")
    assert done.received == NOON + timedelta(seconds=5)


def test_no_date_is_arrival_less_age() -> None:
    done = stamped(replace(reading(date=None), age=1500), NOON, STAMP)
    assert done.date == NOON - timedelta(milliseconds=1500)
    assert (done.time_source, done.age) == ("gateway", None)


def test_neither_date_nor_age_is_arrival() -> None:
    assert stamped(reading(date=None), NOON, STAMP).date == NOON


@pytest.mark.parametrize("date", [datetime(1970, 1, 1, tzinfo=UTC), EARLIEST - timedelta(milliseconds=1)])
def test_a_clock_never_set_is_corrected(date: datetime) -> None:
    """ruuvi #120: boards with a clock at 1970."""
    done = stamped(reading(date=date), NOON, STAMP)
    assert (done.date, done.time_source) == (NOON, "corrected")


def test_the_year_2000_itself_is_taken() -> None:
    assert stamped(reading(date=EARLIEST), NOON, STAMP).time_source == "board"


def test_a_date_too_far_ahead_is_refused() -> None:
    ahead = NOON + timedelta(minutes=10)
    assert stamped(reading(date=ahead), NOON, STAMP).date == ahead
    with pytest.raises(Refused, match=r"2026-11-24T12:10:00\.001Z is more than 0:10:00 after its arrival"):
        stamped(reading(date=ahead + timedelta(milliseconds=1)), NOON, STAMP)


def test_late_marks_what_comes_from_a_backlog() -> None:
    """eKuiper #2083: data sent again is not marked."""
    assert not stamped(reading(date=NOON), NOON + timedelta(seconds=60), STAMP).late
    assert stamped(reading(date=NOON), NOON + timedelta(seconds=60, milliseconds=1), STAMP).late
    assert stamped(replace(reading(date=None), age=61_000), NOON, STAMP).late


def test_an_absurd_age_is_refused() -> None:
    with pytest.raises(Refused, match="reaches back before the year 2000"):
        stamped(replace(reading(date=None), age=2**40), NOON, STAMP)
