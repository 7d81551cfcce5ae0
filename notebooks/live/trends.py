"""The last hours of each field: means over the windows, thresholds, and holes where there is no data."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from notebooks.local_time import ticks
from notebooks.look import LINES, layout
from telemetry.master import Field
from telemetry.quantities import quantity

__all__ = ["Trends", "with_gaps"]

SPAN = timedelta(hours=3)
MOST = 8
"""Lines that eyes can tell apart; with more fields, those nearest to their thresholds or below are shown."""


class Trends:
    """`widget` is the figure, one line a field."""

    def __init__(self, fields: Mapping[str, Field], zone: ZoneInfo) -> None:
        self._fields, self._zone = fields, zone
        self.quantity = "moisture"
        lines = [_line(colour) for colour in LINES[:MOST]]
        limits = [_limit(colour) for colour in LINES[:MOST]]
        self.widget = go.FigureWidget(
            data=[*lines, *limits],
            layout=layout(
                height=300, hovermode="x unified",
                legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
                margin={"l": 48, "r": 12, "t": 30, "b": 44}, xaxis={"showgrid": False, "type": "date"},
                yaxis={"gridcolor": "#EDF1EE", "zeroline": False},
            ),
        )  # fmt: skip

    def refresh(self, windows: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime) -> None:
        """`windows` of each field in order of time: rows of `field_window` of the last hours."""
        what, marks = quantity(self.quantity), ticks(now - SPAN, now, self._zone, 6)
        chosen = sorted(windows, key=self._nearness(windows))[:MOST]
        chosen.sort()
        with self.widget.batch_update():
            for number, line in enumerate(self.widget.data[:MOST]):
                name = chosen[number] if number < len(chosen) else None
                self._draw(line, self.widget.data[MOST + number], name, windows.get(name or "", ()))
            self.widget.layout.yaxis.title.text = f"{what.name}, {what.unit}"
            self.widget.layout.xaxis.range = [_axis(now - SPAN), _axis(now)]
            self.widget.layout.xaxis.tickvals = [_axis(at) for at, _ in marks]
            self.widget.layout.xaxis.ticktext = [text for _, text in marks]

    def _draw(
        self, line: go.Scatter, limit: go.Scatter, name: str | None, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        field = self._fields.get(name or "")
        points = with_gaps([(row["window_end"], row[f"mean_{self.quantity}"]) for row in rows])
        line.visible, line.name = name is not None, field.name if field else name
        line.x, line.y = [_axis(at) for at, _ in points], [value for _, value in points]
        ends = [points[0][0], points[-1][0]] if points and field and self.quantity == "moisture" else []
        limit.visible = bool(ends)
        limit.x = [_axis(at) for at in ends]
        limit.y = [field.moisture_threshold for _ in ends] if field else []

    def _nearness(self, windows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
        def above(name: str) -> float:
            means = [row["mean_moisture"] for row in windows[name] if row["mean_moisture"] is not None]
            field = self._fields.get(name)
            return means[-1] - field.moisture_threshold if means and field else 1000.0

        return above


def with_gaps(
    points: Sequence[tuple[datetime, float | None]], most: float = 2.5
) -> list[tuple[datetime, float | None]]:
    """The points with a hole (None) wherever two are further apart than `most` times the usual step."""
    steps = sorted(b[0] - a[0] for a, b in pairwise(points))
    usual = steps[len(steps) // 2] if steps else timedelta(0)
    found: list[tuple[datetime, float | None]] = []
    for point in points:
        if found and point[0] - found[-1][0] > usual * most:
            found.append((found[-1][0] + usual, None))
        found.append(point)
    return found


def _line(colour: str) -> go.Scatter:
    return go.Scatter(mode="lines", line={"color": colour, "width": 2.2}, connectgaps=False, visible=False,
                      hovertemplate="%{y:.2f}")  # fmt: skip


def _limit(colour: str) -> go.Scatter:
    return go.Scatter(mode="lines", line={"color": colour, "width": 1, "dash": "dot"}, showlegend=False,
                      hoverinfo="skip", visible=False)  # fmt: skip


def _axis(at: datetime) -> str:
    """UTC, without saying so: plotly would shift it into the browser's zone."""
    return at.strftime("%Y-%m-%d %H:%M:%S")
