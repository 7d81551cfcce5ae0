"""The newest alerts, each with a button that acknowledges it."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import ipywidgets as widgets
import msgspec

from notebooks.local_time import zone_of
from notebooks.look import ALARM, GOOD, MUTED, QUIET, card, number, put, tag
from telemetry.master import Field

__all__ = ["AlertList"]

_COLOURS = {"open": ALARM, "closed": GOOD, "withdrawn": QUIET}
_RULES = {"soil-moisture-low": "soil moisture is low"}
_UNITS = {
    "moisture": "%",
    "wilting": "%",
    "frost": "°C",
    "heat": "°C",
    "temperature": "°C",
    "humidity": "%RH",
}
Alert = Mapping[str, Any]


class AlertList:
    """A fixed number of rows, refilled: rows do not come and go, so that nothing flickers."""

    def __init__(self, rows: int, acknowledge: Callable[[Alert], None]) -> None:
        self._acknowledge = acknowledge
        self._shown: list[Alert] = []
        self._rows = [self._row(number_) for number_ in range(rows)]
        self._none = widgets.HTML('<span class="muted">No alerts in the last 30 days.</span>')
        self.widget = card("Alerts", self._none, *(row for row, *_ in self._rows))

    def refresh(self, alerts: Sequence[Alert], fields: Mapping[str, Field], zone: ZoneInfo) -> None:
        """Show these, in this order; `zone` for those of no field."""
        self._shown = list(alerts)
        _show(self._none, not alerts)
        for number_, (row, text, button) in enumerate(self._rows):
            there = number_ < len(alerts)
            _show(row, there)
            if there:
                put(text, alert_html(alerts[number_], fields, zone))
                _offer(button, alerts[number_])

    def _row(self, number_: int) -> tuple[widgets.HBox, widgets.HTML, widgets.Button]:
        text, button = widgets.HTML(), widgets.Button(description="Acknowledge")
        button.on_click(lambda _: self._acknowledge(self._shown[number_]))
        row = widgets.HBox([text, button])
        row.add_class("alert")
        row.layout.display = "none"
        return row, text, button


def alert_html(alert: Alert, fields: Mapping[str, Field], zone: ZoneInfo) -> str:
    """State, where, what, since when: in the field's time, or in `zone` where no field is known."""
    name = alert.get("field_id") or ""
    field = fields.get(name)
    opened = alert["opened"].astimezone(zone_of([field]) if field else zone)
    about = field.name if field else alert.get("field_name") or name
    sensor = f" sensor {alert['sensor_id']}" if alert.get("sensor_id") else ""
    rule = _RULES.get(alert["rule"], str(alert["rule"]).replace("-", " "))
    unit = next((unit for word, unit in _UNITS.items() if word in str(alert["rule"])), "")
    value, threshold = alert.get("value"), alert.get("threshold")
    values = (
        f": {number(value, 1, unit)}, threshold {number(threshold, 1, unit)}" if value is not None else ""
    )
    return (
        f'<span class="alert-text" data-alert="{escape(str(alert["alert_id"]))}">'
        f"{tag(alert['state'], _COLOURS.get(alert['state'], MUTED))} <b>{escape(about + sensor)}</b> "
        f"{escape(rule)}{values}{_water(alert)} "
        f"<span class='muted'>since {opened:%d %b %H:%M %Z}</span></span>"
    )


def _water(alert: Alert) -> str:
    """How much is missing, where the soil is known: evidence is JSON in the table, and no text in Kafka."""
    told = alert.get("evidence") or {}
    missing = (msgspec.json.decode(told) if isinstance(told, str) else told).get("missing_mm")
    return "" if missing is None or alert["state"] != "open" else f", {missing:.0f} mm to field capacity"


def _offer(button: widgets.Button, alert: Alert) -> None:
    seen = alert.get("acknowledged_by")
    text = f"seen by {seen}" if seen else "Acknowledge"
    if button.description != text:
        button.description, button.disabled = text, bool(seen)
    _show(button, bool(seen) or alert["state"] == "open")


def _show(widget: widgets.DOMWidget, there: bool) -> None:
    display = None if there else "none"
    if widget.layout.display != display:
        widget.layout.display = display
