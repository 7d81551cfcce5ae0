"""The page: widgets in their places, and one loop that refreshes them every second while somebody looks."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from notebooks.live.alert_list import AlertList
from notebooks.live.deadline import Deadline
from notebooks.live.figures import figures
from notebooks.live.ground_map import MODES, GroundMap
from notebooks.live.judged import Late
from notebooks.live.model import Model
from notebooks.live.source import Master, Source
from notebooks.live.spark import spark_svg
from notebooks.live.tiles import fields_html, health_html, tiles_html, top_html
from notebooks.live.trends import Trends
from notebooks.look import card, header, notice, page_of, put
from notebooks.pipeline import Pipeline, Status
from notebooks.widgets.presence import Presence
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError
from telemetry.quantities import QUANTITIES

__all__ = ["Page", "show"]

EVERY = 1.0
"""Seconds between two refreshes."""

UNSEEN_EVERY = 10
"""Refreshes between two that are made while nobody has looked yet."""

WINDOWS_EVERY, MASTER_EVERY = 5.0, 30.0
"""Seconds between two looks at the window table, and at the master."""

ALERTS = 6


def show(pipeline: Pipeline | None = None) -> widgets.VBox:
    """The dashboard of the running pipeline, which goes on as long as its kernel lives."""
    page = Page(pipeline or Pipeline())
    page.start()
    page.task = asyncio.get_event_loop().create_task(page.run())
    page.task.add_done_callback(page.ended)
    return page.widget


class Asked(NamedTuple):
    """What Cassandra has said; None is what it was not asked for."""

    windows: dict[str, list[dict[str, Any]]] | None = None
    outlook: Mapping[str, str] = {}
    master: Master | None = None
    judged: Mapping[str, Late] = {}


class Page:
    """`widget` is all of it. `start` connects and shows what is known; `run` goes on for ever."""

    task: "asyncio.Task[None] | None" = None

    def __init__(self, pipeline: Pipeline, source: Callable[[Pipeline, Model], Source] = Source) -> None:
        self._pipeline, self._open, self._turn = pipeline, source, 0
        self.model = Model()
        self._source: Source | None = None
        self._reading: asyncio.Task[None] | None = None
        self._away = False
        self._windows: dict[str, list[dict[str, Any]]] = {}
        self._windows_due, self._master_due = Deadline(WINDOWS_EVERY), Deadline(MASTER_EVERY)
        self._sparks: dict[str, str] = {}
        self._outlook: Mapping[str, str] = {}
        self._map, self._trends, self._alerts = GroundMap(), Trends(), AlertList(ALERTS, self._acknowledge)
        self._top, self._notice, self._tiles, self._fields, self._health = (widgets.HTML() for _ in range(5))
        for table in (self._fields, self._health):
            table.add_class("scroll")  # theirs, as what is in them is replaced: who has scrolled stays there
        put(self._top, header("Farm, live", "live", ""))
        self.map_widget, self._presence = self._map.widget, Presence()
        self.widget = self._arranged()

    def start(self) -> None:
        """Connect and show; where that fails, say why: `run` tries again."""
        try:
            source = self._connected()
            self._take(source, self._ask_for(source)())
            self._show(source)
        except FarmstreamError as why:
            self._say(str(why))

    def refresh(self) -> None:
        """Take what has come, flags too where they are shown; FarmstreamError where a server is away."""
        source = self._connected()
        if self._map.mode == "quality":
            self._take(source, Asked(judged=source.judged(self.model.intervals())))
        self._show(source)

    async def run(self) -> None:
        """Refresh for ever; a server that is away is asked again, and the page says so."""
        while True:
            await asyncio.sleep(EVERY)
            self._turn += 1
            if self._presence.watched or (self._presence.new and self._turn % UNSEEN_EVERY == 0):
                await self._step()

    def ended(self, task: "asyncio.Task[None]") -> None:
        """Nobody should take a page that has stopped for one that goes on."""
        if not task.cancelled() and (why := task.exception()):
            put(self._notice, notice(f"This page has stopped: load it again. {type(why).__name__}: {why}"))

    async def _step(self) -> None:
        """Cassandra is asked in a thread, so that the page goes on meanwhile with what Kafka brings."""
        try:
            source = await asyncio.to_thread(self._connected)
            if self._is_due() and (self._reading is None or self._reading.done()):
                self._reading = asyncio.get_event_loop().create_task(self._ask(source))
            self._show(source)
        except FarmstreamError as why:
            self._say(str(why))
            put(self._top, top_html(utc_now(), self._zone, self._status()))

    def _is_due(self) -> bool:
        """Of flags the source itself knows whose turn it is."""
        return self._away or self._wants_windows or self._map.mode == "quality"

    @property
    def _wants_windows(self) -> bool:
        return self._windows_due.over() or not self._windows

    async def _ask(self, source: Source) -> None:
        try:
            self._take(source, await asyncio.to_thread(self._ask_for(source)))
            self._say("")
        except FarmstreamError as why:
            self._windows_due.now()
            self._say(str(why))

    def _say(self, trouble: str) -> None:
        """What is wrong now, until it is right again."""
        self._away = bool(trouble)
        put(self._notice, notice(trouble))

    def _connected(self) -> Source:
        if self._source is None:
            source = self._open(self._pipeline, self.model)
            source.__enter__()  # closed with the kernel
            self._source = source
            self._map.farm(source.fields, source.places, source.zone)
            self._master_due.restart()
        return self._source

    def _ask_for(self, source: Source) -> Callable[[], Asked]:
        """What asks Cassandra for all that is due, and touches nothing that is drawn: `_take` does."""
        windows, master = self._wants_windows, self._master_due.over()
        intervals = self.model.intervals() if self._map.mode == "quality" else dict[str, timedelta]()

        def ask() -> Asked:
            return Asked(
                source.windows() if windows else None, source.outlook() if windows else {},
                source.master() if master else None, source.judged(intervals) if intervals else {},
            )  # fmt: skip

        return ask

    def _take(self, source: Source, asked: Asked) -> None:
        if asked.master is not None:
            source.learn(asked.master)
            self._map.farm(source.fields, source.places, source.zone)
            self._master_due.restart()
        if asked.windows is not None:
            self._windows, self._outlook = asked.windows, asked.outlook
            self._sparks = {
                name: spark_svg(self._windows.get(name, ()), field) for name, field in source.fields.items()
            }
            self._trends.refresh(source.fields, self._windows, utc_now(), source.zone)
            self._windows_due.restart()
        self.model.judged.take(asked.judged)

    def _show(self, source: Source) -> None:
        """Take what has come, and show it."""
        source.news()
        status = source.status()
        put(self._top, top_html(utc_now(), self._zone, status))
        put(self._health, health_html(status))
        self._draw(source)

    def _draw(self, source: Source) -> None:
        now, fields = utc_now(), source.fields
        seen = self.model.horizon(now)
        current = figures(self.model, seen)
        self._map.refresh(self.model, current, seen)
        self._alerts.refresh(self.model.shown_alerts(ALERTS), fields, source.zone)
        put(self._tiles, tiles_html(self.model, now))
        put(self._fields, fields_html(fields, current, self._sparks, self._outlook))

    @property
    def _zone(self) -> ZoneInfo:
        return self._source.zone if self._source else ZoneInfo("UTC")

    def _status(self) -> Status | None:
        try:
            return self._pipeline.status()
        except FarmstreamError:
            return None

    def _acknowledge(self, alert: Mapping[str, Any]) -> None:
        try:
            source = self._connected()
            source.acknowledge(alert)
            self._draw(source)
        except FarmstreamError as why:
            self._say(str(why))

    def _arranged(self) -> widgets.VBox:
        mode = widgets.ToggleButtons(
            options=[(m.capitalize(), m) for m in MODES], style={"button_width": "auto"}
        )
        mode.observe(lambda change: self.colour_by(change["new"]), "value")
        names = [("pH" if q.name == "ph" else q.name.capitalize(), q.name) for q in QUANTITIES]
        what = widgets.ToggleButtons(options=names, value="moisture", style={"button_width": "auto"})
        what.observe(lambda change: self._trend_of(change["new"]), "value")
        map_ = card("Map", self._map.widget, tools=mode)
        map_.add_class("wide")
        column = widgets.VBox([self._alerts.widget, card("Pipeline", self._health)])
        column.add_class("column")
        beside = widgets.Box([map_, column])
        beside.add_class("two")
        return page_of(
            self._top, self._notice, self._tiles, beside, card("Fields now", self._fields),
            card("Trend over 3 hours", self._trends.widget, tools=what), self._presence,
        )  # fmt: skip

    def colour_by(self, mode: str) -> None:
        """Colour the map by one of MODES, as a person chooses."""
        self._map.mode = mode  # its flags are asked for at the next refresh
        if self._source:
            self._draw(self._source)

    def _trend_of(self, name: str) -> None:
        self._trends.quantity = name
        if self._source:
            self._trends.refresh(self._source.fields, self._windows, utc_now(), self._zone)
