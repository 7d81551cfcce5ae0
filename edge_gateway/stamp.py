"""What the gateway adds to a reading: its date where the board gave none, and where and when it came."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from telemetry.clock import iso
from telemetry.errors import Refused
from telemetry.reading import Reading

__all__ = ["EARLIEST", "Stamp", "stamped"]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""A date before this is a clock that was never set."""


class Stamp(NamedTuple):
    """The gateway's name and the limits it judges dates by."""

    gateway: str
    max_ahead: timedelta
    late_after: timedelta


def stamped(reading: Reading, received: datetime, stamp: Stamp) -> Reading:
    """Return the reading with `date`, `gateway`, `received`, `time_source` and `late`.

    `received` is in whole milliseconds. A board without a clock measured `age` ms before `received`; Refused
    where the date is further ahead of `received` than the stamp allows.
    """
    date, source = reading.date, "board"
    if date is None or date < EARLIEST:
        source = "gateway" if date is None else "corrected"
        date = _measured(received, reading.age or 0)
    elif date > received + stamp.max_ahead:
        raise Refused(f"date {iso(date)} is more than {stamp.max_ahead} after its arrival at {iso(received)}")
    return replace(
        reading,
        date=date,
        age=None,
        gateway=stamp.gateway,
        received=received,
        time_source=source,
        late=received - date > stamp.late_after,
    )


def _measured(received: datetime, age_ms: int) -> datetime:
    date = received - timedelta(milliseconds=age_ms)
    if date < EARLIEST:
        raise Refused(f"age of {age_ms} ms reaches back before the year 2000")
    return date
