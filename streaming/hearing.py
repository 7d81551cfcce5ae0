"""When a board was last heard of, and whether that is too long ago: plain Python, many boards at once.

A board's interval is the median time between its last readings, by their dates. It is silent once nothing
has come for a rule's number of intervals, by the time at which readings were received; what a board sends
from its backlog was measured earlier, and is no silence. Dates and instants are milliseconds since 1970.
"""

from collections.abc import Iterable, Iterator, Mapping
from statistics import median

import msgspec
from msgspec import Struct

from streaming.facts import Event, applies, event_id
from telemetry.clock import from_epoch_ms
from telemetry.rule import Rule

__all__ = ["Board", "Boards", "Heard", "silent_rules"]

_GAPS, _ENOUGH = 8, 3


class Heard(Struct, frozen=True, kw_only=True):
    """A reading as it was received."""

    id: str
    boot: int | None
    seq: int | None
    date: int
    heard: int
    field_id: str | None = None
    field_name: str | None = None


class Board(Struct, array_like=True):
    """`last` reading, the last times between two (ms), names of the rules by which it is silent."""

    last: Heard
    gaps: list[int] = []
    silent: list[str] = []

    @property
    def interval(self) -> float | None:
        """Milliseconds; None before enough was heard."""
        return median(self.gaps) if len(self.gaps) >= _ENOUGH else None


def silent_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Those about silence that are switched on."""
    return tuple(rule for rule in rules if rule.enabled and rule.comparison == "silent")


class Boards:
    """The boards of one bucket; `soils` is field → texture."""

    def __init__(self, rules: Iterable[Rule], soils: Mapping[str, str], state: bytes | None = None) -> None:
        self._rules, self._soils = silent_rules(rules), soils
        self._boards: dict[str, Board] = _DECODER.decode(state) if state else {}

    @property
    def state(self) -> bytes:
        """For the next batch."""
        return msgspec.msgpack.encode(self._boards)

    @property
    def due(self) -> int | None:
        """When the next board falls silent, unless something comes from it."""
        times = [
            at for board in self._boards.values() for rule, at in self._deadlines(board)
            if rule.rule not in board.silent
        ]  # fmt: skip
        return min(times, default=None)

    def take(self, rows: Iterable[Heard]) -> Iterator[Event]:
        """Readings in the order in which they came; a gap between two of them is a silence too."""
        for row in rows:
            board = self._boards.get(row.id)
            if board is None:
                self._boards[row.id] = Board(row)
            elif row.heard >= board.last.heard:
                yield from self._silences(board, row.heard)
                yield from self._heard_again(board, row)
                _learn(board, row)

    def passed(self, now: int) -> Iterator[Event]:
        """Event time has come to `now`."""
        for board in self._boards.values():
            yield from self._silences(board, now)

    def _silences(self, board: Board, now: int) -> Iterator[Event]:
        for rule, at in self._deadlines(board):
            if at < now and rule.rule not in board.silent:
                board.silent = [*board.silent, rule.rule]
                yield _event("breach", rule, board.last, at)

    def _heard_again(self, board: Board, row: Heard) -> Iterator[Event]:
        silent, board.silent = board.silent, []
        yield from (_event("clear", rule, row, row.heard) for rule in self._rules if rule.rule in silent)

    def _deadlines(self, board: Board) -> Iterator[tuple[Rule, int]]:
        interval, last = board.interval, board.last
        if interval is None:
            return
        soil = self._soils.get(last.field_id or "")
        for rule in self._rules:
            if applies(rule, last.id, last.field_id, soil):
                yield rule, last.heard + round((rule.threshold or 0) * interval)


def _learn(board: Board, row: Heard) -> None:
    gap, interval = row.date - board.last.date, board.interval
    if gap > 0 and (interval is None or gap < 4 * interval):  # what was missed says nothing of the interval
        board.gaps = [*board.gaps, gap][-_GAPS:]
    board.last = row


def _event(kind: str, rule: Rule, row: Heard, at: int) -> Event:
    """At a silence `row` is the last that was heard, at its end the first that is heard again."""
    identity = event_id(rule.rule, row.id, row.boot, row.seq, from_epoch_ms(row.date))
    return Event(
        kind="breach" if kind == "breach" else "clear", event_id=identity, rule=rule.rule,
        severity=rule.severity, sensor_id=row.id, boot=row.boot, seq=row.seq, date=from_epoch_ms(at),
        field_id=row.field_id, field_name=row.field_name, quantity=rule.quantity, threshold=rule.threshold,
    )  # fmt: skip


_DECODER = msgspec.msgpack.Decoder(dict[str, Board])
