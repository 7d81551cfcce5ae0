"""What boards keep until it is acknowledged: first sends, repeats, and the bounds on what is in flight.

Like the firmware, a board lets a frame go only on its own acknowledgement and sends it again after a
pause, oldest first. Frames of the flat form have none: the broker's PUBACK is all that an old board gets.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol

from firmware.simulator.board import Board
from telemetry.reading import Reading

__all__ = ["COUNTS", "Delivery", "Item", "Line"]

COUNTS = ("measured", "sent", "acked", "resent", "duplicates", "malformed")
"""What is counted per wire: readings, but `resent` and `duplicates` are frames."""


@dataclass(eq=False, slots=True)
class Item:
    """A frame on its way. `key` is what its acknowledgement names; `frame` None where it must be made
    anew at each send (a board without a clock states the reading's age)."""

    board: Board
    measured: int
    key: Hashable
    frame: bytes | None
    reading: Reading | None = None
    labels: tuple[str, ...] = ()
    own_ack: bool = True
    listed: bool = False
    done: bool = False
    in_flight: bool = False

    @property
    def malformed(self) -> bool:
        """Whether it is a broken frame."""
        return self.reading is None


class Line(Protocol):
    """Where a board's frames go: an MQTT connection or a serial port."""

    via: str

    def ready(self) -> bool:
        """Whether it takes a frame now."""

    def send(self, item: Item) -> None:
        """Hand the frame over."""


@dataclass(eq=False)
class Delivery:
    """`lines` gives each board's line; `on_first` is told of each item before its first send."""

    lines: dict[str, Line]
    window: int
    per_board: int
    pause: float
    on_first: Callable[[Item], None]
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    in_flight: int = 0
    _waiting: dict[Board, deque[Item]] = field(default_factory=dict)
    _flying: dict[Board, int] = field(default_factory=dict)
    _unacked: dict[tuple[str, Hashable], Item] = field(default_factory=dict)
    _order: deque[Item] = field(default_factory=deque)
    _timeouts: deque[tuple[float, Item]] = field(default_factory=deque)
    _pumps: deque[Board] = field(default_factory=deque)

    def __post_init__(self) -> None:
        for line in self.lines.values():
            self.counts.setdefault(line.via, dict.fromkeys(COUNTS, 0))

    def add(self, item: Item) -> None:
        """Take over a new item of its board."""
        board = item.board
        if board not in self._waiting:
            self._waiting[board], self._flying[board] = deque(), 0
        waiting = self._waiting[board]
        if not waiting:
            self._pumps.append(board)
        waiting.append(item)
        self._order.append(item)
        self._unacked[board.sensor.sensor_id, item.key] = item
        if not item.malformed and not item.listed:
            self._count(item, "measured")

    def acked(self, board_id: str, key: Hashable) -> bool:
        """An acknowledgement came; False where nothing waits for it."""
        item = self._unacked.pop((board_id, key), None)
        if item is None:
            return False
        item.done = True
        if item.in_flight:
            self._landed(item)
        if not item.malformed:
            self._count(item, "acked")
        return True

    def pump(self, now: float) -> None:
        """Send what may be sent at `now` (monotonic seconds)."""
        self._repeat(now)
        for _ in range(len(self._pumps)):
            if self.in_flight >= self.window:
                return
            board = self._pumps.popleft()
            self._drain_board(board, now)
            if self._waiting[board]:
                self._pumps.append(board)

    def next_timeout(self, now: float) -> float:
        """Seconds until a repeat is due."""
        return max(0.0, self._timeouts[0][0] - now) if self._timeouts else 3600.0

    def oldest(self) -> int | None:
        """The instant (epoch ms) of the oldest unacknowledged item that can be sent.

        A board that is offline sends nothing: who waits for it, with its time standing still, waits for ever.
        """
        while self._order and self._order[0].done:
            self._order.popleft()
        sendable = (item for item in self._order if not (item.done or item.board.offline_until))
        return next((item.measured for item in sendable), None)

    def unacked(self) -> list[Item]:
        """What is still kept, oldest first."""
        return [item for item in self._order if not item.done]

    @property
    def open(self) -> int:
        """How many items are kept."""
        return len(self._unacked)

    def _drain_board(self, board: Board, now: float) -> None:
        waiting, line = self._waiting[board], self.lines[board.sensor.sensor_id]
        while waiting and not board.offline_until and self.in_flight < self.window:
            if waiting[0].done:
                waiting.popleft()
            elif self._flying[board] < self.per_board and line.ready():
                self._send(waiting.popleft(), line, now)
            else:
                return

    def _send(self, item: Item, line: Line, now: float) -> None:
        if item.listed:
            self._count(item, "resent")
        else:
            self._first(item, line)
        if not item.in_flight:
            item.in_flight = True
            self.in_flight += 1
            self._flying[item.board] += 1
        line.send(item)
        if item.own_ack:
            self._timeouts.append((now + self.pause, item))

    def _first(self, item: Item, line: Line) -> None:
        self.on_first(item)
        item.listed = True
        self._count(item, "malformed" if item.malformed else "sent")
        if "duplicate" in item.labels:
            line.send(item)
            self._count(item, "duplicates")

    def _repeat(self, now: float) -> None:
        timeouts = self._timeouts
        while timeouts and timeouts[0][0] <= now:
            item = timeouts.popleft()[1]
            line = self.lines[item.board.sensor.sensor_id]
            if item.done:
                continue
            if line.ready() and not item.board.offline_until:
                self._send(item, line, now)
            else:
                timeouts.append((now + self.pause, item))

    def _landed(self, item: Item) -> None:
        item.in_flight = False
        self.in_flight -= 1
        self._flying[item.board] -= 1

    def _count(self, item: Item, name: str) -> None:
        self.counts[self.lines[item.board.sensor.sensor_id].via][name] += 1
