"""The last hours of each field: means over the windows, thresholds, and holes where there is no data."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from notebooks.live.gaps import with_gaps
from notebooks.local_time import ticks
from notebooks.look import LINES
from notebooks.widgets.chart import Chart, Limit, Line, Picture
from telemetry.master import Field
from telemetry.quantities import quantity

__all__ = ["SPAN", "Trends"]

SPAN = timedelta(hours=3)
MOST = len(LINES)
"""Lines that eyes can tell apart; with more fields, those nearest to their thresholds or below are shown."""

Windows = Mapping[str, Sequence[Mapping[str, Any]]]


class Trends:
    """`widget` is the chart, one line a field, always in the same colour."""

    def __init__(self) -> None:
        self.quantity = "moisture"
        self.widget = Chart(height=300)

    def refresh(self, fields: Mapping[str, Field], windows: Windows, now: datetime, zone: ZoneInfo) -> None:
        """`windows` of each field in order of time: rows of `field_window` of the last hours."""
        what, chosen = quantity(self.quantity), _chosen(fields, windows)
        marks = ticks(now - SPAN, now, zone, 6)
        colours = dict(zip(chosen, LINES, strict=False))
        limits = [
            Limit(fields[name].moisture_threshold, colours[name])
            for name in chosen
            if what.name == "moisture"
        ]
        self.widget.show(Picture(
            since=_ms(now - SPAN), until=_ms(now), zone=zone.key,
            ticks=[(_ms(at), text) for at, text in marks],
            unit=what.unit if what.name == "ph" else f"{what.name}, {what.unit}", short=what.unit,
            decimals=2 if what.name == "ph" else 1, limits=limits,
            lines=[_line(fields[name].name, colours[name], windows[name], what.name) for name in chosen],
            keys=[("#9AA39E", "dashed: irrigate below")] if limits else [],
            empty="No windows yet: the first mean comes five minutes after the first reading.",
        ))  # fmt: skip


def _chosen(fields: Mapping[str, Field], windows: Windows) -> list[str]:
    """Fields with data, those nearest to their threshold or below it first of all."""

    def above(name: str) -> float:
        means = [row["mean_moisture"] for row in windows[name] if row["mean_moisture"] is not None]
        return float(means[-1]) - fields[name].moisture_threshold if means else 1000.0

    there = [name for name in windows if name in fields and windows[name]]
    return sorted(sorted(there, key=above)[:MOST], key=list(fields).index)


def _line(name: str, colour: str, rows: Sequence[Mapping[str, Any]], what: str) -> Line:
    points = with_gaps([(row["window_end"], row[f"mean_{what}"]) for row in rows])
    values = [float("nan") if value is None else value for _, value in points]
    return Line(name, colour, np.array([_ms(at) for at, _ in points]), np.array(values))


def _ms(at: datetime) -> float:
    return at.timestamp() * 1000.0
