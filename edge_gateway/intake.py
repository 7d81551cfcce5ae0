"""From a decoded reading to the next commit: stamp, recognise what was seen before, encode."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from edge_gateway.entries import READING, REJECT, reading_entry, rejected_entry
from edge_gateway.memory import Memory, RejectMemory
from edge_gateway.spool import Batch
from edge_gateway.stamp import Stamp, stamped
from telemetry.clock import truncate_ms, utc_now
from telemetry.reading import Reading
from telemetry.rejected import reject_id, rejected_record

__all__ = ["Counts", "Intake"]


@dataclass
class Counts:
    """Since the start: everything that came, and what became of it (accepted + duplicates + rejected)."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0


class Intake:
    """Gathers the next batch. Nothing in it may be acknowledged before the spool has committed it."""

    def __init__(
        self, stamp: Stamp, memory: Memory, rejects: RejectMemory, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.counts = Counts()
        self._stamp, self._memory, self._rejects, self._clock = stamp, memory, rejects, clock
        self._entries: list[tuple[int, bytes]] = []
        self._reject_ids: list[str] = []
        self.pending = 0
        """Inputs whose acknowledgement waits for the next commit; duplicates are among them."""

    def reading(self, reading: Reading) -> None:
        """Take a reading; Refused where its date is impossible."""
        done = stamped(reading, truncate_ms(self._clock()), self._stamp)
        counts = self.counts
        counts.received += 1
        self.pending += 1
        if self._is_known(reading):
            counts.duplicates += 1
            return
        counts.accepted += 1
        self._entries.append((READING, reading_entry(done)))

    def _is_known(self, reading: Reading) -> bool:
        if reading.boot is None or reading.seq is None:
            return False
        return not self._memory.mark(reading.id, reading.boot, reading.seq)

    def refused(self, source: str, raw: bytes, reason: str) -> str:
        """Take bytes that are no reading, as a rejected record; return their reject id."""
        self.counts.received += 1
        self.counts.rejected += 1
        self.pending += 1
        known = reject_id(source, raw)
        if self._rejects.mark(known):
            received = truncate_ms(self._clock())
            fields = rejected_record(source, raw, reason, received)
            self._entries.append((REJECT, rejected_entry(fields, received)))
            self._reject_ids.append(known)
        return known

    def batch(self) -> Batch:
        """Hand over what was gathered, for one commit."""
        boards, forgotten = self._memory.changes()
        batch = Batch(self._entries, boards, forgotten, self._reject_ids)
        self._entries, self._reject_ids, self.pending = [], [], 0
        return batch
