"""Values over time on a canvas. Times are ms since 1970 (UTC); a NaN is a gap and is drawn as one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from notebooks.widgets.script import script

__all__ = ["Chart", "Dots", "Limit", "Line", "Picture", "Span"]

Numbers = npt.NDArray[np.float64]


class Line(NamedTuple):
    """A line; `low` and `high` make a band around it."""

    name: str
    colour: str
    times: Numbers
    values: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    dash: bool = False


class Dots(NamedTuple):
    """Single marks: shape circle, triangle or cross. Without a value they stand at the bottom."""

    name: str
    colour: str
    shape: str
    times: Numbers
    values: Numbers


class Limit(NamedTuple):
    """A level that matters."""

    y: float
    colour: str
    label: str = ""


class Span(NamedTuple):
    """A time in which something was so: from and to in ms."""

    begin: float
    end: float
    colour: str
    label: str = ""


class Picture(NamedTuple):
    """All that is to be seen; `keys` (colour, text) explain the spans, `ticks` are (ms, text)."""

    since: float
    until: float
    ticks: Sequence[tuple[float, str]]
    zone: str
    unit: str = ""
    short: str = ""
    decimals: int = 1
    lines: Sequence[Line] = ()
    dots: Sequence[Dots] = ()
    limits: Sequence[Limit] = ()
    spans: Sequence[Span] = ()
    keys: Sequence[tuple[str, str]] = ()
    empty: str = ""


class Chart(anywidget.AnyWidget):
    """`show` a picture, `append` to a line of it; `on_zoom` is told what a person chooses (None: all)."""

    _esm = script("chart")
    height = traitlets.Int(280).tag(sync=True)
    zoom = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, height: int = 280, on_zoom: Callable[[tuple[float, float] | None], None] | None = None
    ):
        super().__init__(height=height, zoom=on_zoom is not None)
        self.picture: Picture | None = None
        self._on_zoom = on_zoom
        self.on_msg(self._answer)

    def show(self, picture: Picture) -> None:
        """Show this, wherever the chart is open."""
        self.picture = picture
        self.send(*_message(picture))

    def append(self, line: int, times: Numbers, values: Numbers) -> None:
        """Add points to a line; nothing else is sent or drawn anew but the canvas."""
        if self.picture is None:
            return
        old = self.picture.lines[line]
        new = old._replace(times=np.append(old.times, times), values=np.append(old.values, values))
        lines = [*self.picture.lines[:line], new, *self.picture.lines[line + 1 :]]
        self.picture = self.picture._replace(lines=lines)
        self.send({"kind": "more", "line": line}, [_bytes(times, "f8"), _bytes(values, "f4")])

    def move(self, since: float, until: float, ticks: Sequence[tuple[float, str]]) -> None:
        """Show another time of what is there."""
        if self.picture is not None:
            self.picture = self.picture._replace(since=since, until=until, ticks=ticks)
            self.send({"kind": "view", "since": since, "until": until, "ticks": list(ticks)})

    def _answer(self, _: Any, message: Mapping[str, Any], buffers: Sequence[bytes]) -> None:
        if message["kind"] == "ready" and self.picture is not None:
            self.send(*_message(self.picture))
        elif message["kind"] == "zoom" and self._on_zoom:
            self._on_zoom((float(message["since"]), float(message["until"])))
        elif message["kind"] == "unzoom" and self._on_zoom:
            self._on_zoom(None)


def _message(picture: Picture) -> tuple[dict[str, Any], list[bytes]]:
    """What the browser is told, and the numbers that go beside it in the order in which it reads them."""
    buffers: list[bytes] = []
    for line in picture.lines:
        buffers += [_bytes(line.times, "f8"), _bytes(line.values, "f4")]
        if line.low is not None and line.high is not None:
            buffers += [_bytes(line.low, "f4"), _bytes(line.high, "f4")]
    for dots in picture.dots:
        buffers += [_bytes(dots.times, "f8"), _bytes(dots.values, "f4")]
    told = {
        "kind": "all", "since": picture.since, "until": picture.until, "ticks": list(picture.ticks),
        "zone": picture.zone, "unit": picture.unit, "unit_short": picture.short, "decimals": picture.decimals,
        "lines": [
            {"name": n.name, "colour": n.colour, "dash": n.dash, "band": n.low is not None}
            for n in picture.lines
        ],
        "dots": [{"name": d.name, "colour": d.colour, "shape": d.shape} for d in picture.dots],
        "limits": [n._asdict() for n in picture.limits],
        "spans": [
            {"from": s.begin, "to": s.end, "colour": s.colour, "label": s.label} for s in picture.spans
        ],
        "keys": list(picture.keys), "empty": picture.empty,
    }  # fmt: skip
    return told, buffers


def _bytes(values: Numbers, kind: str) -> bytes:
    return np.ascontiguousarray(values, dtype=f"<{kind}").tobytes()
