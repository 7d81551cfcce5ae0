"""A bucket of sensors: what the stream remembers of them, as one value in the state store.

The newest readings of each sensor, as many as a late reading may still change or a later one depends on,
and its learned model. As bytes: a version, three sizes, the ids, the sensors, the readings.

OldState             the bytes are of another version
"""

import struct
from collections.abc import Sequence

import msgspec
import numpy as np

from streaming.quality.anomaly import MODEL
from streaming.quality.flags import Ints
from streaming.quality.series import ROW
from telemetry.errors import FarmstreamError

__all__ = ["SENSOR", "Bucket", "OldState"]

SENSOR = np.dtype([("newest", "i8"), ("floor", "i8"), *MODEL])
"""Of a sensor: the newest date; the date before which readings are final, and new ones too late."""

_VERSION = 1
_HEAD = struct.Struct("<IIII")


class OldState(FarmstreamError):
    """State of another version of the code; the text says what to do."""


class Bucket:
    """`rows` of ROW, sorted by sensor, date, boot and seq; `sensors` of SENSOR, one for each of `ids`."""

    def __init__(self, ids: Sequence[str], sensors: np.ndarray, rows: np.ndarray) -> None:
        self.ids, self.sensors, self.rows = list(ids), sensors, rows
        self._numbers = {name: number for number, name in enumerate(self.ids)}

    @classmethod
    def decode(cls, state: bytes | None) -> "Bucket":
        """From `encode`; an empty one from None."""
        if state is None:
            return cls([], np.zeros(0, SENSOR), np.zeros(0, ROW))
        version, names, sensors, rows = _HEAD.unpack_from(state)
        if version != _VERSION:
            raise OldState(
                f"The state of query quality is of version {version}, this is {_VERSION}: "
                f"remove its checkpoint folder, and it reads again what Kafka still holds."
            )
        first = _HEAD.size + names
        ids = msgspec.json.decode(state[_HEAD.size : first], type=list[str])
        known = np.frombuffer(state, SENSOR, sensors, first).copy()
        return cls(ids, known, np.frombuffer(state, ROW, rows, first + sensors * SENSOR.itemsize))

    def encode(self) -> bytes:
        """The bytes."""
        names = msgspec.json.encode(self.ids)
        head = _HEAD.pack(_VERSION, len(names), len(self.sensors), len(self.rows))
        return b"".join((head, names, self.sensors.tobytes(), self.rows.tobytes()))

    def numbers(self, ids: Sequence[str]) -> Ints:
        """The sensors' numbers in `sensors`; those not yet known are taken up."""
        known = self._numbers
        numbers = np.fromiter((known.setdefault(name, len(known)) for name in ids), np.int64, len(ids))
        if added := len(known) - len(self.ids):
            self.ids = list(known)
            self.sensors = np.concatenate([self.sensors, np.zeros(added, SENSOR)])
        return numbers
