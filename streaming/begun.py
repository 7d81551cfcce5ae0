"""Since when a query's state holds all readings: what is of before that may count more in the tables.

State that begins anew (a replay, a lost checkpoint, a changed setting) is made of what Kafka still holds or
a replay was given, less what is behind the watermark. A row in the tables may be of more: of readings that
have expired in Kafka, that are outside of the replay's span, or that `backfill` has put in. So windows,
minutes, hours and days that began before the state did are written where they count no fewer readings.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from telemetry.clock import iso, truncate_ms, utc_now

__all__ = ["FROM_THE_START", "begun"]

_NOTE = "begun"

FROM_THE_START = datetime(1970, 1, 1, tzinfo=UTC)
"""The tables were empty when the state began: nothing there can count more."""


def begun(checkpoint: Path, holds: Callable[[], bool]) -> datetime:
    """When the state in this checkpoint began, by a note in it; `holds` tells whether its table has a row."""
    note = checkpoint / _NOTE
    try:
        return datetime.fromisoformat(note.read_text())
    except (FileNotFoundError, ValueError):  # it is yet to begin, or was cut off when it did
        at = truncate_ms(utc_now()) if holds() else FROM_THE_START
    checkpoint.mkdir(parents=True, exist_ok=True)
    note.write_text(iso(at))
    return at
