"""The map: fields as outlines in metres, boards as markers coloured by moisture, alert or quality."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from notebooks.ground import Ground, ground_of
from notebooks.live.model import Board, Model
from notebooks.look import ALARM, BAD, GOOD, INK, MOISTURE, QUIET, layout, number
from telemetry.master import Field

__all__ = ["MODES", "GroundMap"]

MODES = ("moisture", "alert", "quality")
AROUND = 10.0
"""% of water content above and below the field's threshold over which the colours run."""


class GroundMap:
    """`widget` is the figure; `refresh` moves data into it, and nothing else is drawn again."""

    def __init__(self, fields: Mapping[str, Field], places: Mapping[str, tuple[float, float]]) -> None:
        self._fields, self._places = fields, places
        corners = [(c.lon, c.lat) for field in fields.values() for c in field.outline]
        self._ground = ground_of([*corners, *places.values()])
        self.mode = MODES[0]
        self.widget = go.FigureWidget(
            data=[*self._outlines(), self._markers()],
            layout=layout(
                height=430, showlegend=False, margin={"l": 44, "r": 8, "t": 6, "b": 40}, hovermode="closest",
                xaxis={"title": {"text": "metres east"}, "zeroline": False, "gridcolor": "#EDF1EE"},
                yaxis={"title": {"text": "north"}, "zeroline": False, "gridcolor": "#EDF1EE",
                       "scaleanchor": "x", "scaleratio": 1},
            ),
        )  # fmt: skip

    def refresh(self, model: Model, now: datetime) -> None:
        """Show the boards as they are now."""
        shown = [(name, board) for name, board in sorted(model.boards.items()) if self._place(name, board)]
        points = [self._ground.metres(*self._place(name, board)) for name, board in shown]  # type: ignore[misc]
        dry = {alert["field_id"] for alert in model.alerts.values() if alert["state"] == "open"}
        colours = [self._value(board, dry, now) for _, board in shown]
        texts = [self._text(name, board, now) for name, board in shown]
        with self.widget.batch_update():
            markers = self.widget.data[-1]
            markers.x, markers.y = [x for x, _ in points], [y for _, y in points]
            markers.marker.color = colours
            markers.customdata = texts
            markers.marker.showscale = self.mode == "moisture"

    def _place(self, name: str, board: Board) -> tuple[float, float] | None:
        coord = board.newest and board.newest.coord
        return (coord.lon, coord.lat) if coord else self._places.get(name)

    def _value(self, board: Board, dry: Iterable[str | None], now: datetime) -> Any:
        newest = board.newest
        if newest is None or (board.silent(now) and self.mode != "moisture"):
            return QUIET
        if self.mode == "quality":
            return BAD if set(newest.faults) - {"coord"} else GOOD
        if self.mode == "alert":
            return ALARM if newest.field_id in dry else GOOD
        if newest.main.moisture is None or board.silent(now):
            return QUIET
        field = self._fields.get(newest.field_id or "")
        threshold = field.moisture_threshold if field else 25.0
        return _moisture_colour((newest.main.moisture - threshold) / AROUND)

    def _text(self, name: str, board: Board, now: datetime) -> str:
        newest = board.newest
        if newest is None:
            return f"<b>{name}</b><br>nothing yet"
        main = newest.main
        faults = "".join(f"<br>{what}: {why}" for what, why in newest.faults.items() if what != "coord")
        field = self._fields.get(newest.field_id or "")
        return (
            f"<b>{name}</b> {field.name if field else 'in no field'}"
            f"<br>moisture {number(main.moisture, 1, '%')}"
            f"<br>{number(main.temperature, 1, '°C')}, {number(main.humidity, 0, '%RH')}, "
            f"pH {number(main.ph, 2)}{faults}{'<br>silent' if board.silent(now) else ''}"
        )

    def _outlines(self) -> list[go.Scatter]:
        return [_outline(field, self._ground) for field in self._fields.values() if field.outline]

    def _markers(self) -> go.Scatter:
        return go.Scatter(
            mode="markers", hovertemplate="%{customdata}<extra></extra>",
            marker={"size": 12, "line": {"color": INK, "width": 0.8}},
        )  # fmt: skip


def _outline(field: Field, ground: Ground) -> go.Scatter:
    points = [ground.metres(c.lon, c.lat) for c in (*field.outline, field.outline[0])]
    middle = [sum(axis) / len(points[:-1]) for axis in zip(*points[:-1], strict=True)]
    return go.Scatter(
        x=[*(x for x, _ in points), None, middle[0]], y=[*(y for _, y in points), None, middle[1]],
        mode="lines+text", text=["" for _ in points] + ["", field.name], textposition="middle center",
        fill="toself", fillcolor="rgba(230,240,222,.55)", line={"color": "#7C9A6B", "width": 1.5},
        hoverinfo="skip", textfont={"color": "#4C6340", "size": 13},
    )  # fmt: skip


def _moisture_colour(off: float) -> str:
    """`off` is -1 at the dry end of the scale, 0 at the threshold, 1 at the wet end."""
    at = min(max((off + 1) / 2, 0.0), 1.0)
    for (low, left), (high, right) in pairwise(MOISTURE):
        if at <= high:
            return _mixed(left, right, (at - low) / (high - low))
    return MOISTURE[-1][1]


def _mixed(left: str, right: str, share: float) -> str:
    pairs = zip(bytes.fromhex(left[1:]), bytes.fromhex(right[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)
