"""The weekly report as a page, from facts made by hand; no server."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from notebooks.report.facts import Board, FieldFacts, Report
from notebooks.report.facts import _wettings as wettings
from notebooks.report.page import render
from storage.forecasts import Errors, Expected, Forecast

END = datetime(2026, 8, 20, tzinfo=UTC)
START = END - timedelta(days=7)
FIELD: dict[str, Any] = {
    "field_id": "f1", "name": "North <Meadow>", "soil": "loam", "moisture_threshold": 23.0,
    "time_zone": "Asia/Tokyo", "outline": [],
}  # fmt: skip
FORECAST = Forecast(
    field_id="f1", name="North", made_at=END, model="m", moisture=24.0, threshold=23.0, probability=0.62,
    hours_to_threshold=17.0, needed_at=END + timedelta(hours=17),
    expected=[Expected(k, END + timedelta(hours=k), 24.0 - k / 24, 23.0 - k / 24, 25.0) for k in (6, 24, 48)],
    errors=[Errors(24, 100, 0.8, 0.1)],
)  # fmt: skip


def hours_of(gap: slice = slice(0, 0)) -> pd.DataFrame:
    """Drying by 0.05 an hour, with +6.25 in one dry hour and +2 in two humid ones."""
    index = pd.date_range(START, periods=168, freq="h")
    moisture = 30.0 - 0.05 * np.arange(168)
    moisture[50:] += 6.25
    moisture[100:] += 2.0
    moisture[101:] += 2.0
    humidity = np.full(168, 60.0)
    humidity[99:102] = 94.0
    values = {"temperature": 20.0, "humidity": humidity, "ph": 6.5, "moisture": moisture}
    hours = pd.DataFrame(values | {"low": moisture - 1, "high": moisture + 1}, index=index)
    return hours.drop(hours.index[gap])


def facts(**other: Any) -> FieldFacts:
    hours = other.pop("hours", hours_of())
    alerts = pd.DataFrame(columns=["opened", "rule", "severity", "value", "state"])
    plain = FieldFacts(
        FIELD, hours, wettings(hours), alerts, [Board("b1", 900, [1.0] * 6 + [0.5], 0.01)], FORECAST
    )
    return plain._replace(**other)


def page(*fields: FieldFacts) -> str:
    return render(Report(START, END, END, list(fields)))


def test_what_wetted_the_soil() -> None:
    irrigated, rained = wettings(hours_of())
    assert (irrigated.rain, round(irrigated.amount, 2)) == (False, 6.2)
    assert (rained.rain, round(rained.amount, 2)) == (True, 3.9)
    assert rained.ends - rained.begins == pd.Timedelta(hours=2)


def test_what_happened_in_a_gap_is_not_guessed() -> None:
    assert [wetting.rain for wetting in wettings(hours_of(slice(49, 52)))] == [True]


def test_the_page_needs_nothing_else() -> None:
    text = page(facts())
    assert not re.search(r"(src|href)=|url\(|@import|<script", text)
    assert "North &lt;Meadow&gt;" in text and "<Meadow>" not in text


def test_the_page_tells_all_of_it_in_the_fields_own_time() -> None:
    text = page(facts())
    for words in (
        "threshold 23 %",
        "irrigation +6.2",
        "rain +3.9",
        "62 %",
        "Fri 21 Aug, 02:00",
        "off by 0.80",
    ):
        assert words in text, words
    assert "Thu 20 Aug 2026, 09:00 JST" in text


def test_a_gap_stays_a_gap() -> None:
    def lines(text: str) -> int:
        return sum(
            path.count("M") for path in re.findall(r'<path d="([^"]+)" fill="none" stroke="#0072B2"', text)
        )

    assert lines(page(facts(hours=hours_of(slice(20, 30))))) == 2 * lines(page(facts()))


def test_a_field_without_readings_or_forecast_has_a_page_too() -> None:
    text = page(facts(hours=hours_of()[:0], wettings=[], boards=[], forecast=None))
    assert "No readings in these days." in text and "no forecast" in text


def test_notebooks_are_committed_without_outputs() -> None:
    import json

    import notebooks

    for path in Path(notebooks.__file__).parent.glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs") and not cell.get("execution_count"), path
