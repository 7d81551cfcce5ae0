"""The farm from above on a canvas: places are sent once, and four bytes a board whenever colours change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from notebooks.ground import Ground
from notebooks.widgets.script import script

__all__ = ["DOT", "HOLLOW", "RING", "Area", "FarmMap"]

DOT, HOLLOW, RING = 0, 1, 2
"""Shapes of a mark, as not all people tell colours apart: HOLLOW is silent, RING wants a look."""


class Area(NamedTuple):
    """A field: corners in metres, how it is filled, and the value under its name."""

    name: str
    points: Sequence[tuple[float, float]]
    fill: str
    line: str
    value: str = ""
    bold: bool = False


class FarmMap(anywidget.AnyWidget):
    """`place` fields and boards, then `paint` them; `on_hover` gives the HTML for a board's number.

    `tiles` is the address of pictures of the land, with {z}, {x} and {y} in it; none is asked for without.
    """

    _esm = script("map")
    height = traitlets.Int(420).tag(sync=True)
    tiles = traitlets.Unicode("").tag(sync=True)
    credit = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, on_hover: Callable[[int], str], height: int = 420, *, tiles: str = "", credit: str = ""
    ) -> None:
        super().__init__(height=height, tiles=tiles, credit=credit)
        self._on_hover = on_hover
        self._ground: Mapping[str, float] = {}
        self._xy, self._marks = b"", b""
        self._told: dict[str, Any] = {"fields": [], "legend": []}
        self.on_msg(self._answer)

    def place(self, xy: npt.NDArray[np.float32], ground: Ground | None = None) -> None:
        """Where the boards stand, in metres east and north of `ground`'s origin: one row each.

        Colours come with `paint`.
        """
        self._ground = ground.scale() if ground else {}
        self._xy = np.ascontiguousarray(xy, dtype="<f4").tobytes()

    def paint(
        self, fields: Sequence[Area], marks: npt.NDArray[np.uint8], legend: Sequence[Mapping[str, Any]],
        *, placed: bool = False,
    ) -> None:  # fmt: skip
        """Rows of red, green, blue and shape; `placed` where boards have come or moved since."""
        told = {"fields": [f._asdict() for f in fields], "legend": list(legend)}
        raw = np.ascontiguousarray(marks, dtype=np.uint8).tobytes()
        if placed or len(raw) != len(self._marks):
            self._told, self._marks = told, raw
            self._send_all()
        elif told != self._told or raw != self._marks:
            changed = {name: value for name, value in told.items() if value != self._told[name]}
            self._told, self._marks = told, raw
            self.send({"kind": "marks", **changed}, [raw])

    def _send_all(self) -> None:
        self.send({"kind": "all", "ground": self._ground or None, **self._told}, [self._xy, self._marks])

    def _answer(self, _: Any, message: Mapping[str, Any], buffers: Sequence[bytes]) -> None:
        if message["kind"] == "ready":
            self._send_all()
        elif message["kind"] == "hover":
            board = int(message["board"])
            self.send({"kind": "tip", "board": board, "html": self._on_hover(board)})
