"""Commands that read or write much, without servers: what they ask for, and what they tell of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pyarrow as pa
import pytest

from benchmarks import notebooks as bench
from benchmarks.page_costs import Filled, Paint
from compose.local import past
from notebooks.report import pdf
from storage import farm as storage_farm
from storage.farm import ALERT, PREDICTION
from storage.frame import Frame
from storage.series import SERIES
from telemetry.quantities import QUANTITIES
from tests.readme import ROOT
from tests.unit.compose.command_line import Farmstream, sentence

NOWHERE = ("--cassandra", "127.0.0.1:1")
UNTIL = datetime(2026, 8, 20, tzinfo=UTC)
HOURS = [UNTIL - timedelta(hours=n) for n in range(168, 0, -1)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--history", "ever", *NOWHERE), "'ever' is not a duration"),
        (("--history", "1y", "--until", "2026-09-01", *NOWHERE), "has no zone"),
        (("--history", "1y", "--until", "autumn", *NOWHERE), "is not an instant"),
        (("--history", "1y", "--faults", "reboot=0.1", *NOWHERE), "A past has no fault 'reboot'"),
        (("--history", "1y"), "start it with `farmstream up`"),
        (("--history", "1y", *NOWHERE), "No Cassandra answers at 127.0.0.1:1"),
    ],
)
def test_a_past_that_cannot_be_made_is_one_sentence(
    farmstream: Farmstream, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    assert says in sentence(farmstream("--home", str(tmp_path), "simulate", *words))


def test_a_past_is_made_as_it_was_asked_for(
    farmstream: Farmstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[past.Plan] = []

    def fill(tables: Any, plan: past.Plan, *_: Any) -> past.Told:
        plans.append(plan)
        end = plan.until or UNTIL
        begin = end - timedelta(seconds=plan.span)
        return past.Told(
            begins=begin, ends=end, readings=52_560, readings_there=7, seconds=84.0, rows_per_s=625.7
        )

    monkeypatch.setattr(past, "fill", fill)
    words = ("--home", str(tmp_path), "simulate", "--history", "1y", *NOWHERE, "--seed", "2")
    told = json.loads(farmstream(*words, "--boards", "4", "--interval", "20m", "--json").stdout)
    assert (told["readings"], told["seconds"], told["begins"]) == (52_560, 84.0, "2025-08-20T00:00:00Z")
    said = farmstream(*words, "--until", "2026-09-01T00:00+02:00").stdout
    assert "2025-08-31 22:00 to 2026-08-31 22:00 UTC: 52,560 readings written, 7 were there." in said
    assert "84.0 s, 626 readings/s" in said
    fleets = [(plan.fleet.boards, plan.fleet.seed, plan.fleet.interval) for plan in plans]
    assert fleets == [(4, 2, 1200.0), (12, 2, 600.0)]


class Tables:
    """In Cassandra's place: a week of two fields, one of which falls dry on its last day."""

    def __init__(self, *_: Any) -> None:
        self._fields = [self._field("north", "North Meadow", "Asia/Tokyo"), self._field("south", "South")]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def fields(self) -> Frame:
        return Frame(pa.Table.from_pylist(self._fields))

    def sensors(self) -> Frame:
        standing = [{"sensor_id": f"s-{f['field_id']}", "field_id": f["field_id"]} for f in self._fields]
        return Frame(pa.Table.from_pylist(standing))

    def series(self, *, fields: str, start: datetime, end: datetime, resolution: str) -> Frame:
        assert resolution == "1h"
        rows = [self._hour(fields, at) for at in HOURS if start <= at < end]
        return Frame(pa.Table.from_pylist(rows).select(list(SERIES)))

    def alerts(self, **_: Any) -> Frame:
        return Frame(pa.table({name: [] for name in ALERT}))

    def predictions(self, **_: Any) -> Frame:
        return Frame(pa.table({name: [] for name in PREDICTION}))

    @staticmethod
    def _field(name: str, said: str, zone: str = "UTC") -> dict[str, Any]:
        return {"field_id": name, "name": said, "soil": "loam", "moisture_threshold": 23.0, "time_zone": zone}

    @staticmethod
    def _hour(field: str, at: datetime) -> dict[str, Any]:
        dry = field == "north" and at >= UNTIL - timedelta(hours=24)
        row: dict[str, Any] = {"sensor_id": f"s-{field}", "date": at, "resolution": "1h", "count": 6}
        for q in QUANTITIES:
            value = (20.0 if dry else 30.0) if q.name == "moisture" else 7.0
            row |= {f"count_{q.name}": 6, **{f"{what}_{q.name}": value for what in ("mean", "min", "max")}}
        return row


@pytest.fixture
def week(farmstream: Farmstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farmstream]:
    """`report --week` up to UNTIL, into a folder that is not there yet."""
    monkeypatch.setattr(storage_farm, "Farm", Tables)
    monkeypatch.setattr(pdf, "find_chromium", lambda: None)
    fixed = ("report", "--week", *NOWHERE, "--until", "2026-08-20T00:30Z", "--out", str(tmp_path / "out"))
    yield lambda *words, **env: farmstream(*fixed, *words, **env)


def test_a_week_is_reported_field_by_field(week: Farmstream, tmp_path: Path) -> None:
    told = week()
    file = tmp_path / "out" / "farm-2026-08-20.html"
    assert (told.returncode, told.stdout) == (0, f"wrote {file}\n")
    assert "No PDF: install Chromium" in told.stderr
    page = file.read_text()
    north, south = page.index("<b>North Meadow</b>"), page.index("<b>South</b>")
    assert '<td class="num">24</td>' in page[north:south]  # hours below the threshold
    assert '<td class="num">0</td>' in page[south:]
    assert "Thu 20 Aug 2026, 09:00 JST" in page and "Thu 20 Aug 2026, 00:00 UTC" in page


def test_one_field_is_reported_alone_and_one_that_is_not_there_is_said(
    week: Farmstream, tmp_path: Path
) -> None:
    assert week("--field", "South", "--no-pdf").stderr == ""
    assert "North Meadow" not in (tmp_path / "out" / "farm-2026-08-20-South.html").read_text()
    assert "There is no field 'west': fields are north, south." in sentence(week("--field", "west"))


PROMISED = {"first_paint_s", "update_ms_1000", "read_rows_per_s"}


def test_the_dashboards_figures_have_names_that_are_documented(
    farmstream: Farmstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @contextmanager
    def opened(*_: Any) -> Iterator[Any]:
        yield SimpleNamespace(path=tmp_path)

    paints = {"live": Paint(1.5, 1.5), "history": Paint(0.5, 1.25), "year": Paint(0.75, 1.75)}
    for name, made in {
        "browser": opened, "_pipeline": opened, "_memory": lambda home: 360.0,
        "fill_year": lambda home: Filled(210_240, 300.0), "read_rate": lambda home: 47_000.0,
        "first_paint": lambda browser, home, what: paints[what],
        "update_ms": lambda browser, boards, mode="": {"kernel": boards / 100, "browser": len(mode)},
    }.items():  # fmt: skip
        monkeypatch.setattr(bench, name, made)
    told = farmstream("bench", "notebooks", "--json")
    report = json.loads(told.stdout)
    assert report.keys() >= PROMISED
    assert (report["first_paint_s"], report["first_paint_history_year_s"]) == (1.5, 0.75)
    assert report["whole_history_year_s"] == 1.75
    assert (report["update_ms_1000"], report["update_ms_quality"]["kernel"]) == (10.0, 100.0)
    text = (ROOT / "docs" / "benchmarks.md").read_text().partition("bench notebooks")[2]
    section = text.partition("\n## ")[0]
    unsaid = {name for name in report if f"`{name}`" not in section} - {"cores", "rows_read", "year_readings"}
    assert not unsaid
    table = farmstream("bench", "notebooks").stdout
    assert "1.75 s" in table and "10,000, by quality" in table
