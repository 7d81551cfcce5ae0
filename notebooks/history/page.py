"""The page: what to look at, the chart, figures and files. What is chosen is loaded in a thread."""

import asyncio
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from notebooks.history.choice import Choice
from notebooks.history.controls import Controls
from notebooks.history.export import as_csv, as_parquet, file_name
from notebooks.history.link import read_link, write_link
from notebooks.history.load import Loaded, load, with_alerts
from notebooks.history.picture import curves, note, picture
from notebooks.history.source import Source
from notebooks.history.summary import days_html, summary_html, times_text
from notebooks.look import card, header, notice, page_of, put
from notebooks.pipeline import Pipeline
from notebooks.widgets.address import Address
from notebooks.widgets.chart import Chart
from notebooks.widgets.download import Download
from notebooks.widgets.presence import Presence
from storage.farm import Farm
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError

__all__ = ["Page", "show"]

_STALE = 20.0
"""Seconds after which what a warm kernel has loaded is loaded again for the first who looks."""

_AGAIN = 3.0
"""Seconds until a server that was away is asked again."""

_TITLE = "Over time"


def show(pipeline: Pipeline | None = None) -> widgets.VBox:
    """The history of the running pipeline."""
    page = Page(pipeline or Pipeline())
    page.start()
    return page.widget


class Page:
    """`widget` is all of it; `choose` looks at something else."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._source = Source(pipeline)
        self.loaded: Loaded | None = None
        self._zoomed: tuple[datetime, datetime] | None = None
        self._task: asyncio.Task[None] | None = None
        self._again, self._link, self._when = False, False, 0.0
        self._top, self._notice, self._note, self._table, self._days = (widgets.HTML() for _ in range(5))
        put(self._top, header("History", "history", ""))
        self._controls = Controls(self._chosen)
        self._chart = Chart(height=400, on_zoom=self._zoom)
        self._presence, self._address = Presence(), Address(layout={"display": "none"})
        self._presence.observe(self._looked_at, "beat")
        self._address.observe(self._sent_here, "asked")
        self.widget = self._arranged()

    def start(self) -> None:
        """Show the last week; where that fails, say why, and try again when somebody looks."""
        try:
            self._source.learn()
            self._offer()
            farm = self._source.farm
            self._show(with_alerts(farm, load(farm, self._choice(), self._source.sensors)))
        except FarmstreamError as why:
            put(self._notice, notice(str(why)))

    def ask(self) -> None:
        """Load what is chosen now; while something is being loaded, afterwards."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_event_loop().create_task(self._load())

    async def _load(self) -> None:
        while self._again:
            self._again = False
            self._chart.add_class("busy")
            try:
                await asyncio.to_thread(self._source.learn)  # fields and sensors may have come
                self._offer()
                self._follow()
                await self._look(self._source.farm, self._choice())
            except FarmstreamError as why:
                put(self._notice, notice(str(why)))
                if self._presence.watched:
                    await asyncio.sleep(_AGAIN)
                    self._again = True
            finally:
                self._chart.remove_class("busy")

    async def _look(self, farm: Farm, choice: Choice) -> None:
        """Read and show; alerts come last, and until then those of the same fields stay."""
        loaded = await asyncio.to_thread(load, farm, choice, self._source.sensors)
        if self.loaded and self.loaded.choice[:3] == choice[:3]:
            loaded = loaded._replace(alerts=self.loaded.alerts)
        self._show(loaded)
        put(self._notice, "")
        told = await asyncio.to_thread(with_alerts, farm, loaded)
        if not told.alerts.equals(loaded.alerts) and (len(told.alerts) or len(loaded.alerts)):
            self._show(told)

    def _offer(self) -> None:
        self._controls.offer(self._source.fields, self._source.sensors)

    def _sent_here(self, _: Any) -> None:
        """The address, before the page is there (`first_look` tells it too), or a person's change of it."""
        self._link = bool(self._address.asked)
        self.ask()

    def _follow(self) -> None:
        """Choose what the page's address asks for: once, as a person may then choose something else."""
        if self._link:
            view = read_link(self._address.asked or "", self._source.fields, self._source.sensors)
            self._controls.show(view, utc_now())
            self._link = self._again = False

    def _choice(self) -> Choice:
        choice = self._controls.choice(utc_now())
        return choice._replace(since=self._zoomed[0], until=self._zoomed[1]) if self._zoomed else choice

    def _show(self, loaded: Loaded) -> None:
        self.loaded, self._when = loaded, monotonic()
        choice = loaded.choice
        self._address.shown = write_link(self._controls.view(utc_now()))
        shown = curves(loaded, self._source.fields, self._source.sensors)
        self._chart.show(picture(loaded, shown))
        self._whole.layout.display = None if self._zoomed else "none"
        put(self._top, header("History", "history", f"<span>{times_text(shown, choice.zone)}</span>"))
        put(self._note, f'<span class="muted" id="note">{note(loaded)}</span>')
        put(self._table, summary_html(shown, choice.what))
        put(self._days, days_html(shown, choice.what, loaded.resolution))

    def _chosen(self) -> None:
        self._zoomed = None
        self.ask()

    def _zoom(self, span: tuple[float, float] | None) -> None:
        utc = ZoneInfo("UTC")
        self._zoomed = None
        if span and span[1] - span[0] > 60_000:
            begin, end = (datetime.fromtimestamp(at / 1000, utc) for at in span)
            self._zoomed = (begin, max(end, begin + timedelta(minutes=1)))
        self.ask()

    def _looked_at(self, _: Any) -> None:
        """A browser says every few seconds that it is there, and before anything is asked, its address."""
        under_way = self._task is not None and not self._task.done()
        if self._address.asked is not None and not under_way and self._stale:
            self.ask()

    @property
    def _stale(self) -> bool:
        """What is shown, if anything is, wants to be asked for again."""
        return self.loaded is None or (monotonic() - self._when > _STALE and self._zoomed is None)

    def _file(self, ending: str) -> tuple[str, bytes] | None:
        if self.loaded is None or not len(self.loaded.series):
            return None
        make = as_csv if ending == "csv" else as_parquet
        return file_name(self.loaded, ending), make(self.loaded)

    def _arranged(self) -> widgets.VBox:
        self._whole = widgets.Button(description="Whole span", tooltip="or double-click into the chart")
        self._whole.layout.display = "none"
        self._whole.on_click(lambda _: self._zoom(None))
        tools = widgets.HBox([
            self._whole,
            Download("CSV", "text/csv", lambda: self._file("csv")),
            Download("Parquet", "application/vnd.apache.parquet", lambda: self._file("parquet")),
        ])  # fmt: skip
        tools.add_class("tools")
        below = widgets.Box([_wide(card("In figures", self._table)), card("By day", self._days)])
        below.add_class("two")
        page = page_of(
            self._top, self._notice, self._address, self._controls.widget,
            card(_TITLE, self._chart, self._note, tools=tools), below, self._presence,
        )  # fmt: skip
        page.first_look = {
            "style": page.children[0].model_id, "top": self._top.model_id, "title": _TITLE,
            "chart": self._chart.model_id, "address": self._address.model_id,
        }  # fmt: skip
        return page


def _wide(made: widgets.VBox) -> widgets.VBox:
    made.add_class("wide")
    return made
