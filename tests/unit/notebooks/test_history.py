"""Sensors into fields, holes, days of the farm (under DST: thingsboard #15005), rises, files."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from notebooks.history.choice import Choice, local_days
from notebooks.history.combine import Curve, by_day, field_curve, lasting, sensor_curve
from notebooks.history.controls import Controls
from notebooks.history.events import Rise, rises
from notebooks.history.export import as_csv, as_parquet, file_name
from notebooks.history.link import View, read_link, write_link
from notebooks.history.load import Loaded
from notebooks.history.picture import curves, note, picture
from notebooks.history.summary import days_html, summary_html, times_text
from telemetry.master import Field
from telemetry.quantities import QUANTITIES

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
HOUR = timedelta(hours=1)


def series(sensor: str, start: datetime, values: list[float | None], resolution: str = "1h",
           step: timedelta = HOUR) -> pd.DataFrame:  # fmt: skip
    rows: list[dict[str, Any]] = []
    for n, value in enumerate(values):
        row: dict[str, Any] = {
            "sensor_id": sensor,
            "date": start + n * step,
            "resolution": resolution,
            "count": 6,
        }
        for q in QUANTITIES:
            row |= {f"count_{q.name}": 0 if value is None else 6, f"mean_{q.name}": value,
                    f"min_{q.name}": value and value - 1, f"max_{q.name}": value and value + 1}  # fmt: skip
        rows.append(row)
    made = pd.DataFrame(rows)
    made["date"] = pd.to_datetime(made["date"], utc=True)
    return made


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_of_the_farm_has_all_its_hours(day: tuple[int, int, int], hours: int) -> None:
    begin, end = local_days(date(*day), date(*day), BERLIN)
    assert end - begin == hours * HOUR
    assert begin.astimezone(BERLIN).hour == end.astimezone(BERLIN).hour == 0


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_means_by_day_begin_at_the_farms_midnight_on_both_sides_of_a_change(
    day: tuple[int, int, int], hours: int
) -> None:
    start = datetime.combine(date(*day), datetime.min.time(), BERLIN).astimezone(UTC) - 24 * HOUR
    values = [1.0] * 24 + [2.0] * hours + [3.0] * 24
    curve = sensor_curve(series("a", start, list(values)), "a", "moisture")
    table = by_day(curve, BERLIN.key)
    assert table["mean"].tolist() == [1.0, 2.0, 3.0]
    assert table["points"].tolist() == [24, hours, 24]
    assert table.index[1] == date(*day)


def test_sensors_of_a_field_count_by_their_readings() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    both = pd.concat([series("a", start, [10.0, 10.0, None]), series("b", start, [40.0, None, None])])
    both.loc[both["sensor_id"] == "b", "count_moisture"] = [3, 0, 0]
    curve = field_curve(both, {"a": "north", "b": "north", "c": "south"}, "north", "moisture")
    assert curve.mean.tolist() == [20.0, 10.0]
    assert (curve.low.tolist(), curve.high.tolist()) == ([9.0, 9.0], [41.0, 11.0])
    assert not len(field_curve(both, {}, "north", "moisture").times)


def test_raw_readings_of_a_field_go_by_minute() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    two = [series(name, start, [10.0, 20.0], "raw", timedelta(seconds=30)) for name in "ab"]
    curve = field_curve(pd.concat(two), {"a": "n", "b": "n"}, "n", "moisture")
    assert (curve.times.tolist(), curve.mean.tolist()) == ([start.timestamp() * 1000], [15.0])


def test_where_nothing_was_measured_there_is_a_hole() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    parts = [series("a", start, [1.0] * 5), series("a", start + 10 * HOUR, [1.0] * 5)]
    mean = sensor_curve(pd.concat(parts), "a", "ph").mean
    assert np.flatnonzero(np.isnan(mean)).tolist() == [5]
    missing = sensor_curve(series("a", start, [1.0, None, 1.0]), "a", "ph").mean
    assert np.flatnonzero(np.isnan(missing)).tolist() == [1]


TEN = timedelta(minutes=10)


@pytest.mark.parametrize(("resolution", "boards"), [("raw", "a"), ("raw", "ab"), ("1m", "a"), ("1m", "ab")])
def test_boards_that_send_every_ten_minutes_make_a_line_with_its_holes_and_its_water(
    resolution: str, boards: str
) -> None:
    start, minute = datetime(2026, 6, 1, tzinfo=UTC), timedelta(minutes=1)
    dry, wet = [25.0] * 6, [25.0, 27.0, 29.0, *[29.0] * 6]
    both = pd.concat([
        series(name, start + minute * late + begin, list(values), resolution, TEN)
        for late, name in enumerate(boards) for begin, values in ((timedelta(0), dry), (3 * HOUR, wet))
    ])  # fmt: skip
    curves_ = [field_curve(both, dict.fromkeys(boards, "n"), "n", "moisture")]
    curves_ += [sensor_curve(both, name, "moisture") for name in boards]
    for curve in curves_:
        assert np.count_nonzero(np.isnan(curve.mean)) == 1
        (rise,) = rises(curve)
        assert rise.by == pytest.approx(4.0)


def test_boards_in_turn_are_one_line_and_no_saw() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    turns = [series(name, start + late * timedelta(minutes=1), [value] * 12, "raw", TEN)
             for name, late, value in (("a", 0, 20.0), ("b", 5, 24.0))]  # fmt: skip
    curve = field_curve(pd.concat(turns), {"a": "n", "b": "n"}, "n", "moisture")
    assert (len(curve.mean), set(curve.mean)) == (12, {22.0})
    assert (set(curve.low), set(curve.high)) == ({19.0}, {25.0})


def hours(*values: float) -> Curve:
    mean = np.array(values)
    return Curve(np.arange(len(mean)) * 3600e3, mean, mean, mean)


def test_water_that_came_is_one_rise() -> None:
    (rise,) = rises(hours(25, 24.8, 24.6, 27, 31, 30.8, 30.7, 30.6))
    assert (rise.begin, rise.end) == (2 * 3600e3, pytest.approx(4 * 3600e3, abs=3 * 3600e3))
    assert rise.by == pytest.approx(6.4)


def test_noise_slow_rises_and_holes_are_no_water() -> None:
    assert rises(hours(25, 26, 25, 26, 25, 26.5, 25)) == []
    assert rises(hours(*(25 + 0.3 * n for n in range(48)))) == []
    assert rises(hours(25, 24.9, np.nan, 35, 34.9)) == []
    assert rises(hours()) == list[Rise]()


NORTH = Field(field_id="n", name="North", moisture_threshold=23.0, time_zone="Asia/Tokyo")


def loaded(values: list[float | None], **more: Any) -> Loaded:
    start = datetime(2026, 6, 1, tzinfo=UTC)
    choice = Choice("moisture", ("n",), (), start, start + len(values) * HOUR, TOKYO)
    empty = pd.DataFrame()
    return Loaded(
        choice, series("a", start, values), **{"windows": empty, "marks": empty, "alerts": empty} | more
    )


def test_the_picture_has_thresholds_water_alerts_and_marks() -> None:
    at = pd.to_datetime(["2026-06-01T01:00Z", "2026-06-01T02:00Z", "2026-06-01T03:00Z"])
    marks = pd.DataFrame({"date": at, "moisture": [20.0, None, 30.0], "late": [True, False, False],
                          "quality_tests": [None, None, "1111.111121.111121.111121.411121"]})  # fmt: skip
    alerts = pd.DataFrame({"opened": at[:2], "closed": [at[2], pd.NaT], "state": ["closed", "withdrawn"],
                           "rule": ["soil-moisture-low"] * 2})  # fmt: skip
    have = loaded([20.0, 20.0, 30.0, 30.0], marks=marks, alerts=alerts)
    shown = curves(have, {"n": NORTH}, {"a": "n"})
    drawn = picture(have, shown)
    assert [limit.y for limit in drawn.limits] == [23.0]
    assert [span.label for span in drawn.spans] == [
        "",
        "alert: soil-moisture-low (closed)",
        "North: moisture rose by 10.0 %",
    ]
    assert [(d.name, len(d.times)) for d in drawn.dots] == [
        ("came late", 1),
        ("doubtful", 1),
        ("value missing", 1),
    ]
    bare = picture(have._replace(marks=marks.drop(columns="quality_tests")), shown)
    assert [d.name for d in bare.dots] == ["came late", "value missing"]
    assert drawn.lines[0].low is not None
    assert "means by hour" in note(have)
    assert "50%" in summary_html(shown, "moisture")
    assert "Mon 01 Jun" in days_html(shown, "moisture", "1h")


def test_time_below_the_threshold_counts_by_the_clock_and_not_by_points_and_a_gap_not_at_all() -> None:
    """Ten hours below it with a reading each two minutes; after a gap, ten above it with half as many."""
    start, minute = datetime(2026, 6, 1, tzinfo=UTC), timedelta(minutes=1)
    parts = [series("a", start, [20.0] * 300, "raw", 2 * minute),
             series("a", start + 15 * HOUR, [30.0] * 150, "raw", 4 * minute)]  # fmt: skip
    have = loaded([1.0])._replace(series=pd.concat(parts))
    shown = curves(have, {"n": NORTH}, {"a": "n"})
    curve = shown[0].curve
    assert (len(curve.times), np.count_nonzero(np.isnan(curve.mean))) == (451, 1)
    assert lasting(curve).sum() / 3600e3 == pytest.approx(20.0, abs=0.1)
    said = summary_html(shown, "moisture")
    assert ">50%</td>" in said and ">25.0</td>" in said
    assert by_day(curve, "UTC")["mean"].tolist() == [pytest.approx(470 / 19, abs=0.1), 30.0]
    assert not len(lasting(curves(loaded([1.0]), {"n": NORTH}, {})[0].curve))


def test_each_line_has_the_days_of_its_own_field_and_the_axis_the_time_of_most() -> None:
    dublin = Field(field_id="d", name="Dublin", moisture_threshold=23.0, time_zone="Europe/Dublin")
    fields, sensors = {"d": dublin, "n": NORTH, "s": NORTH}, {"a": "n", "b": "d", "c": "s"}
    controls, now = Controls(lambda: None), datetime(2026, 6, 3, 20, tzinfo=UTC)
    controls.offer(fields, sensors)
    zones, mixed = [], View(fields=("d", "n", "s"))
    for view in (View(fields=("d",)), mixed, View(sensors=("b",)), View(sensors=("a",))):
        controls.show(view._replace(span="days"), now)
        choice = controls.choice(now)
        zones.append(choice.zone.key)
        assert choice.until.astimezone(choice.zone).hour == 0
    assert zones == ["Europe/Dublin", "Asia/Tokyo", "Europe/Dublin", "Asia/Tokyo"]
    start = datetime(2026, 6, 1, 20, tzinfo=UTC)  # another day in Tokyo already
    rows = pd.concat([series(name, start, [20.0, 21.0]) for name in "ab"])
    for names, day, said in ((("d", "n"), "Mon 01 Jun", "as most"), (("n",), "Tue 02 Jun", "Asia/Tokyo")):
        have = loaded([1.0])._replace(series=rows, choice=loaded([1.0]).choice._replace(fields=names))
        shown = curves(have, fields, sensors)
        assert day in days_html(shown, "moisture", "1h")
        assert times_text(shown, TOKYO).startswith("times are Asia/Tokyo")
        assert said in times_text(shown, TOKYO)
        assert picture(have, shown).zone == "Asia/Tokyo"


def test_where_there_were_no_windows_their_line_has_a_hole() -> None:
    start, minute = pd.Timestamp(2026, 6, 1, tz="UTC"), pd.Timedelta(minutes=1)
    ends = [start + n * minute for n in (*range(5), *range(60, 65))]
    windows = pd.DataFrame({"field_id": "n", "window_end": ends, "mean_moisture": 25.0})
    have = loaded([25.0, 25.0], windows=windows)
    line = picture(have, curves(have, {"n": NORTH}, {"a": "n"})).lines[-1]
    assert (line.name, line.dash) == ("North, windows", True)
    assert np.flatnonzero(np.isnan(line.values)).tolist() == [5]


def test_alerts_that_are_open_at_the_same_time_are_shaded_once_and_each_is_named() -> None:
    at = [pd.Timestamp(2026, 6, 1, hour, tz="UTC") for hour in range(6)]
    alerts = pd.DataFrame({
        "opened": [at[3], at[0], at[1]], "closed": [at[4], at[2], at[2]], "state": "closed",
        "rule": ["soil-moisture-low", "board-silent", "board-silent"], "field_id": "n",
        "sensor_id": [None, "a", "b"],
    })  # fmt: skip
    have = loaded([25.0] * 6, alerts=alerts)
    spans = picture(have, curves(have, {"n": NORTH}, {"a": "n"})).spans
    shaded = [(span.begin / 3600e3, span.end / 3600e3) for span in spans if not span.label]
    assert [end - begin for begin, end in shaded] == [2.0, 1.0]
    assert [span.label for span in spans if span.label] == [
        "alert, North: soil-moisture-low (closed)", "alert, a: board-silent (closed)",
        "alert, b: board-silent (closed)",
    ]  # fmt: skip


def test_days_that_nobody_has_chosen_are_said_to_be_the_last_seven() -> None:
    controls, now = Controls(lambda: None), datetime(2026, 6, 3, 20, tzinfo=UTC)  # the fourth in Tokyo
    controls.offer({"n": NORTH}, {})
    controls.show(View(span="days"), now)
    begin, end = (at.astimezone(TOKYO).date() for at in controls.choice(now)[3:5])
    assert (begin, end) == (date(2026, 5, 29), date(2026, 6, 5))
    assert (controls._first.value, controls._last.value) == (date(2026, 5, 29), date(2026, 6, 4))


def test_nothing_stored_is_said_and_not_drawn() -> None:
    have = loaded([1.0])._replace(series=series("a", datetime(2026, 6, 1, tzinfo=UTC), [1.0]).iloc[:0])
    shown = curves(have, {"n": NORTH}, {"a": "n"})
    assert "Nothing was stored" in picture(have, shown).empty
    assert note(have) == ""
    assert "–" in summary_html(shown, "moisture")
    assert "No days" in days_html(shown, "moisture", "none")


def test_files_hold_what_is_shown() -> None:
    have = loaded([20.0, 21.0])
    assert as_csv(have).decode().splitlines()[:2] == [
        "sensor_id,date,resolution,count,mean_moisture_percent,min_moisture_percent,max_moisture_percent",
        "a,2026-06-01T00:00:00.000Z,1h,6,20.0,19.0,21.0",
    ]
    back = pd.read_parquet(BytesIO(as_parquet(have)))
    assert back["mean_moisture_percent"].tolist() == [20.0, 21.0]
    assert str(back["date"].dt.tz) == "UTC"
    assert file_name(have, "csv") == "moisture-20260601-20260601.csv"


def test_a_view_is_a_link_and_a_link_is_a_view() -> None:
    north = View("ph", "1 y", ("north", "river"))
    days = View("moisture", "days", (), ("7",), date(2026, 6, 1), date(2026, 8, 31))
    for view in (north, days):
        text = write_link(view)
        assert read_link(text, ("north", "river"), ("7", "8")) == view
        assert write_link(read_link(text, ("north", "river"), ("7", "8"))) == text
    assert write_link(north._replace(first=days.first)) == "what=ph&span=1y&fields=north,river"
    assert read_link("what=x&span=9y&fields=gone,river&from=tomorrow", ("river",), ()) == View(
        fields=("river",)
    )


def test_a_page_that_is_opened_with_a_link_shows_what_it_asks_for() -> None:
    changes: list[None] = []
    controls, now = Controls(lambda: changes.append(None)), datetime(2026, 6, 1, tzinfo=UTC)
    controls.offer({"n": NORTH, "s": NORTH}, {"a": "n"})
    controls.show(View("ph", "1 y", ("s",)), now)
    assert controls.choice(now)[:4] == ("ph", ("s",), (), now - timedelta(days=365))
    controls.show(View(sensors=("a",)), now)
    assert controls.choice(now)[:4] == ("ph", (), ("a",), now - timedelta(days=365))
    controls.show(View(), now)
    controls.offer({"n": NORTH, "s": NORTH, "t": NORTH}, {"a": "n", "b": "n"})
    assert controls.choice(now).sensors == ("a",)
    controls.show(View(fields=("t",)), now)
    assert controls.choice(now).fields == ("t",)
    assert len(changes) == 3
