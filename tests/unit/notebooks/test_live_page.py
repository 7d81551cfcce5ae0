"""The live page without servers: what it says, and what it leaves unsaid."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from benchmarks.made_farm import MadeFarm
from notebooks.live.alert_list import alert_html
from notebooks.live.figures import figures
from notebooks.live.gaps import with_gaps
from notebooks.live.ground_map import GroundMap
from notebooks.live.judged import Doubt, Judged, Look, Row
from notebooks.live.model import Joined, Model
from notebooks.live.outlook import outlook_text
from notebooks.live.page import Page
from notebooks.live.source import Source
from notebooks.live.spark import spark_svg
from notebooks.live.tiles import health_html, top_html
from notebooks.look import GOOD as GROUND
from notebooks.look import moisture_colour
from notebooks.pipeline import Component, Pipeline, Status
from notebooks.widgets.chart import Chart, Line, Picture
from storage.forecasts import Errors
from telemetry.master import Field
from telemetry.quality import FAIL, GOOD, MISSING, SUSPECT
from telemetry.reading import Main

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOKYO = ZoneInfo("Asia/Tokyo")
NORTH = Field(field_id="n", name="North", moisture_threshold=23.0, time_zone="Asia/Tokyo")


def texts(widget: object) -> str:
    inside = "".join(map(texts, getattr(widget, "children", ())))
    return str(getattr(widget, "value", "")) + inside


def test_a_page_of_boards_that_all_send() -> None:
    page = Page(Pipeline("nowhere"), lambda _, model: cast(Source, MadeFarm(model, 24)))
    page.start()
    page.refresh()
    said = texts(page.widget)
    assert "24 / 24" in said
    assert said.count('<tr id="field-') == 6
    assert "JST" in said
    assert "notice" not in said.partition("</style>")[2]


def test_flags_of_a_large_farm_colour_its_map_and_come_in_rounds() -> None:
    page = Page(Pipeline("nowhere"), lambda _, model: cast(Source, MadeFarm(model, 2_000)))
    told: list[tuple[dict[str, Any], list[bytes]]] = []
    page.map_widget.send = lambda message, buffers=(): told.append((message, list(buffers)))
    page.colour_by("quality")
    page.start()
    page.refresh()
    (first, (_, before)), (_, (after,)) = told
    counts = [int(key["text"].split()[0].replace(",", "")) for key in first["legend"] if "colour" in key]
    good, _, fail, unjudged, silent = counts
    assert (good + fail, unjudged, silent) == (2_000, 0, 0)
    assert 120 < fail < 280
    pairs = zip(before[::4], after[::4], strict=True)
    assert 0 < sum(a != b for a, b in pairs) <= 500


def test_what_stays_the_same_is_sent_once() -> None:
    page = Page(Pipeline("nowhere"), lambda _, model: cast(Source, MadeFarm(model, 24)))
    page.start()
    sent: list[Any] = []
    page.map_widget.send = lambda message, buffers=(): sent.append(message)
    source = page._connected()
    page._draw(source)
    page._draw(source)
    assert sent == []


def test_keys_that_go_are_taken_away_though_the_lines_are_the_same() -> None:
    line, keys = Line("a", "#000000", np.arange(3.0), np.arange(3.0)), [("#9AA39E", "dashed: irrigate below")]
    chart, kinds = Chart(), list[str]()
    chart.send = lambda message, buffers=(): kinds.append(message["kind"])
    for told in (keys, keys, []):
        chart.show(Picture(0.0, 3.0, [], "UTC", lines=[line], keys=told))
    assert kinds == ["all", "news", "all"]


def test_silent_boards_count_for_no_mean() -> None:
    model = Model()
    old, new = NOON - 40 * MINUTE, NOON
    model.take([Joined("a", old, Main(moisture=10.0), received=old, field_id="n")], old)
    model.take([Joined("b", new, Main(moisture=30.0), received=new, field_id="n")], new)
    assert figures(model, NOON)["n"][:2] == (1, 2)
    assert figures(model, NOON)["n"].means["moisture"] == 30.0
    assert figures(model, NOON)["n"].means["ph"] is None


GOOD_TEXT = "1111.111121.111121.111121.111121"
SPIKE = "1111.111121.111121.113121.141124"
"""pH's spike is suspect, moisture fails its climatology, and the learned test stands aside."""


def looked(names: str, since: datetime = NOON - 15 * MINUTE, oldest: datetime | None = None) -> Look:
    return Look(list(names), since, oldest or since)


def judged_by(rows: list[Row], names: str = "abcd") -> Judged:
    made = Judged()
    made.take(made.found(looked(names), rows))
    return made


def test_the_worst_flag_of_late_counts_though_a_good_reading_came_after_it() -> None:
    judged = judged_by([("a", NOON, SPIKE), ("a", NOON + MINUTE, SPIKE), ("a", NOON + 2 * MINUTE, GOOD_TEXT),
                        ("b", NOON, GOOD_TEXT), ("c", NOON, None)])  # fmt: skip
    assert [judged.worst(name) for name in "abcd"] == [FAIL, GOOD, None, None]
    assert judged.doubts("a") == [
        Doubt("moisture", "climatology", FAIL, 2, NOON + MINUTE),
        Doubt("ph", "spike", SUSPECT, 2, NOON + MINUTE),
    ]
    missing = judged_by([("a", NOON, "1111.999999.111121.111121.111123")])
    assert missing.doubts("a") == [Doubt("temperature", "value", MISSING, 1, NOON)]


def test_only_the_end_is_looked_at_again_and_what_is_old_goes() -> None:
    judged = judged_by([("a", NOON + n * MINUTE, SPIKE) for n in (0, 5, 10)] + [("b", NOON, GOOD_TEXT)])
    again = looked("ab", NOON + 8 * MINUTE, NOON + 3 * MINUTE)
    found = judged.found(again, [("a", NOON + 10 * MINUTE, GOOD_TEXT), ("a", NOON + 11 * MINUTE, SPIKE)])
    assert judged.doubts("a")[0].times == 3  # until it is taken
    judged.take(found)
    assert [(doubt.times, doubt.last) for doubt in judged.doubts("a")] == [(2, NOON + 11 * MINUTE)] * 2
    assert judged.worst("b") is None
    judged.take(judged.found(looked("a", NOON + 20 * MINUTE, NOON + 10 * MINUTE), []))
    assert [doubt.times for doubt in judged.doubts("a")] == [1, 1]


def test_a_value_that_is_missing_now_counts_before_it_is_judged() -> None:
    model = Model()
    model.take([Joined("a", NOON, Main()), Joined("b", NOON, Main(), faults={"ph": "crc"})], NOON)
    model.take([Joined("c", NOON, Main(), faults={"coord": "no-fix"})], NOON)
    assert [model.quality(name) for name in "abc"] == [None, MISSING, None]
    model.judged = judged_by([(name, NOON, GOOD_TEXT) for name in "abc"])
    assert [model.quality(name) for name in "abc"] == [GOOD, MISSING, GOOD]


def test_the_map_counts_what_it_shows_and_says_why() -> None:
    drawn, model = GroundMap(), Model()
    drawn.farm({"n": NORTH}, {"a": (0.0, 0.0), "b": (0.001, 0.0), "c": (0.0, 0.001)}, TOKYO)
    model.take([Joined(name, NOON, Main(), received=NOON) for name in "abc"], NOON)
    model.judged = judged_by([("a", NOON, GOOD_TEXT), ("b", NOON, SPIKE)])
    sent: list[Any] = []
    drawn.widget.send = lambda message, buffers=(): sent.append(message)
    drawn.mode = "quality"
    drawn.refresh(model, {}, NOON)
    assert [key["text"] for key in sent[-1]["legend"]][1:] == [
        "1 good", "0 suspect or missing", "1 fail", "1 not judged yet", "0 silent",
    ]  # fmt: skip
    assert "moisture: climatology fails, 21:00:00 JST<br>pH: spike is suspect" in drawn._text(1)
    assert "fails" not in drawn._text(0)


def test_a_hole_in_the_windows_is_a_hole_in_the_line() -> None:
    points = [(NOON + n * MINUTE, 1.0) for n in (0, 1, 2, 10, 11)]
    assert [value for _, value in with_gaps(points)] == [1.0, 1.0, 1.0, None, 1.0, 1.0]
    assert with_gaps([]) == []


def test_a_spark_has_its_threshold_and_its_holes() -> None:
    rows = [{"window_end": NOON + n * MINUTE, "mean_moisture": 24.0 + n} for n in (0, 1, 2, 20, 21)]
    drawn = spark_svg(rows, NORTH)
    assert drawn.count("M") == 3
    assert "stroke-dasharray" in drawn
    assert "no windows yet" in spark_svg(rows[:1], NORTH)


def test_an_alert_is_told_in_its_fields_time_with_units() -> None:
    alert = {"alert_id": "<1>", "opened": NOON, "state": "open", "rule": "soil-moisture-low", "field_id": "n",
             "value": 21.04, "threshold": 23.0, "evidence": '{"missing_mm": 9.6}'}  # fmt: skip
    said = alert_html(alert, {"n": NORTH}, ZoneInfo("UTC"))
    assert "North" in said
    assert "21.0 %, threshold 23.0 %, 10 mm to field capacity" in said
    assert "24 Nov 21:00 JST" in said
    assert "<1>" not in said
    closed = alert | {"state": "closed", "evidence": {"missing_mm": 9.6}}
    assert "mm" not in alert_html(closed, {"n": NORTH}, ZoneInfo("UTC"))
    other = {"alert_id": "2", "opened": NOON, "state": "open", "rule": "sensor-silent", "sensor_id": "7"}
    assert "sensor silent" in (said := alert_html(other, {}, TOKYO))
    assert "21:00 JST" in said


@pytest.mark.parametrize(
    ("hours", "chance", "words"),
    [
        (16.2, 0.27, "in about 14 h (27% within 24 h)"),
        (2.2, 0.9, "now (90% within 24 h)"),
        (0.0, None, "now"),
        (None, 0.01, "not in sight (1% within 24 h)"),
    ],
)
def test_the_outlook_in_words_two_hours_after_it_was_made(
    hours: float | None, chance: float | None, words: str
) -> None:
    row = {"hours_to_threshold": hours, "probability": chance, "made_at": NOON}
    assert outlook_text(row, NOON + 120 * MINUTE) == words
    wrong = outlook_text(row, NOON + 120 * MINUTE, Errors(24, 120, 0.94, -0.1))
    assert wrong == f"{words}, off by 0.9 %, 120 forecasts"


def test_a_supervisor_that_is_silent_is_not_called_running() -> None:
    parts = {"kafka": Component("failing")}
    status = Status(phase="running", at=NOON, components=parts, totals={"sent": 5.0}, rates={"sent": 1.0})
    assert "pipeline running" in top_html(NOON, TOKYO, status)
    assert "pipeline not running" in top_html(NOON + MINUTE, TOKYO, status)
    assert "kafka: failing" in health_html(status)


def test_where_no_supervisor_watches_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARMSTREAM_KAFKA", "kafka:9094")
    status = Pipeline("nowhere").status()
    assert status.endpoints["kafka"] == "kafka:9094"
    assert f"--c:{GROUND}" in (top := top_html(status.at, TOKYO, status))
    assert "pipeline connected" in top
    assert "Nobody counts" in health_html(status)


@pytest.mark.parametrize(("off", "colour"), [(-9, "#8C510A"), (0, "#F1EFE6"), (9, "#01665E")])
def test_dry_is_brown_and_wet_is_green_blue(off: float, colour: str) -> None:
    assert moisture_colour(off) == colour


def test_only_the_news_of_a_chart_is_sent_and_anything_else_is_sent_whole() -> None:
    chart, sent = Chart(), list[tuple[str, int]]()
    chart.send = lambda message, buffers: sent.append((message["kind"], sum(map(len, buffers))))

    def show(times: list[float], values: list[float], name: str = "a") -> None:
        line = Line(name, "#000", np.array(times), np.array(values))
        chart.show(Picture(since=0, until=9, ticks=[], zone="UTC", lines=[line]))

    show([1, 2, 3], [1, float("nan"), 3])
    show([2, 3, 4], [float("nan"), 3, 4])
    show([2, 3, 4], [float("nan"), 5, 4])
    show([], [])
    show([2, 3], [1, 1], "b")
    assert sent == [("all", 36), ("news", 12), ("news", 24), ("news", 0), ("all", 24)]
