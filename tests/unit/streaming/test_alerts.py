"""Dry windows in a row are one alert."""

from msgspec.structs import replace

from streaming.alerts import alert_id, spells
from tests.unit.streaming.dry import START, at, window


def test_a_run_of_dry_windows_is_one_alert_until_the_first_that_is_not() -> None:
    means = [25.0, 19.0, 17.5, 18.0, 20.0, 19.0]
    closed, still_open = spells(window(minute, mean) for minute, mean in enumerate(means))
    assert closed.alert_id == alert_id("north", at(1))
    assert (closed.state, closed.opened, closed.closed, closed.updated) == ("closed", at(6), at(9), at(9))
    assert (closed.value, closed.lowest, closed.threshold) == (18.0, 17.5, 20.0)
    assert (still_open.state, still_open.opened, still_open.closed) == ("open", at(10), None)


def test_a_window_without_mean_or_threshold_says_nothing() -> None:
    silent = [window(1, None), replace(window(2, 30.0), threshold=None)]
    [alert] = spells([window(0, 19.0), *silent, window(3, 18.0)])
    assert (alert.state, alert.opened, alert.updated) == ("open", at(5), at(8))
    assert list(spells(silent)) == []


def test_at_the_wilting_point_it_is_critical_and_stays_so() -> None:
    [alert] = spells([window(0, 12.0)])
    assert alert.severity == "warning"
    [alert] = spells([window(0, 12.0), window(1, 10.0), window(2, 15.0)])
    assert alert.severity == "critical"


def test_an_alert_goes_on_from_before() -> None:
    [whole] = spells([window(0, 12.0), window(1, 11.0)])
    [before] = spells([window(0, 12.0)])
    assert list(spells([window(1, 11.0)], before)) == [whole]
    assert list(spells([], before)) == [before]


def test_ids_depend_on_field_and_start_alone() -> None:
    assert alert_id("north", START) == alert_id("north", START) != alert_id("south", START)
    assert len(alert_id("north", START)) == 32


def test_the_message_is_a_sentence() -> None:
    [alert] = spells([window(0, 19.04), window(1, 21.0)])
    assert alert.message == (
        "North: soil moisture 19.0 %, below 20.0 % since 2026-06-01T12:05:00.000Z "
        "until 2026-06-01T12:06:00.000Z (lowest 19.0 %)."
    )
    assert replace(alert, field_name="").message.startswith("north: ")


def test_it_says_how_much_water_is_missing() -> None:
    [alert] = spells([replace(window(0, 15.0), soil="loam", root_depth=0.5)])
    assert alert.missing_mm == 80.0
    assert alert.message.endswith("(lowest 15.0 %). Missing to field capacity: 80 mm.")
