"""Named queries on a real Cassandra."""

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import queries
from storage.days import Span
from storage.rows import as_json
from storage.session import Session
from storage.settings import Cassandra
from storage.show import Zones, reading_line
from tests.local.storage_tables import insert, insert_reading

pytestmark = pytest.mark.servers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_readings_go_newest_first_across_days(ready: Cassandra, session: Session) -> None:
    times = [NOON - timedelta(hours=7 * step) for step in range(20)]
    for seq, at in enumerate(times):
        insert_reading(session, ready, "days", at, seq)
    span = Span(NOON - timedelta(days=60), NOON + timedelta(seconds=1))
    found = list(queries.readings(session, ready, "days", span))
    assert [row.reading.date for row in found] == times
    assert [row.reading.seq for row in queries.readings(session, ready, "days", span, 3)] == [0, 1, 2]
    bounded = queries.readings(session, ready, "days", Span(times[9], times[3]))
    assert [row.reading.seq for row in bounded] == [4, 5, 6, 7, 8, 9]
    assert as_json(found[0]) == {
        "id": "days",
        "boot": 1,
        "seq": 0,
        "date": "2026-03-01T12:00:00.000Z",
        "coord": {"lon": 1.0, "lat": 2.0},
        "main": {"temperature": 20.5, "humidity": None, "ph": None, "moisture": None},
        "faults": {"ph": "crc"},
        "gateway": "g",
        "received": "2026-03-01T12:00:00.000Z",
        "time_source": "board",
        "late": True,
        "field_id": "north",
        "quality": None,
        "quality_tests": {},
        "anomaly": None,
    }


def test_readings_carry_their_quality(ready: Cassandra, session: Session) -> None:
    insert_reading(session, ready, "judged", NOON, 0)
    flags = {"quality": 4, "quality_tests": "1111.114111.999999.999999.999999", "anomaly": 6.5}
    for seq in (0, 1):  # of 1 the reading itself is not there yet
        key = {"sensor_id": "judged", "day": NOON.date(), "date": NOON, "boot": 1, "seq": seq}
        insert(session, ready, "reading", **key, **flags)
    (row,) = queries.readings(session, ready, "judged", Span(NOON, NOON + timedelta(seconds=1)))
    assert (row.quality, row.anomaly, row.reading.main.temperature) == (4, 6.5, 20.5)
    assert row.tests["temperature"]["spike"] == 4
    assert reading_line(row, Zones([]))[-1] == "4 temperature:spike"


def test_readings_without_boot_and_seq(ready: Cassandra, session: Session) -> None:
    insert_reading(session, ready, "plain", NOON, -1)
    (row,) = queries.readings(session, ready, "plain", Span(NOON, NOON + timedelta(seconds=1)))
    assert (row.reading.boot, row.reading.seq) == (None, None)
    assert "seq" not in as_json(row)


def test_a_day_of_more_than_a_page(ready: Cassandra, session: Session) -> None:
    session.default_fetch_size = 50
    for seq in range(120):
        insert_reading(session, ready, "paged", NOON + timedelta(seconds=seq), seq)
    span = Span(NOON, NOON + timedelta(days=1))
    assert [row.reading.seq for row in queries.readings(session, ready, "paged", span)] == list(
        range(119, -1, -1)
    )


def test_windows(ready: Cassandra, session: Session) -> None:
    for minute in range(3):
        start = NOON.replace(hour=0, minute=0) + timedelta(minutes=minute - 1)
        end, day = start + timedelta(minutes=5), start.date()
        row = {
            "window_end": end,
            "count": minute,
            "count_moisture": 2,
            "mean_moisture": 30.5,
            "threshold": 23.0,
        }
        row |= {"count_temperature": 0, "count_humidity": 0, "count_ph": 0}
        insert(session, ready, "field_window", field_id="w", day=day, window_start=start, **row)
    found = list(queries.windows(session, ready, "w", Span(NOON - timedelta(days=1), NOON)))
    assert [window.count for window in found] == [2, 1, 0]
    assert (found[0].mean_moisture, found[0].mean_ph) == (30.5, None)


def test_dates_of_partitions_are_utc(ready: Cassandra, session: Session) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    insert_reading(session, ready, "utc", late, 1)
    tokyo = late.astimezone(tz=None) + timedelta(seconds=1)
    (row,) = queries.readings(session, ready, "utc", Span(late, tokyo))
    assert row.reading.date == late and row.reading.date.date() == date(2026, 3, 1)
