"""A bucket of sensors: what the stream remembers of them, as one value in the state store, and its slots.

The newest readings of each sensor, as many as a late reading may still change, the values before them that
a later one depends on, and sums of its learned model. As bytes: a version, sizes, the ids, then column by
column. What was learned for two hours of the day is a value of its own, which is read while these last and
written when they are over.

OldState             the bytes are of another version
"""

import struct
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from streaming.quality.anomaly import SLOT, SUMS
from streaming.quality.columns import Reader, decimals, whole
from streaming.quality.flags import Ints
from streaming.quality.series import ROW
from streaming.quality.values import Before
from telemetry.errors import FarmstreamError
from telemetry.quantities import QUANTITIES

__all__ = ["SENSOR", "Bucket", "OldState"]

SENSOR = np.dtype([("newest", "i8"), ("floor", "i8"), *SUMS])
"""Of a sensor: the newest date; the date before which readings are final, and new ones too late."""

_VERSION = 2
_HEAD = struct.Struct("<IIIIIH")
"""Version, length of the ids, sensors, readings, values before them, and a bit for each slot there is."""

_DECIMAL = "lon", "lat", "value"
_PLAIN = "centre", "flags", "score"
"""Columns of numbers that are not whole, or span all that there is."""

ReadSlot = Callable[[int], bytes | None]


class OldState(FarmstreamError):
    """State of another version of the code; the text says what to do."""


class Bucket:
    """`rows` of ROW, sorted by sensor, date, boot and seq; `sensors` of SENSOR, one for each of `ids`."""

    def __init__(self, ids: Sequence[str], sensors: np.ndarray, rows: np.ndarray, before: Before) -> None:
        self.ids, self.sensors, self.rows, self.before = list(ids), sensors, rows, before
        self._numbers = {name: number for number, name in enumerate(self.ids)}
        self._slots: dict[int, np.ndarray] = {}
        self._there = 0
        self._read: ReadSlot = lambda _: None
        self._changed: set[int] = set()

    @classmethod
    def decode(cls, state: bytes | None, read: ReadSlot = lambda _: None) -> "Bucket":
        """From `encode`; an empty one from None. `read` gives the bytes of a slot, from `changed`."""
        if state is None:
            return cls([], np.zeros(0, SENSOR), np.zeros(0, ROW), Before.nothing(0, 0))
        version, names, sensors, rows, depth, there = _HEAD.unpack_from(state)
        if version != _VERSION:
            raise OldState(
                f"The state of query quality is of version {version}, this is {_VERSION}: "
                f"remove its checkpoint folder, and it reads again what Kafka still holds."
            )
        ids = msgspec.json.decode(state[_HEAD.size : _HEAD.size + names], type=list[str])
        reader = Reader(state, _HEAD.size + names)
        known = _table(reader, SENSOR, sensors)
        before = Before(reader.numbers(sensors, depth, len(QUANTITIES)), reader.numbers(sensors))
        bucket = cls(ids, known, _table(reader, ROW, rows), before)
        bucket._read, bucket._there = read, there
        return bucket

    def encode(self) -> bytes:
        """The bytes, but for the slots."""
        names, (values, count) = msgspec.json.encode(self.ids), self.before
        there = self._there | sum(1 << slot for slot in self._changed)
        sizes = len(self.sensors), len(self.rows), values.shape[1]
        parts = [_HEAD.pack(_VERSION, len(names), *sizes, there), names]
        parts += _parts(self.sensors)
        parts += [*decimals(values), *whole(count), *_parts(self.rows)]
        return b"".join(parts)

    def changed(self) -> Iterator[tuple[int, bytes]]:
        """Slots that have changed, as bytes."""
        return ((slot, self._slots[slot].tobytes()) for slot in sorted(self._changed))

    def of(self, slot: int, to_change: bool = False) -> np.ndarray:
        """As `anomaly.Slots`."""
        if slot not in self._slots:
            held = self._read(slot) if self._there >> slot & 1 else None
            self._slots[slot] = np.frombuffer(held or b"", SLOT)
        if missing := len(self.sensors) - len(self._slots[slot]):
            self._slots[slot] = np.concatenate([self._slots[slot], np.zeros(missing, SLOT)])
        if to_change and slot not in self._changed:
            self._changed.add(slot)
            self._slots[slot] = self._slots[slot].copy()
        return self._slots[slot]

    def numbers(self, ids: Sequence[str]) -> Ints:
        """The sensors' numbers in `sensors`; those not yet known are taken up."""
        known = self._numbers
        numbers = np.fromiter((known.setdefault(name, len(known)) for name in ids), np.int64, len(ids))
        if added := len(known) - len(self.ids):
            self.ids = list(known)
            self.sensors = np.concatenate([self.sensors, np.zeros(added, SENSOR)])
        return numbers


def _parts(table: np.ndarray) -> Iterator[bytes]:
    for name in table.dtype.names or ():
        column = table[name]
        if name in _PLAIN:
            yield column.tobytes()
        else:
            yield from decimals(column) if name in _DECIMAL else whole(column)


def _table(reader: Reader, kind: np.dtype, rows: int) -> np.ndarray:
    table = np.zeros(rows, kind)
    for name in kind.names or ():
        of, shape = kind[name].base, (rows, *kind[name].shape)
        table[name] = reader.plain(of, shape) if name in _PLAIN else reader.numbers(*shape)
    return table
