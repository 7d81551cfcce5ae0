"""The map: fields as outlines in metres, boards as marks coloured by moisture, alert or quality."""

import os
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from notebooks import CREDIT, TILES
from notebooks.ground import ground_of
from notebooks.live.figures import Now
from notebooks.live.judged import Doubt
from notebooks.live.model import Board, Joined, Model
from notebooks.local_time import clock_text, lasting_text, zone_of
from notebooks.look import ALARM, BAD, GOOD, MOISTURE, QUIET, mixed, moisture_colour, number, rgb
from notebooks.widgets.map import DOT, HOLLOW, RING, Area, FarmMap
from telemetry.master import Field
from telemetry.quality import FAIL, MISSING, SUSPECT
from telemetry.quality import GOOD as GOOD_FLAG

__all__ = ["MODES", "GroundMap"]

MODES = ("moisture", "alerts", "quality")
AROUND = 10.0
"""% of water content above and below the field's threshold over which the colours run."""

_SILENT = {"colour": QUIET, "text": "silent", "shape": "hollow"}
_LEGENDS: dict[str, list[dict[str, Any]]] = {
    "moisture": [
        {"scale": ["10 % below the field's threshold", "10 % above"], "colours": [c for _, c in MOISTURE]},
        {"colour": moisture_colour(-0.4), "text": "below", "shape": "ring"},
        {**_SILENT, "text": "silent, or without a value"},
    ],
    "alerts": [
        {"colour": GOOD, "text": "without an alert", "shape": "dot"},
        {"colour": ALARM, "text": "with an open alert", "shape": "ring"}, _SILENT,
    ],
    "quality": [
        {"text": "The worst flag of 15 minutes, or of 3 readings:"},
        {"colour": GOOD, "text": "good", "shape": "dot"},
        {"colour": BAD, "text": "suspect or missing", "shape": "ring"},
        {"colour": ALARM, "text": "fail", "shape": "ring"},
        {"colour": QUIET, "text": "not judged yet", "shape": "dot"}, _SILENT,
    ],
}  # fmt: skip
"""Marks are counted by shape where colours run, else by both."""
_SHAPES = {"dot": DOT, "hollow": HOLLOW, "ring": RING}

_WORDS = {FAIL: "fails", SUSPECT: "is suspect", MISSING: "is missing"}
_DOUBTS = 5
"""Of a board, that are told."""

_PALETTE = [rgb(moisture_colour(step / 100 - 1)) for step in range(201)]


class GroundMap:
    """`widget` is the map; `refresh` sends what has changed of it."""

    def __init__(self) -> None:
        self.mode = MODES[0]
        self.widget = FarmMap(self._text, tiles=os.environ.get(TILES, ""), credit=os.environ.get(CREDIT, ""))
        self._model, self._now, self._names = Model(), datetime.min, list[str]()
        self._fields: Mapping[str, Field] = {}
        self._places: Mapping[str, tuple[float, float]] = {}
        self._at: list[tuple[float, float]] = []
        self._zone = ZoneInfo("UTC")

    def farm(
        self, fields: Mapping[str, Field], places: Mapping[str, tuple[float, float]], zone: ZoneInfo
    ) -> None:
        """The fields, where boards stand that do not say it themselves, and the time of most fields."""
        self._fields, self._places, self._zone, self._at = fields, places, zone, []
        corners = [(c.lon, c.lat) for field in fields.values() for c in field.outline]
        self._ground = ground_of(corners or places.values())

    def refresh(self, model: Model, figures: Mapping[str, Now], now: datetime) -> None:
        """Show the boards as they are now."""
        self._model, self._now = model, now
        shown = [(name, board) for name, board in model.boards.items() if self._place(name, board)]
        at: list[tuple[float, float]] = [self._place(*each) for each in shown]  # type: ignore[misc]
        moved = at != self._at
        if moved:
            self._at, self._names = at, [name for name, _ in shown]
            metres = np.array([self._ground.metres(*point) for point in at], np.float32)
            self.widget.place(metres, self._ground)
        open_ = model.open_about()
        marks = np.array([self._mark(name, board, open_) for name, board in shown], np.uint8).reshape(-1, 4)
        areas = [self._area(field, figures.get(name), open_) for name, field in self._fields.items()]
        self.widget.paint([a for a in areas if a.points], marks, _legend(self.mode, marks), placed=moved)

    def _place(self, name: str, board: Board) -> tuple[float, float] | None:
        coord = board.newest and board.newest.coord
        return self._places.get(name) or ((coord.lon, coord.lat) if coord else None)

    def _mark(self, name: str, board: Board, open_: Collection[str | None]) -> tuple[int, int, int, int]:
        newest = board.newest
        if newest is None or board.silent(self._now):
            return (*rgb(QUIET), HOLLOW)
        if self.mode == "quality":
            return _judged(self._model.quality(name))
        if self.mode == "alerts":
            return (*rgb(ALARM), RING) if {name, newest.field_id} & set(open_) else (*rgb(GOOD), DOT)
        if newest.main.moisture is None:
            return (*rgb(QUIET), HOLLOW)
        field = self._fields.get(newest.field_id or "")
        off = (newest.main.moisture - (field.moisture_threshold if field else 25.0)) / AROUND
        return (*_PALETTE[round(100 * min(max(off, -1.0), 1.0)) + 100], RING if off < 0 else DOT)

    def _area(self, field: Field, now: Now | None, open_: Collection[str | None]) -> Area:
        mean = now.means.get("moisture") if now else None
        off = 0.0 if mean is None else (mean - field.moisture_threshold) / AROUND
        fill = mixed("#FFFFFF", moisture_colour(off), 0.38) if mean is not None else "#EEF1EE"
        alarm = field.field_id in open_
        return Area(
            field.name, [self._ground.metres(c.lon, c.lat) for c in field.outline],
            fill if self.mode == "moisture" else "#F0F4EE", ALARM if alarm else "#8FA398",
            number(mean, 1, "%"), alarm,
        )  # fmt: skip

    def _text(self, index: int) -> str:
        """What is said of a board when a person points at it."""
        if index >= len(self._names):
            return ""
        name = self._names[index]
        board = self._model.boards[name]
        newest = board.newest
        if newest is None:
            return f"<b>{name}</b><br>has not sent anything yet"
        field = self._fields.get(newest.field_id or "")
        lines = _told(newest, field)
        if board.silent(self._now):
            since = (self._now - (newest.received or newest.date)).total_seconds()
            lines.append(f"silent for {lasting_text(since)}")
        return "<br>".join([*lines, *self._said(name, zone_of([field]) if field else self._zone)])

    def _said(self, name: str, zone: ZoneInfo) -> list[str]:
        """Why a board has its colour, where quality control gives it."""
        if self.mode != "quality":
            return []
        doubts = self._model.judged.doubts(name)
        more = [f"and {len(doubts) - _DOUBTS} more"] if len(doubts) > _DOUBTS else []
        return [*(_doubt(each, zone) for each in doubts[:_DOUBTS]), *more]


def _legend(mode: str, marks: npt.NDArray[np.uint8]) -> list[dict[str, Any]]:
    """What the marks mean, and how many there are of each."""
    found = []
    for key in _LEGENDS[mode]:
        there = marks[:, 3] == _SHAPES.get(key.get("shape", ""), -1)
        if mode != "moisture" and "colour" in key:
            there &= (marks[:, :3] == list(rgb(key["colour"]))).all(axis=1)
        found.append(key | {"text": f"{np.count_nonzero(there):,} {key['text']}"} if "colour" in key else key)
    return found


def _judged(flag: int | None) -> tuple[int, int, int, int]:
    if flag is None:
        return (*rgb(QUIET), DOT)
    return (*rgb(GOOD), DOT) if flag == GOOD_FLAG else (*rgb(ALARM if flag == FAIL else BAD), RING)


def _doubt(doubt: Doubt, zone: ZoneInfo) -> str:
    """`pH: spike fails, 14:05:09 JST`; how often, where it is more than once."""
    what = "pH" if doubt.what == "ph" else doubt.what
    often = "" if doubt.times == 1 else f"{doubt.times} times, last "
    said = f"{doubt.test.replace('_', ' ')} {_WORDS[doubt.flag]}"
    return f"{what}: {said}, {often}{clock_text(doubt.last, zone)}"


def _told(newest: Joined, field: Field | None) -> list[str]:
    main = newest.main
    return [
        f"<b>{newest.id}</b> {field.name if field else 'in no field'}",
        f"moisture {number(main.moisture, 1, '%')}, pH {number(main.ph, 2)}",
        f"{number(main.temperature, 1, '°C')}, {number(main.humidity, 0, '%RH')}",
        *(f"{what}: {why}" for what, why in newest.faults.items() if what != "coord"),
    ]
