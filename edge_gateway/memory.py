"""What has been seen of each board, beyond the spool's release: boots, highest seq, gaps below it.

It errs to one side only: what it does not know for sure counts as new, because a double is dropped further on
(by identity) and a loss is for ever. A first reading with seq 42 therefore leaves the gap 0–41 open.
"""

from collections.abc import Iterable

import msgspec

__all__ = ["MAX_BOOTS", "MAX_GAPS", "Memory", "RejectMemory"]

MAX_BOOTS = 4
"""Boots remembered of a board: a backlog may still come from the ones before the newest."""

MAX_GAPS = 32
"""Gaps remembered of a boot; the two lowest become one when there are more."""


class _Boot(msgspec.Struct, array_like=True):
    boot: int
    high: int
    gaps: list[tuple[int, int]]

    def mark(self, seq: int) -> bool:
        """Note `seq`; False where it had been noted before."""
        if seq > self.high:
            if seq > self.high + 1:
                self.gaps.append((self.high + 1, seq - 1))
                self._bound()
            self.high = seq
            return True
        for i, (low, high) in enumerate(self.gaps):
            if low <= seq <= high:
                self.gaps[i : i + 1] = [g for g in ((low, seq - 1), (seq + 1, high)) if g[0] <= g[1]]
                self._bound()
                return True
        return False

    def _bound(self) -> None:
        if len(self.gaps) > MAX_GAPS:
            self.gaps[:2] = [(self.gaps[0][0], self.gaps[1][1])]


_decoder = msgspec.msgpack.Decoder(list[_Boot])
_encoder = msgspec.msgpack.Encoder()


class Memory:
    """Identities `(id, boot, seq)` that were taken; the boards heard of longest ago go first."""

    def __init__(self, max_boards: int, rows: Iterable[tuple[str, bytes]] = ()) -> None:
        self._max_boards = max_boards
        self._boards = {board: _decoder.decode(state) for board, state in rows}
        self._changed: set[str] = set()
        self._forgotten: list[str] = []

    def __len__(self) -> int:
        return len(self._boards)

    def mark(self, board: str, boot: int, seq: int) -> bool:
        """Note an identity; False where it had been noted before."""
        boots = self._boards.pop(board, None) or []
        self._boards[board] = boots  # now the last in the dict's order: the most recently heard of
        self._changed.add(board)
        for known in boots:
            if known.boot == boot:
                return known.mark(seq)
        boots.append(_Boot(boot, seq, [(0, seq - 1)] if seq else []))
        boots.sort(key=lambda known: known.boot, reverse=True)
        del boots[MAX_BOOTS:]
        self._bound()
        return True

    def changes(self) -> tuple[list[tuple[str, bytes]], list[str]]:
        """Rows to write and boards to delete since the last call: for the transaction of their readings."""
        rows = [(b, _encoder.encode(self._boards[b])) for b in self._changed if b in self._boards]
        gone = [board for board in self._forgotten if board not in self._boards]
        self._changed, self._forgotten = set(), []
        return rows, gone

    def _bound(self) -> None:
        while len(self._boards) > self._max_boards:
            oldest = next(iter(self._boards))
            del self._boards[oldest]
            self._forgotten.append(oldest)


class RejectMemory:
    """The newest `limit` reject ids, so that a malformed message sent again is one record."""

    def __init__(self, limit: int, ids: Iterable[str] = ()) -> None:
        self._limit = limit
        self._ids = dict.fromkeys(ids)

    def mark(self, reject_id: str) -> bool:
        """Note an id; False where it had been noted before."""
        if reject_id in self._ids:
            return False
        self._ids[reject_id] = None
        if len(self._ids) > self._limit:
            del self._ids[next(iter(self._ids))]
        return True
