"""The newest alerts, each with a button that acknowledges it."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from notebooks.look import ALARM, GOOD, MUTED, QUIET, number, tag

__all__ = ["AlertList"]

_COLOURS = {"open": ALARM, "closed": GOOD, "withdrawn": QUIET}


class AlertList:
    """A fixed number of rows, refilled: rows do not come and go, so that nothing flickers."""

    def __init__(self, rows: int, zone: ZoneInfo, acknowledge: Callable[[Mapping[str, Any]], None]) -> None:
        self._zone, self._acknowledge = zone, acknowledge
        self._shown: list[Mapping[str, Any]] = []
        self._rows = [self._row(number) for number in range(rows)]
        self._none = widgets.HTML('<span class="muted">No alerts.</span>')
        self.widget = widgets.VBox(
            [widgets.HTML("<h2>Alerts</h2>"), self._none, *(row for row, *_ in self._rows)]
        )
        self.widget.add_class("card")

    def refresh(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Show these, in this order."""
        self._shown = list(alerts)
        _show(self._none, not alerts)
        for number_, (row, text, button) in enumerate(self._rows):
            there = number_ < len(alerts)
            _show(row, there)
            if there:
                self._fill(text, button, alerts[number_])

    def _fill(self, text: widgets.HTML, button: widgets.Button, alert: Mapping[str, Any]) -> None:
        opened = alert["opened"].astimezone(self._zone)
        about = escape(str(alert.get("field_name") or alert.get("field_id") or alert.get("sensor_id") or ""))
        text_ = (
            f"{tag(alert['state'], _COLOURS.get(alert['state'], MUTED))} <b>{about}</b> "
            f"{escape(str(alert['rule']))}: {number(alert.get('value'), 1, '%')} below "
            f"{number(alert.get('threshold'), 1, '%')} "
            f"<span class='muted'>since {opened:%d %b %H:%M %Z}</span>"
        )
        if text.value != text_:
            text.value = text_
        seen = alert.get("acknowledged_by")
        button.description = f"seen by {seen}" if seen else "Acknowledge"
        button.disabled = bool(seen)
        _show(button, bool(seen) or alert["state"] == "open")

    def _row(self, number_: int) -> tuple[widgets.HBox, widgets.HTML, widgets.Button]:
        text, button = widgets.HTML(), widgets.Button(description="Acknowledge")
        button.on_click(lambda _: self._acknowledge(self._shown[number_]))
        row = widgets.HBox([text, button])
        row.add_class("alert")
        row.layout.display = "none"
        return row, text, button


def _show(widget: widgets.DOMWidget, there: bool) -> None:
    display = None if there else "none"
    if widget.layout.display != display:
        widget.layout.display = display
