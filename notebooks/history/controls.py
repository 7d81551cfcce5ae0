"""What a person can choose: quantity, fields or sensors, and the time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from notebooks.history.choice import SPANS, Choice, local_days
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
        self._zone = ZoneInfo("UTC")
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

    def offer(self, fields: Mapping[str, Field], sensors: Mapping[str, str | None], zone: ZoneInfo) -> None:
        """What there is to choose from; the first fields are chosen."""
        self._quiet = True
        self._zone = zone
        self._fields.options = [(field.name, name) for name, field in fields.items()]
        self._fields.value = tuple(fields)[:MOST]
        self._sensors.options = [
            (f"{name}  {fields[of].name if of and of in fields else ''}", name)
            for name, of in sorted(sensors.items())
        ]
        self._sensors.value = tuple(sorted(sensors))[:1]
        self._quiet = False

    def choice(self, now: datetime) -> Choice:
        """What is chosen now."""
        since, until = self._when(now)
        by_sensor = self._of.value == "sensors"
        return Choice(
            self._what.value, () if by_sensor else tuple(self._fields.value)[:MOST],
            tuple(self._sensors.value)[:MOST] if by_sensor else (), since, until,
        )  # fmt: skip

    def _when(self, now: datetime) -> tuple[datetime, datetime]:
        if self._span.value != "days":
            return now - SPANS[self._span.value], now
        last = self._last.value or now.astimezone(self._zone).date()
        first = self._first.value or last - timedelta(days=6)
        return local_days(min(first, last), max(first, last), self._zone)

    def _choose(self, _: Any) -> None:
        by_sensor = self._of.value == "sensors"
        self._fields.layout.display = "none" if by_sensor else None
        self._sensors.layout.display = None if by_sensor else "none"
        self._days.layout.display = None if self._span.value == "days" else "none"
        if not self._quiet:
            self._changed()

    def _arranged(self) -> widgets.Box:
        hint = widgets.HTML(
            f'<span class="muted">Ctrl or ⌘ chooses several, at most {MOST}. '
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


def _toggles(options: list[tuple[str, str]], value: str) -> widgets.ToggleButtons:
    return widgets.ToggleButtons(options=options, value=value, style={"button_width": "auto"})
