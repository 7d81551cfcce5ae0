"""What a person can choose: quantity, fields or sensors, and the time."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from notebooks.history.choice import SPANS, Choice, local_days
from notebooks.history.link import View
from notebooks.local_time import zone_of
from notebooks.look import LINES
from telemetry.master import Field
from telemetry.quantities import QUANTITIES

__all__ = ["Controls"]

MOST = len(LINES)
"""Lines that eyes can tell apart."""


class Controls:
    """`widget` is the card; `changed` is called when a person has chosen something else."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed, self._quiet = changed, False
        self._known: Mapping[str, Field] = {}
        self._standing: Mapping[str, str | None] = {}
        names = [("pH" if q.name == "ph" else q.name.capitalize(), q.name) for q in QUANTITIES]
        self._what = _toggles(names, "moisture")
        self._of = _toggles([("Fields", "fields"), ("Sensors", "sensors")], "fields")
        self._span = _toggles([*((name, name) for name in SPANS), ("Days", "days")], "7 d")
        self._fields = widgets.SelectMultiple(rows=6, layout={"width": "260px"})
        self._sensors = widgets.SelectMultiple(rows=6, layout={"width": "260px", "display": "none"})
        self._first = widgets.DatePicker(description="from", layout={"width": "210px"})
        self._last = widgets.DatePicker(description="to", layout={"width": "210px"})
        self._days = widgets.HBox([self._first, self._last], layout={"display": "none"})
        for each in (self._what, self._of, self._span, self._fields, self._sensors, self._first, self._last):
            each.observe(self._choose, "value")
        self.widget = self._arranged()

    def offer(self, fields: Mapping[str, Field], sensors: Mapping[str, str | None]) -> None:
        """What there is to choose from; what was chosen stays so, and at first it is the first fields."""
        self._quiet = True
        self._known, self._standing = fields, sensors
        _offer(self._fields, [(field.name, name) for name, field in fields.items()], MOST)
        named = [
            (f"{name}  {fields[of].name if of and of in fields else ''}", name)
            for name, of in sorted(sensors.items())
        ]
        _offer(self._sensors, named, 1)
        self._quiet = False

    def view(self, now: datetime) -> View:
        """What is chosen, for a link."""
        by_sensor = self._of.value == "sensors"
        return View(
            self._what.value, self._span.value, () if by_sensor else tuple(self._fields.value),
            tuple(self._sensors.value) if by_sensor else (), *self._dates(now),
        )  # fmt: skip

    def show(self, view: View, now: datetime) -> None:
        """Choose this, all of it at once."""
        before, self._quiet = self.view(now), True
        self._first.value, self._last.value = view.first or self._first.value, view.last or self._last.value
        self._what.value, self._span.value = view.what or self._what.value, view.span or self._span.value
        self._fields.value = view.fields or self._fields.value
        self._sensors.value = view.sensors or self._sensors.value
        if view.fields or view.sensors:
            self._of.value = "sensors" if view.sensors else "fields"
        self._quiet = False
        if self.view(now) != before:
            self._changed()

    def choice(self, now: datetime) -> Choice:
        """What is chosen now."""
        since, until = self._when(now)
        by_sensor = self._of.value == "sensors"
        return Choice(
            self._what.value, () if by_sensor else tuple(self._fields.value)[:MOST],
            tuple(self._sensors.value)[:MOST] if by_sensor else (), since, until, self._zone,
        )  # fmt: skip

    @property
    def _zone(self) -> ZoneInfo:
        """The time of most of the fields that are chosen, or in which the sensors stand."""
        by_sensor, fields = self._of.value == "sensors", tuple(self._fields.value)
        names = [self._standing.get(name) or "" for name in self._sensors.value] if by_sensor else fields
        chosen = [self._known[name] for name in names if name in self._known]
        return zone_of(chosen or self._known.values())

    def _when(self, now: datetime) -> tuple[datetime, datetime]:
        if self._span.value != "days":
            return now - SPANS[self._span.value], now
        first, last = self._dates(now)
        before, self._quiet = self._quiet, True
        self._first.value, self._last.value = first, last  # what is shown is said, where nobody has chosen it
        self._quiet = before
        return local_days(first, last, self._zone)

    def _dates(self, now: datetime) -> tuple[date, date]:
        """The days that are chosen: by default the last seven."""
        last = self._last.value or now.astimezone(self._zone).date()
        first = self._first.value or last - timedelta(days=6)
        return min(first, last), max(first, last)

    def _choose(self, _: Any) -> None:
        by_sensor = self._of.value == "sensors"
        self._fields.layout.display = "none" if by_sensor else None
        self._sensors.layout.display = None if by_sensor else "none"
        self._days.layout.display = None if self._span.value == "days" else "none"
        if not self._quiet:
            self._changed()

    def _arranged(self) -> widgets.Box:
        hint = widgets.HTML(
            f'<span class="muted with-mouse">Ctrl or ⌘ chooses several, at most {MOST}. '
            "Drag over the chart to look closer.</span>"
        )
        left = widgets.VBox([self._of, self._fields, self._sensors])
        right = widgets.VBox([self._what, self._span, self._days, hint])
        for part in (left, right):
            part.add_class("choices")
        made = widgets.Box([left, right])
        made.add_class("card")
        made.add_class("controls")
        return made


def _offer(widget: widgets.SelectMultiple, options: list[tuple[str, str]], first: int) -> None:
    """These, where they are others than before."""
    if tuple(options) == tuple(widget.options):
        return
    names = [name for _, name in options]
    chosen = tuple(name for name in widget.value if name in names)
    widget.options = options
    widget.value = chosen or tuple(names[:first])


def _toggles(options: list[tuple[str, str]], value: str) -> widgets.ToggleButtons:
    return widgets.ToggleButtons(options=options, value=value, style={"button_width": "auto"})
