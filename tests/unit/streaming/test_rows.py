"""Windows and alerts as rows and messages, and back."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from streaming.alerts import spells
from streaming.rows import alert_message, alert_of, parted, told, window_message, window_of, window_rows
from streaming.told import told_of, told_rows
from telemetry.master import Field
from tests.unit.streaming.dry import START, window

NORTH = Field(field_id="north", name="North", soil="loam", moisture_threshold=20.0)
MIDNIGHT = datetime(2026, 6, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def changed(start: datetime, field: str = "north") -> pa.Table:
    """What the query gives, with the columns that matter here."""
    times = {"window_start": start, "window_end": start + timedelta(minutes=5), "newest": start}
    cells = {name: pa.array([at], pa.timestamp("us", "UTC")) for name, at in times.items()}
    return pa.table({"field_id": [field], "count": [3], "mean_moisture": [15.0]} | cells)


def test_the_day_is_the_utc_date_of_the_start_and_the_threshold_the_fields() -> None:
    before, after = (
        window_rows(changed(start), {"north": NORTH}).to_pylist()[0]
        for start in (MIDNIGHT - timedelta(minutes=1), MIDNIGHT)
    )
    assert (before["day"], after["day"]) == (date(2026, 6, 1), date(2026, 6, 2))
    assert after["threshold"] == 20.0
    assert "newest" not in after
    assert window_rows(changed(MIDNIGHT, "gone"), {"north": NORTH}).to_pylist()[0]["threshold"] is None


def test_a_window_that_is_stored_with_more_readings_takes_the_place_of_what_was_computed() -> None:
    rows = [window_rows(changed(MIDNIGHT + n * MINUTE), {}) for n in range(4)]
    stored = [
        row | {"count": count, "window_start": row["window_start"].replace(tzinfo=None),
               "window_end": row["window_end"].replace(tzinfo=None) + longer * MINUTE}
        for table, count, longer in zip(rows, (2, 3, 4, 4), (0, 0, 0, 5), strict=True)
        for row in table.to_pylist()
    ]  # fmt: skip
    written, better = parted(pa.concat_tables(rows), stored)
    assert [(row["window_start"] - MIDNIGHT) // MINUTE for row in written.to_pylist()] == [0, 1, 3]
    assert better == [stored[2]]
    assert parted(pa.concat_tables(rows), [])[0].num_rows == 4


def test_a_row_is_a_window_again() -> None:
    [row] = window_rows(changed(MIDNIGHT), {"north": NORTH}).to_pylist()
    found = window_of(row, {"north": NORTH})
    assert (found.start, found.moisture, found.threshold, found.wilting_point) == (MIDNIGHT, 15.0, 20.0, 15.0)
    naive = row | {name: row[name].replace(tzinfo=None) for name in ("window_start", "window_end")}
    assert window_of(naive, {"north": NORTH}) == found
    assert window_of(row, {}).field_name == ""


def test_a_dry_window_is_keyed_by_field_and_start() -> None:
    key, value = window_message(window(0, 15.0))
    assert key == "north|2026-06-01T12:00:00.000Z"
    assert (value["dry"], value["mean_moisture"], value["threshold"], value["count"]) == (True, 15.0, 20.0, 5)


def test_an_alert_comes_back_from_its_row() -> None:
    for last in (12.0, 25.0):
        [alert] = spells([window(0, 15.0), window(1, last)])
        [row] = told_rows([told(alert)]).to_pylist()
        assert alert_of(told_of(row)) == alert
        assert (row["day"], row["rule"]) == (START.date(), "soil-moisture-low")


def test_an_alerts_message_is_keyed_by_its_id() -> None:
    [alert] = spells([window(0, 15.0), window(1, 25.0)])
    key, value = alert_message(alert)
    assert key == value["alert_id"] == alert.alert_id
    assert (value["state"], value["opened"], value["closed"]) == (
        "closed", "2026-06-01T12:05:00.000Z", "2026-06-01T12:06:00.000Z",
    )  # fmt: skip
    told_in_it = {"message": alert.message, "field_name": "North", "lowest": 15.0, "missing_mm": None}
    assert (value["evidence"], value["kind"]) == (told_in_it, "alert")
    assert "day" not in value
