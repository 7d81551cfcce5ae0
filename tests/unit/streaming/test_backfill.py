"""Which windows a reading falls into, which windows lack some, and which readings these are."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.backfill.compare import differing, in_windows, late

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def placed(*readings: tuple[int, int, int]) -> pd.DataFrame:
    """Readings of one field by number, second of their date and second at which they were written."""
    rows = [
        {
            "sensor_id": "a",
            "boot": 1,
            "seq": seq,
            "field_id": "f",
            "date": NOON + timedelta(seconds=at),
            "written": w,
        }
        for seq, at, w in readings
    ]
    return in_windows(pd.DataFrame(rows), "5m", "1m")


def stored(frame: pd.DataFrame) -> pd.DataFrame:
    """The windows as the stream would have counted these."""
    return frame.groupby(["field_id", "window_start"]).size().rename("count").reset_index()


@given(
    st.integers(0, 86_399_999), st.sampled_from([("5m", "1m"), ("30s", "10s"), ("1m", "1m"), ("25s", "10s")])
)
def test_a_reading_is_in_every_window_that_spans_its_date(ms: int, spans: tuple[str, str]) -> None:
    length, step = (pd.Timedelta(text) for text in spans)
    at = pd.Timestamp(NOON) + pd.Timedelta(milliseconds=ms)
    got = set(in_windows(pd.DataFrame({"date": [at]}), *spans)["window_start"])
    first = (at - length).floor(step)
    starts = [first + n * step for n in range(int(length / step) + 3)]
    assert got == {start for start in starts if start <= at < start + length}


def test_windows_that_hold_what_the_table_holds_do_not_differ() -> None:
    rows = placed((0, 0, 1), (1, 90, 95))
    assert differing(rows, stored(rows)).empty


@pytest.mark.parametrize("late_ones", [{2}, {2, 5}, {0, 1, 2, 3, 4, 5}])
def test_the_readings_that_were_not_counted_are_those_written_last(late_ones: set[int]) -> None:
    rows = placed(*((seq, 40 * seq, 5000 if seq in late_ones else 40 * seq + 1) for seq in range(6)))
    counted = stored(rows[~rows["seq"].isin(late_ones)])
    lacking = differing(rows, counted)
    assert set(late(rows, lacking)["seq"]) == late_ones
    assert lacking["lacking"].sum() == 5 * len(late_ones)
