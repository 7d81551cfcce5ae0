"""The dashboards on a running pipeline, as people see them: in JupyterLab's place, and in a real browser."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import msgspec
import nbformat
import pandas as pd
import psutil
import pytest
from confluent_kafka import Producer
from nbclient import NotebookClient
from playwright.sync_api import Browser, Page, Route, expect
from pyspark.sql import SparkSession

from compose.local import dashboard
from compose.local.access import tables_of
from compose.local.home import Home
from compose.local.processes import family
from compose.local.state import State, read_state
from firmware.simulator.fleet import Fleet
from notebooks import PAGES
from notebooks.ground import ground_of
from storage import connect
from storage.commands import import_fields, import_sensors
from telemetry.clock import utc_now
from telemetry.quality import FAIL, decode
from telemetry.topics import ALERTS, READINGS
from tests.local.browser import DESKTOP, PHONE, Seen, chromium, opened
from tests.local.pipeline import farmstream, until
from tests.local.storage_tables import insert
from tests.pages import notices

pytestmark = pytest.mark.servers

BOARDS = 8
FIELD, PROBE, MOISTURE = "test-plot", "probe-1", 37.7
SPIKE = ("spike", FAIL)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_FARM = Fleet(boards=BOARDS)
LON, LAT = round(_FARM.lon, 4), round(_FARM.lat - 0.004, 4)
"""Beside the simulated fields."""
UP = ("up", "--detach", "--boards", f"simulated:{BOARDS}", "--interval", "2s")
QUERIES = ("join", "readings", "windows", "alert-book", "downsample", "quality")
"""Those whose tables the pages and recipes show; what `predictions` writes, the tests write themselves."""
TRIGGERS = "{join = '4s', readings = '4s', quality = '5s'}"
OUTLINE = ((LON, LAT), (LON + 0.002, LAT), (LON + 0.002, LAT + 0.002), (LON, LAT + 0.002))
FIELDS_CSV = f"""field_id,name,soil,moisture_threshold,time_zone,outline
{FIELD},Test Plot,loam,23,Asia/Tokyo,{"; ".join(f"{lon} {lat}" for lon, lat in OUTLINE)}
"""
RECIPE_BOOK = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text()
RECIPES = re.findall(r"^## (\d+\. .*?)$.*?^```python\n(.*?)^```", RECIPE_BOOK, re.M | re.S)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A pipeline with dashboards, and one more field with a probe that has sent one reading."""
    home = Home(tmp_path_factory.mktemp("dashboards") / "home").make()
    home.settings.write_text(f"[streaming]\nqueries = {json.dumps(QUERIES)}\ntriggers = {TRIGGERS}\n")
    result = farmstream(home, *UP)
    assert result.returncode == 0, result.stderr
    folder = home.path.parent
    (folder / "fields.csv").write_text(FIELDS_CSV)
    (folder / "sensors.csv").write_text(
        f"sensor_id,field_id,lon,lat\n{PROBE},{FIELD},{LON + 0.001},{LAT + 0.001}\n"
    )
    tables, said = tables_of(home.path, None, "farm"), StringIO()
    import_fields(tables, folder / "fields.csv", said)
    import_sensors(tables, folder / "sensors.csv", said)
    measured(home, 1, MOISTURE, utc_now() - 5 * MINUTE)  # before `spikes`, after the watermark
    predicted(home, utc_now())
    yield home
    farmstream(home, "down")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def urls(home: Home) -> dict[str, str]:
    return dashboard.urls(home.path)


@pytest.fixture(scope="module")
def live(urls: dict[str, str], browser: Browser) -> Iterator[Seen]:
    """Live, as it was opened on a phone; for all of its tests, as each visit costs a kernel."""
    with opened(browser, PHONE) as seen:
        seen.page.goto(urls["live"])
        yield seen


@pytest.fixture(scope="module")
def history(urls: dict[str, str], browser: Browser) -> Iterator[Seen]:
    """History, in the same way; what draws the page waits until the first look is there."""
    with opened(browser, PHONE) as seen:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        seen.page.route("**/voila.js", hold)
        seen.page.goto(urls["history"], wait_until="commit")
        seen.page.locator("#first-look .chart[data-draws]").wait_for(timeout=120_000)
        expect(seen.page.locator("#first-look h1")).to_have_text("History")
        until(lambda: held, 60, "the page's script")[0].continue_()
        yield seen


def state(home: Home) -> State:
    """What `status` tells; as no command is a process here, none takes its time."""
    found = read_state(home.state)
    assert found
    return found


def produce(home: Home, topic: str, key: str, value: dict[str, Any]) -> None:
    producer = Producer({"bootstrap.servers": state(home).endpoints["kafka"]})
    producer.produce(topic, msgspec.json.encode(value), key)
    assert producer.flush(30) == 0


def measured(home: Home, seq: int, moisture: float, date: datetime) -> None:
    """The probe's reading comes in."""
    produce(home, READINGS.name, PROBE, {
        "id": PROBE, "boot": 1, "seq": seq, "date": date,
        "coord": {"lon": LON + 0.001, "lat": LAT + 0.001},
        "main": {"temperature": 21.0, "humidity": 50.0, "ph": 6.5, "moisture": moisture}, "faults": {},
        "gateway": "test", "received": utc_now(), "time_source": "board", "late": False,
    })  # fmt: skip


def predicted(home: Home, now: datetime) -> None:
    """What the query `predictions` writes of the field by horizon, and how that of a day ago turned out."""
    with connect(home=home.path) as farm:
        for made, horizon, chance, error in (
            (now, 6, None, None), (now, 24, 0.27, None), (now, 48, None, None),
            (now - 25 * HOUR, 24, 0.1, 0.94),
        ):  # fmt: skip
            insert(
                farm.session, farm.settings, "prediction", field_id=FIELD, day=made.date(), made_at=made,
                horizon=horizon, target=made + horizon * HOUR, probability=chance, hours_to_threshold=14.3,
                error=error,
            )  # fmt: skip


def token(home: Home) -> str:
    return str(json.loads(home.credentials.read_text())["jupyter"]["password"])


def fine(seen: Seen) -> None:
    """Nothing went wrong, and nothing was asked of the internet."""
    assert not seen.errors
    assert not seen.elsewhere


def code(url: str, sent: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"token {sent}"} if sent else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as why:
        return why.code


def test_jupyterlab_wants_its_token(home: Home, urls: dict[str, str]) -> None:
    told = state(home)
    assert told.endpoints["jupyter"] == f"http://127.0.0.1:{told.components['jupyter'].port}"
    api = f"{told.endpoints['jupyter']}/api/contents"
    assert (code(api), code(api, "wrong"), code(api, token(home))) == (403, 403, 200)
    assert urls.keys() == {*PAGES, "lab"}
    for url in urls.values():
        assert code(url) == 200
    assert "live.ipynb" in {path.name for path in home.notebooks.iterdir()}


def test_the_token_is_in_no_log_and_on_no_command_line(home: Home) -> None:
    secret = token(home)
    for log in (home.path / "logs").iterdir():
        assert secret not in log.read_text(errors="replace"), log
    pids = [part.pid for part in state(home).components.values()]
    for who in (who for pid in pids if pid for who in family(pid)):
        with suppress(psutil.NoSuchProcess):  # some of Spark's are short
            assert not any(secret in word for word in psutil.Process(who.pid).cmdline())
    assert (home.path / "etc" / "dashboards" / "voila.json").stat().st_mode & 0o777 == 0o600


def test_the_notebook_runs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Live, on the running pipeline; test_analysis executes the others, on seasons."""
    monkeypatch.setenv("FARMSTREAM_HOME", str(home.path))
    notebook = nbformat.reads(PAGES["live"].read_text(), as_version=4)
    client = NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(home.notebooks)}})
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert outputs and not notices(notebook)
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_fits_a_phone(request: pytest.FixtureRequest, name: str, tmp_path: Path) -> None:
    seen: Seen = request.getfixturevalue(name)
    seen.page.locator("#rendered_cells canvas").first.wait_for(timeout=120_000)
    sleep(1)
    assert seen.page.evaluate("document.querySelector('.farm').scrollWidth") <= PHONE[0]
    assert len(seen.page.screenshot(path=tmp_path / f"{name}.png")) > 15_000
    fine(seen)


def on_a_desk(seen: Seen) -> Page:
    """The page, in a window that is larger now."""
    seen.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    return seen.page


def test_live_shows_what_is_there(home: Home, live: Seen, tmp_path: Path) -> None:
    page = on_a_desk(live)
    expect(page.locator("#tile-boards b")).to_have_text(f"{BOARDS + 1} / {BOARDS + 1}", timeout=120_000)
    row = page.locator(f"#field-{FIELD}")
    expect(row).to_contain_text(f"{MOISTURE}", timeout=120_000)
    expect(row).to_contain_text("in about 14 h (27% within 24 h)", timeout=60_000)
    expect(row).to_contain_text("off by 0.9 %, 1 forecast")
    assert until(lambda: stored(home).get(PROBE), 120, "the probe's reading") == MOISTURE
    expect(page.locator(".ground")).to_have_attribute("data-boards", str(BOARDS + 1))
    expect(page.locator("#farm-time")).to_contain_text("JST")
    moves(page.locator(".ground"), page)
    assert len(page.screenshot(path=tmp_path / "live.png")) > 20_000
    spikes(home, page)
    assert len(page.screenshot(path=tmp_path / "quality.png")) > 20_000
    fine(live)


def spikes(home: Home, page: Page) -> None:
    """A spike among good readings is on the map when quality control has found it, and stays there."""
    now = utc_now()
    for seq, moisture in enumerate((37.2, 37.9, 57.0, 37.4, MOISTURE), 2):
        measured(home, seq, moisture, now - (6 - seq) * MINUTE)
    until(lambda: SPIKE in flags(home), 180, "the flags")
    page.get_by_role("button", name="Quality").click()

    def told() -> str:
        box = page.locator(".ground .plot").bounding_box()  # it grows with what stands beside it
        assert box
        x, y = spot(home, box["width"], box["height"])
        page.mouse.move(box["x"] + 2, box["y"] + 2)
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.locator(".ground .tip").wait_for()
        return page.locator(".ground .tip").inner_text()

    text = until(lambda: text if "spike fails" in (text := told()) else "", 180, "the spike")
    assert f"moisture {MOISTURE} %" in text
    expect(page.locator(".ground .legend")).to_contain_text(re.compile(r"[1-9] fail"))


def spot(home: Home, width: float, height: float) -> tuple[float, float]:
    """Where the map has the probe, in pixels: all of the farm is in view, the same scale both ways."""
    with connect(home=home.path) as farm:
        corners = [(c["lon"], c["lat"]) for f in farm.fields().arrow().to_pylist() for c in f["outline"]]
    ground = ground_of(corners)
    easts, norths = zip(*(ground.metres(*corner) for corner in corners), strict=True)
    scale = min((width - 44) / (max(easts) - min(easts)), (height - 44) / (max(norths) - min(norths)))
    east, north = ground.metres(LON + 0.001, LAT + 0.001)
    return width / 2 + east * scale, height / 2 - north * scale


def flags(home: Home) -> set[tuple[str, int]]:
    """Tests of the probe's moisture, with what they said."""
    with connect(home=home.path) as farm:
        texts = farm.readings(PROBE, since="1h", columns=("quality_tests",)).arrow()["quality_tests"]
    return {told for text in texts.to_pylist() for told in decode(text).get("moisture", {}).items()}


def stored(home: Home) -> dict[str, float]:
    """Sensor → the moisture of its newest reading in Cassandra."""
    with connect(home=home.path) as farm:
        return {row["sensor_id"]: row["moisture"] for row in farm.latest().arrow().to_pylist()}


def moves(where: Any, page: Any) -> None:
    """It is drawn again and again, as readings come in."""
    before = int(where.get_attribute("data-draws"))
    until(lambda: int(where.get_attribute("data-draws")) > before + 1, 60, "a new picture")


def test_an_alert_is_there_within_three_seconds_and_can_be_acknowledged(home: Home, live: Seen) -> None:
    page = on_a_desk(live)
    expect(page.locator("#tile-boards b")).to_have_text(re.compile(r"\d+ / \d+"), timeout=120_000)
    moves(page.locator(".ground"), page)
    alert, now = str(uuid4()), utc_now()
    row = {
        "alert_id": alert, "rule": "soil-moisture-low", "severity": "warning", "state": "open",
        "field_id": FIELD, "opened": now, "updated": now, "value": 11.1, "threshold": 23.0,
    }  # fmt: skip
    with connect(home=home.path) as farm:
        insert(farm.session, farm.settings, "alert", day=now.date(), **row)
    produce(home, ALERTS.name, alert, row)
    told = monotonic()
    text = page.locator(f'[data-alert="{alert}"]')
    text.wait_for(timeout=30_000)
    assert monotonic() - told < 3.0
    assert "Test Plot" in text.inner_text()
    line = page.locator(".alert", has=text)
    line.get_by_role("button").click()
    expect(line.get_by_role("button")).to_contain_text("seen by", timeout=30_000)
    with connect(home=home.path) as farm:
        rows = {row["alert_id"]: row for row in farm.alerts(since="1h").arrow().to_pylist()}
    assert rows[alert]["acknowledged_by"]
    fine(live)


def test_history_shows_and_gives_files(history: Seen, tmp_path: Path) -> None:
    page = on_a_desk(history)
    chart = page.locator("#rendered_cells .chart")
    chart.wait_for(timeout=120_000)
    expect(page.locator("#first-look")).to_have_count(0, timeout=60_000)
    page.get_by_role("button", name="6 h").click()
    until(lambda: int(chart.get_attribute("data-points") or 0) > 0, 90, "a line")
    expect(page.locator("#note")).to_contain_text("points:")
    with page.expect_download() as csv:
        page.get_by_role("button", name="CSV").click()
    with page.expect_download() as parquet:
        page.get_by_role("button", name="Parquet").click()
    table = pd.read_csv(csv.value.path())
    assert {"sensor_id", "date", "mean_moisture_percent"} <= set(table.columns)
    assert len(pd.read_parquet(BytesIO(Path(parquet.value.path()).read_bytes()))) >= len(table) > 0
    assert len(page.screenshot(path=tmp_path / "history.png")) > 20_000
    expect(page).to_have_url(re.compile("#what=moisture&span=6h&fields="))
    page.evaluate(f"location.hash = 'what=ph&span=1y&fields={FIELD}'")
    until(lambda: float(chart.get_attribute("data-span") or 0) > 364 * 86400e3, 90, "a year")
    expect(page.locator("#rendered_cells .chart .legend")).to_have_text("Test Plot")
    fine(history)


def test_a_server_that_is_away_is_said_and_the_pages_go_on(home: Home, live: Seen, history: Seen) -> None:
    for seen in (live, history):
        on_a_desk(seen).locator("#rendered_cells .chart canvas").first.wait_for(timeout=240_000)
    psutil.Process(state(home).components["cassandra"].pid or 0).kill()
    history.page.get_by_role("button", name="30 d").click()
    for seen in (live, history):
        expect(seen.page.locator(".notice")).to_contain_text("Cassandra", timeout=120_000)
    moves(live.page.locator(".ground"), live.page)
    until(lambda: state(home).components["cassandra"].state == "running", 180, "Cassandra again")
    for seen in (live, history):
        expect(seen.page.locator(".notice")).to_have_count(0, timeout=120_000)
        fine(seen)
        seen.page.goto("about:blank")  # recipes need no page that asks for news


def test_there_are_ten_recipes() -> None:
    assert len(RECIPES) == 10


@pytest.mark.parametrize(("title", "code_"), RECIPES, ids=[title for title, _ in RECIPES])
def test_recipe(
    home: Home, spark: SparkSession, title: str, code_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands in docs/recipes.md; the one in Spark finds the tests' own session."""
    monkeypatch.setenv("FARMSTREAM_HOME", str(home.path))
    monkeypatch.chdir(tmp_path)
    exec(compile(code_, title, "exec"), {})
