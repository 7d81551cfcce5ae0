"""Sixty days of a simulated summer in a real Cassandra: filled, studied, forecast and reported on."""

import io
import json
import shutil
import sys
from ast import literal_eval
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import nbclient
import nbformat
import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from rich.console import Console
from typer.testing import CliRunner, Result

import notebooks
from benchmarks.forecast import hours_of_past
from compose.cli import app
from compose.local.home import Home
from compose.local.java import Java, spark_java_home
from compose.local.past import Plan, Told, fill
from firmware.simulator.past import Past
from firmware.simulator.settings import SimulatorSettings
from notebooks.analysis.choose import choose
from notebooks.analysis.examine import best_of
from notebooks.analysis.labels import FALLS
from notebooks.analysis.leakage import leaking
from notebooks.analysis.rows import NoData
from notebooks.analysis.splits import Split
from notebooks.analysis.study import Study
from notebooks.analysis.train import CLASSIFIERS, fit, predicted, to_spark, validate
from notebooks.history.choice import Choice
from notebooks.history.load import load
from notebooks.history.picture import curves, picture
from notebooks.report.facts import gather
from notebooks.report.page import render
from notebooks.report.pdf import find_chromium, to_pdf
from storage.errors import QueryFailed
from storage.farm import Farm
from storage.forecasts import forecasts, list_forecasts
from storage.queries import count
from storage.settings import Cassandra
from streaming.features import FEATURES, features
from streaming.model import CARD, ModelCard, newest
from streaming.predictions import Predictor, settle
from streaming.stored_hours import hours_of, places_of
from telemetry.clock import to_epoch_ms, utc_now
from telemetry.master import Field
from telemetry.payload import decode_payload
from tests.local.storage_tables import own_keyspace
from tests.pages import notices
from tests.servers import Server

pytestmark = [pytest.mark.servers, pytest.mark.timeout(1500)]

UNTIL = datetime(2025, 9, 1, tzinfo=UTC)
DAYS = 60
BEGIN = UNTIL - timedelta(days=DAYS)
FLEET = SimulatorSettings(boards=6, fields=3, interval=1800.0)
PLAN = Plan(fleet=FLEET, span=DAYS * 86_400.0, until=UNTIL, window="10m", slide="5m")
"""Windows that overlap, and no more of them than that takes: each is a row to write."""
ZONE = ZoneInfo("Asia/Tokyo")
QUIET = Console(file=io.StringIO())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("analysis")).make()


@pytest.fixture(scope="module")
def tables(cassandra: Server) -> Iterator[Cassandra]:
    with own_keyspace(cassandra) as settings:
        yield settings


@pytest.fixture(scope="module")
def told(tables: Cassandra, spark: SparkSession) -> Told:
    return fill(tables, PLAN, lambda: nullcontext(spark), QUIET)


@pytest.fixture(scope="module")
def farm(tables: Cassandra, told: Told) -> Iterator[Farm]:
    with Farm(tables) as farm:
        yield farm


@pytest.fixture(scope="module")
def found(farm: Farm, home: Home, java: Java) -> Study:
    """What the notebook came to on this farm; one more cell tells it."""
    page = nbformat.read(Path(notebooks.__file__).parent / "analysis.ipynb", as_version=4)
    page.cells.append(nbformat.v4.new_code_cell("import msgspec\nmsgspec.json.encode(result).decode()"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FARMSTREAM_CASSANDRA", farm.settings.address)
        patch.setenv("FARMSTREAM_KEYSPACE", farm.settings.keyspace)
        patch.setenv("FARMSTREAM_HOME", str(home.path))
        patch.setenv("FARMSTREAM_STUDY", f"{(utc_now() - BEGIN).days + 1}d")
        patch.setenv("JAVA_HOME", str(spark_java_home(java, home.etc("java"))))
        nbclient.NotebookClient(page, timeout=1200, kernel_name="python3").execute()
    (told,) = page.cells[-1].outputs
    return msgspec.json.decode(literal_eval(told.data["text/plain"]), type=Study)


@pytest.fixture(scope="module")
def models(found: Study, home: Home) -> Path:
    """Where the notebook saved its model."""
    assert newest(home.models) == Path(found.model)
    return home.models


Analyze = Callable[..., Result]


@pytest.fixture
def analyze(farm: Farm, home: Home, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Analyze:
    """The command with its words, in the Spark session that is there."""
    monkeypatch.setattr("compose.local.spark.batch_session", lambda home: nullcontext(spark))
    place = ("--cassandra", farm.settings.address, "--keyspace", farm.settings.keyspace)
    return lambda *words: CliRunner().invoke(app, ["analyze", *words, "--home", str(home.path), *place])


def test_a_past_is_in_every_table_as_the_stream_would_have_put_it(farm: Farm, told: Told) -> None:
    assert told.readings == DAYS * 48 * FLEET.boards == count(farm.session, farm.settings, "reading")
    at = UNTIL - timedelta(days=20, hours=5)
    hour, begin = timedelta(hours=1), to_epoch_ms(at)
    past = Past(FLEET).part(begin, to_epoch_ms(at + hour))
    sent = [decode_payload(payload) for _, payload in past.payloads(2)]
    sensor = sent[0].id

    stored = farm.readings(sensor, start=at, end=at + hour).pandas()
    assert stored["moisture"].to_list() == [one.main.moisture for one in sent]
    assert [when.to_pydatetime() for when in stored["date"]] == [one.date for one in sent]

    (row,) = farm.series(sensor, start=at, end=at + hour, resolution="1h").arrow().to_pylist()
    assert (row["count"], row["mean_moisture"]) == (2, pytest.approx(stored["moisture"].mean()))
    (day,) = farm.series(sensor, start=at.replace(hour=0), end=at, resolution="1d").arrow().to_pylist()
    assert day["count"] == 48

    field = stored["field_id"].iloc[0]
    both = farm.readings(fields=field, start=at, end=at + hour).pandas()
    windows = farm.windows(field, start=at, end=at + hour - timedelta(minutes=10)).arrow().to_pylist()
    assert len(windows) > 4
    for window in windows:
        inside = both[(both["date"] >= window["window_start"]) & (both["date"] < window["window_end"])]
        assert (window["count"], window["mean_moisture"]) == (
            len(inside),
            pytest.approx(inside["moisture"].mean()),
        )
        assert window["threshold"] is not None
    latest = farm.session.execute(f"SELECT count(*) FROM {farm.settings.table('reading_latest')}")
    assert latest.one()[0] == FLEET.boards


def test_a_run_that_was_cut_off_goes_on_and_one_that_was_not_changes_nothing(
    farm: Farm, told: Told, spark: SparkSession
) -> None:
    again = fill(farm.settings, PLAN, lambda: nullcontext(spark), QUIET)
    assert (again.readings, again.readings_there) == (0, told.readings)
    parts = farm.session.execute(f"SELECT history, begins FROM {farm.settings.table('history_part')}").all()
    gone = max(parts, key=lambda part: part.begins)
    delete = f"DELETE FROM {farm.settings.table('history_part')} WHERE history = %s AND begins = %s"
    farm.session.execute(delete, gone)
    rest = fill(farm.settings, PLAN, lambda: nullcontext(spark), QUIET)
    assert rest.readings > 0 and rest.readings + rest.readings_there == told.readings
    assert count(farm.session, farm.settings, "reading") == told.readings


def test_no_feature_knows_the_future_and_one_that_does_is_named(farm: Farm, spark: SparkSession) -> None:
    begin = UNTIL - timedelta(days=12)
    hours, places = hours_of(spark, farm, begin, UNTIL).coalesce(1).cache(), places_of(spark, farm)
    at = UNTIL - timedelta(days=2)
    assert leaking(features, hours, places, at) == []

    def with_a_leak(hours: DataFrame, places: DataFrame) -> DataFrame:
        ahead = Window.partitionBy("field_id").orderBy("hour").rowsBetween(-11, 1)
        made = features(hours, places)
        return made.withColumn("smoothed", F.avg("moisture").over(ahead))

    assert leaking(with_a_leak, hours, places, at) == ["smoothed"]


def test_hours_of_the_benchmark_are_those_of_the_tables(farm: Farm, spark: SparkSession) -> None:
    begin = UNTIL - timedelta(days=2)
    both = (hours_of(spark, farm, begin, UNTIL), hours_of_past(spark, Past(FLEET), begin, UNTIL))
    stored, made = (hours.toPandas().sort_values(["field_id", "hour"], ignore_index=True) for hours in both)
    assert len(stored) == 48 * FLEET.fields
    pd.testing.assert_frame_equal(stored, made)


def test_where_nothing_ever_fell_the_chance_is_nought(spark: SparkSession) -> None:
    """A well irrigated farm: it has a forecast of moisture all the same."""
    numbers = np.random.default_rng(1).normal(size=(60, len(FEATURES)))
    rows = pd.DataFrame(numbers, columns=[*FEATURES]).assign(falls=0.0)
    scores = [each.scores for each in validate(spark, CLASSIFIERS, [Split(rows, rows)], FEATURES, FALLS)]
    assert np.isnan(scores).all()
    train = to_spark(spark, rows, FALLS)
    model = fit(
        best_of(CLASSIFIERS, [np.nan, np.nan]), choose(train, FEATURES, FALLS), train, FEATURES, FALLS
    )
    assert not predicted(spark, model, rows, FEATURES, FALLS).any()


def test_analyze_says_what_a_study_needs(analyze: Analyze) -> None:
    told = analyze("--since", "1h")
    assert isinstance(told.exception, NoData) and not told.stdout
    assert str(told.exception).startswith("There are whole hours of 0 days in the last 1h, not counting each")
    assert "a study needs 21: let the pipeline run on" in str(told.exception)


def test_analyze_prints_its_study(analyze: Analyze, found: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that the notebook made on the same tables: once is enough."""
    monkeypatch.setattr(sys.modules["notebooks.analysis.study"], "study", lambda *_: found)
    assert msgspec.json.decode(analyze("--json").stdout, type=Study) == found
    shown = analyze().stdout
    for each in found.forecasts:
        assert f"{each.model.value:.2f}" in shown and f"{each.skill.value:.0%}".replace("%", " %") in shown
    assert f"Saved: {found.model}" in shown


def test_the_forecast_beats_persistence_and_sees_the_dry_soil_coming(models: Path) -> None:
    folder = newest(models)
    assert folder is not None
    card = msgspec.json.decode((folder / "model.json").read_bytes(), type=ModelCard)
    scores = {each["horizon"]: each for each in card.scores["forecasts"]}
    falls = card.scores["falls"]
    assert scores[24]["skill"]["value"] >= 0.30
    assert falls["model"]["value"] >= 0.90
    assert falls["cases"] >= 20
    for each in scores.values():
        for name in ("model", "persistence", "climatology", "skill"):
            assert each[name]["low"] <= each[name]["value"] <= each[name]["high"]
    assert card.classifier["selected"] != card.regressor["selected"]  # each chosen for its own label
    assert card.features == [*FEATURES] and len(card.fields) == 3
    assert (card.ends - card.begins).days > 50


def test_history_shows_the_seasons(farm: Farm, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebook on these tables, and what its page has for the whole span of one field."""
    field, *_ = farm.fields().arrow().to_pylist()
    choice = Choice("moisture", (field["field_id"],), (), BEGIN, UNTIL, ZONE)
    loaded = load(farm, choice, in_fields(farm))
    days = loaded.series["date"].dt.date.nunique()
    assert (loaded.resolution, days, loaded.marked) == ("1h", DAYS, False)
    shown = curves(loaded, {field["field_id"]: msgspec.convert(field, Field)}, in_fields(farm))
    drawn = picture(loaded, shown)
    assert len(drawn.lines[0].times) == DAYS * 24
    assert [limit.y for limit in drawn.limits] == [field["moisture_threshold"]]
    assert any("moisture rose" in span.label for span in drawn.spans)

    monkeypatch.setenv("FARMSTREAM_KAFKA", "history asks none")
    monkeypatch.setenv("FARMSTREAM_CASSANDRA", farm.settings.address)
    monkeypatch.setenv("FARMSTREAM_KEYSPACE", farm.settings.keyspace)
    page = nbformat.read(Path(notebooks.__file__).parent / "history.ipynb", as_version=4)
    nbclient.NotebookClient(page, timeout=300, kernel_name="python3").execute()
    outputs = [output for cell in page.cells for output in cell.get("outputs", ())]
    assert outputs and not notices(page) and not [o for o in outputs if o.get("name") == "stderr"]


def in_fields(farm: Farm) -> dict[str, str | None]:
    return {row["sensor_id"]: row["field_id"] for row in farm.sensors().arrow().to_pylist()}


def test_the_stream_predicts_once_and_predictions_meet_the_truth(
    farm: Farm, models: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, tmp_path: Path,
) -> None:  # fmt: skip
    caplog.set_level("INFO", "streaming.predictions")
    predictor, made = Predictor(spark, farm.settings, tmp_path), UNTIL - timedelta(hours=30)

    def tick(minute: int) -> list[str]:
        """What the stream does each minute, and all that it has said."""
        monkeypatch.setattr("streaming.predictions.utc_now", lambda: made + timedelta(minutes=minute))
        predictor(spark.range(1), minute)
        return [each.getMessage() for each in caplog.records if each.name == "streaming.predictions"]

    assert tick(24) == []  # no model yet
    saved, newer = newest(models), tmp_path / "99990101T000000Z"
    assert saved is not None
    shutil.copytree(saved, tmp_path / saved.name)
    once = [f"Model {saved.name}: 9 predictions made, 0 met the truth."]
    assert tick(25) == tick(26) == once
    newer.mkdir()
    (newer / CARD).write_text("not yet")
    assert "99990101T000000Z/model.json is no model" in tick(27)[-1]
    card = msgspec.json.decode((saved / CARD).read_bytes())
    (newer / CARD).write_bytes(msgspec.json.encode(card | {"features": ["margin", "phase_of_moon"]}))
    assert "features that this version does not have (phase_of_moon): make a new one" in tick(28)[-1]

    assert settle(farm, made) == 0
    assert settle(farm, UNTIL) == 6  # of 6 and 24 hours; 48 lie ahead
    assert settle(farm, UNTIL) == 0
    rows = farm.predictions(start=made, end=UNTIL).pandas()
    assert rows["error"].notna().sum() == 6 and rows["horizon"].to_list() == [6, 24, 48] * 3
    hours = hours_of(spark, farm, made - timedelta(hours=1), UNTIL).toPandas()
    hours["hour"] = pd.to_datetime(hours["hour"], utc=True)
    for row in rows.itertuples():
        now = hours[(hours["field_id"] == row.field_id) & (hours["hour"] == made - timedelta(hours=1))]
        then = hours[(hours["field_id"] == row.field_id) & (hours["hour"] == row.target - timedelta(hours=1))]
        assert row.moisture == pytest.approx(now["moisture"].iloc[0])
        assert row.low < row.mean < row.high
        if row.horizon != 48:
            assert row.observed == pytest.approx(then["moisture"].iloc[0])
            assert row.error == pytest.approx(row.mean - row.observed)
        assert (row.horizon == 24) == (row.probability == row.probability)

    monkeypatch.setattr("storage.farm.utc_now", lambda: UNTIL)
    told = forecasts(farm)
    assert len(told) == 3 and {e.horizon for each in told for e in each.errors} == {6, 24}
    list_forecasts(farm.settings, out := io.StringIO(), as_json=True)
    assert [row["name"] for row in json.loads(out.getvalue())] == [each.name for each in told]
    list_forecasts(farm.settings, out := io.StringIO())
    assert told[0].name in out.getvalue()


def test_no_predictions_is_one_sentence(farm: Farm) -> None:
    with pytest.raises(QueryFailed, match="make a model with `farmstream analyze`"):
        list_forecasts(farm.settings, io.StringIO(), since="1h")


def test_the_report_of_a_week_as_page_and_on_paper(farm: Farm, tmp_path: Path) -> None:
    end = UNTIL - timedelta(days=1)
    report = gather(farm, end, UNTIL)
    assert [round(facts.completeness, 2) for facts in report.fields] == [1.0] * 3
    assert any(facts.wettings for facts in report.fields)
    html, pdf = tmp_path / "farm.html", tmp_path / "farm.pdf"
    html.write_text(render(report))
    for facts in report.fields:
        assert facts.field["name"] in html.read_text()
    chromium = find_chromium()
    assert chromium, "install Debian's chromium"
    to_pdf(chromium, html, pdf)
    made = pdf.read_bytes()
    assert made.startswith(b"%PDF") and len(made) > 20_000
