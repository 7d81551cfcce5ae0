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
    """A time in which something was so, in ms: the whole height, or a strip on top (row 0 is the highest)."""

    begin: float
    end: float
    colour: str
    label: str = ""
    row: int | None = None


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
    """`show` a picture; `on_zoom` is told what a person chooses by dragging over it (None: all of it)."""

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
        """Show this, wherever the chart is open; of lines that have grown, only the new end is sent."""
        old, self.picture = self.picture, picture
        self.send(*(_news(old, picture) or _message(picture)))

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
    heads = {
        "lines": [_head(line) for line in picture.lines],
        "dots": [{"name": d.name, "colour": d.colour, "shape": d.shape} for d in picture.dots],
    }
    return {"kind": "all", **_frame(picture), **heads}, buffers


def _news(old: Picture | None, new: Picture) -> tuple[dict[str, Any], list[bytes]] | None:
    """Only what has come since `old`; None where the two are of different things."""
    if old is None or list(old.keys) != list(new.keys):
        return None
    if new.dots or old.dots or any(line.low is not None for line in new.lines):
        return None
    if [_head(line) for line in old.lines] != [_head(line) for line in new.lines]:
        return None
    cuts = [_cut(a, b) for a, b in zip(old.lines, new.lines, strict=True)]
    buffers = []
    for line, (_, keep) in zip(new.lines, cuts, strict=True):
        buffers += [_bytes(line.times[keep:], "f8"), _bytes(line.values[keep:], "f4")]
    return {"kind": "news", **_frame(new), "cuts": cuts}, buffers


def _cut(old: Line, new: Line) -> tuple[int, int]:
    """How many points of `old` have gone at its begin, and how many after those are as they were."""
    if not len(new.times) or not len(old.times):
        return len(old.times), 0
    drop = int(np.searchsorted(old.times, new.times[0]))
    both = min(len(old.times) - drop, len(new.times))
    a, b = slice(drop, drop + both), slice(0, both)
    same = (old.times[a] == new.times[b]) & (
        (old.values[a] == new.values[b]) | (np.isnan(old.values[a]) & np.isnan(new.values[b]))
    )
    return drop, both if bool(same.all()) else int(np.argmin(same))


def _head(line: Line) -> dict[str, Any]:
    return {"name": line.name, "colour": line.colour, "dash": line.dash, "band": line.low is not None}


def _frame(picture: Picture) -> dict[str, Any]:
    """All but the numbers."""
    return {
        "since": picture.since, "until": picture.until, "ticks": list(picture.ticks), "zone": picture.zone,
        "unit": picture.unit, "unit_short": picture.short, "decimals": picture.decimals,
        "limits": [limit._asdict() for limit in picture.limits],
        "spans": [
            {"from": s.begin, "to": s.end, "colour": s.colour, "label": s.label, "row": s.row}
            for s in picture.spans
        ],
        "keys": list(picture.keys), "empty": picture.empty,
    }  # fmt: skip


def _bytes(values: Numbers, kind: str) -> bytes:
    return np.ascontiguousarray(values, dtype=f"<{kind}").tobytes()
