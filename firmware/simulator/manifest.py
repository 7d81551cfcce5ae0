"""The manifest: what was sent, as JSON lines, so that anything downstream can be reconciled against it.

A reading: `{"kind": "reading", "id", "boot", "seq", "date" (null without a clock), "age" (ms, at the
first send), "measured" (the true instant), "coord", "main", "faults", "via", "source", "field_id",
"fault": [labels], "sent"}`; labels are kinds of fault (firmware.simulator.faults; what lasts is told
with each of its readings) and `clockless`. A broken frame: `{"kind": "malformed", "id", "via", "source",
"raw" (base64, without the line's end), "reject_id", "sent"}`. At the end `{"kind": "summary", …}`.
"""

from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from firmware.simulator.delivery import Item
from telemetry.clock import from_epoch_ms, iso
from telemetry.reading import Reading, record
from telemetry.rejected import reject_id

__all__ = ["Manifest"]

_BUFFER = 1 << 18
_encode = msgspec.json.Encoder().encode


class Manifest:
    """Appends to `path`; without one it does nothing."""

    def __init__(self, path: Path | None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=_BUFFER) if path else None

    def __enter__(self) -> "Manifest":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, item: Item, via: str, source: str, wall_ms: int) -> None:
        """Note an item's first send."""
        if self._file is None:
            return
        if item.reading is not None:
            entry = _reading(item, item.reading, wall_ms)
        else:
            entry = _malformed(item, source)
        entry |= {"via": via, "source": source, "sent": iso(from_epoch_ms(wall_ms))}
        self._write(entry)

    def close_with(self, summary: dict[str, Any]) -> None:
        """The last line."""
        self._write({"kind": "summary", **summary})

    def flush(self) -> None:
        """Hand everything to the system."""
        if self._file:
            self._file.flush()

    def _write(self, entry: dict[str, Any]) -> None:
        if self._file:
            self._file.write(_encode(entry) + b"\n")


def _reading(item: Item, reading: Reading, wall_ms: int) -> dict[str, Any]:
    clockless = reading.date is None
    return {
        "kind": "reading",
        "boot": None,
        "seq": None,
        **record(reading),
        "age": max(0, wall_ms - item.measured) if clockless else None,
        "measured": iso(from_epoch_ms(item.measured)),
        "field_id": item.board.sensor.field_id,
        "fault": item.labels,
    }


def _malformed(item: Item, source: str) -> dict[str, Any]:
    raw = (item.frame or b"").rstrip(b"\r\n")
    board = item.board.sensor.sensor_id
    return {"kind": "malformed", "id": board, "raw": raw, "reject_id": reject_id(source, raw)}
