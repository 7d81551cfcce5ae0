"""The page: widgets in their places, and one loop that refreshes them every second."""

import asyncio
import getpass
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any
from zoneinfo import ZoneInfo

import ipywidgets as widgets
import msgspec

from notebooks.live.alert_list import AlertList
from notebooks.live.feed import Feed
from notebooks.live.ground_map import MODES, GroundMap
from notebooks.live.model import Model
from notebooks.live.tiles import fields_html, health_html, tiles_html, top_html
from notebooks.live.trends import Trends
from notebooks.look import CSS
from notebooks.pipeline import Pipeline
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError
from telemetry.master import Field
from telemetry.quantities import QUANTITIES

__all__ = ["Page", "show"]

EVERY = 1.0
"""Seconds between two refreshes."""

WINDOWS_EVERY = 5
"""Refreshes between two looks at the window table."""

ALERTS = 6


def show(pipeline: Pipeline | None = None) -> widgets.VBox:
    """The dashboard of the running pipeline, which goes on as long as its kernel lives."""
    try:
        page = Page(pipeline or Pipeline())
    except FarmstreamError as why:
        return widgets.VBox([widgets.HTML(f'{CSS}<div class="farm card">{why}</div>')])
    page.refresh()
    page.task = asyncio.get_event_loop().create_task(page.run())
    return page.widget


class Page:
    """`widget` is all of it; `refresh` takes what is new and shows it."""

    task: "asyncio.Task[None] | None" = None

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline, self._turn = pipeline, 0
        with ExitStack() as opened:
            self._farm = opened.enter_context(pipeline.farm())
            self.model, self._fields = Model(), self._read_fields()
            zone = ZoneInfo(next((f.time_zone for f in self._fields.values()), "UTC"))
            self._feed = Feed(pipeline.status().endpoints["kafka"] or "", self._farm, self.model)
            opened.enter_context(self._feed)
            self._opened = opened.pop_all()
        self._zone = zone
        self._map = GroundMap(self._fields, self._places())
        self._trends = Trends(self._fields, zone)
        self._alerts = AlertList(ALERTS, zone, self._acknowledge)
        self._top, self._tiles, self._table, self._health = (widgets.HTML() for _ in range(4))
        self.widget = self._arranged()

    async def run(self) -> None:
        """Refresh for ever; a server that is away is asked again, and the page says so."""
        with self._opened:
            while True:
                await asyncio.sleep(EVERY)
                self.refresh()

    def refresh(self) -> None:
        """Take what has come, and show it."""
        self._feed.turn()
        now = utc_now()
        self._map.refresh(self.model, now)
        self._alerts.refresh(self.model.shown_alerts(ALERTS))
        _put(self._top, top_html(now, self._zone))
        _put(self._tiles, tiles_html(self.model, now))
        _put(self._table, fields_html(self.model, self._fields, now))
        try:
            _put(self._health, health_html(self._pipeline.status()))
            if self._turn % WINDOWS_EVERY == 0:
                self._trends.refresh(self._windows(), now)
        except FarmstreamError as why:
            _put(self._health, f"<h2>Pipeline</h2>{why}")
        self._turn += 1

    def _read_fields(self) -> dict[str, Field]:
        rows = self._farm.fields().arrow().to_pylist()
        return {row["field_id"]: msgspec.convert(row, Field) for row in rows}

    def _places(self) -> dict[str, tuple[float, float]]:
        rows = self._farm.sensors().arrow().to_pylist()
        return {row["sensor_id"]: (row["lon"], row["lat"]) for row in rows if row["lon"] is not None}

    def _windows(self) -> Mapping[str, list[dict[str, Any]]]:
        found = defaultdict(list)
        for row in self._farm.windows(list(self._fields), since="3h").arrow().to_pylist():
            found[row["field_id"]].append(row)
        return found

    def _acknowledge(self, alert: Mapping[str, Any]) -> None:
        who = getpass.getuser()
        self._farm.acknowledge(alert["alert_id"], alert["opened"], who)
        self.model.take_alerts([{**alert, "acknowledged": utc_now(), "acknowledged_by": who}])
        self._alerts.refresh(self.model.shown_alerts(ALERTS))

    def _arranged(self) -> widgets.VBox:
        mode = widgets.ToggleButtons(options=MODES, style={"button_width": "auto"})
        mode.observe(lambda change: self._colour_by(change["new"]), "value")
        names = [(f"{q.name}, {q.unit}", q.name) for q in QUANTITIES]
        what = widgets.Dropdown(options=names, value="moisture", layout={"width": "190px"})
        what.observe(lambda change: self._trend_of(change["new"]), "value")
        page = widgets.VBox([
            widgets.HTML(CSS), self._top, self._tiles,
            _two(_card("Map", mode, self._map.widget), _card("Trend", what, self._trends.widget)),
            _two(self._alerts.widget, _card(None, self._table)),
            _card(None, self._health),
        ])  # fmt: skip
        page.add_class("farm")
        return page

    def _colour_by(self, mode: str) -> None:
        self._map.mode = mode
        self._map.refresh(self.model, utc_now())

    def _trend_of(self, name: str) -> None:
        self._trends.quantity = name
        self._trends.refresh(self._windows(), utc_now())


def _card(title: str | None, *inside: widgets.Widget) -> widgets.VBox:
    head = [widgets.HTML(f"<h2>{title}</h2>")] if title else []
    card = widgets.VBox([*head, *inside])
    card.add_class("card")
    return card


def _two(left: widgets.Widget, right: widgets.Widget) -> widgets.Box:
    box = widgets.Box([left, right])
    box.add_class("two")
    return box


def _put(widget: widgets.HTML, text: str) -> None:
    if widget.value != text:
        widget.value = text
