"""Readings and rejected records as entries of the forward protocol, encoded once, before the spool.

An entry is msgpack `[time, record]`, time in whole epoch seconds (the record has the milliseconds); a
PackedForward chunk is entries put one after the other.
https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
"""

from datetime import datetime
from typing import Any

import msgspec

from telemetry.reading import Reading, record
from telemetry.topics import READINGS, REJECTED, ROUTES

__all__ = ["READING", "REJECT", "reading_entry", "rejected_entry"]

READING = next(i for i, route in enumerate(ROUTES) if route.topic is READINGS)
REJECT = next(i for i, route in enumerate(ROUTES) if route.topic is REJECTED)
"""Routes: indices in telemetry.topics.ROUTES."""

_encoder = msgspec.msgpack.Encoder()


def reading_entry(reading: Reading) -> bytes:
    """The entry of a stamped reading."""
    date = reading.date
    return _encoder.encode((int(date.timestamp()) if date else 0, record(reading)))


def rejected_entry(fields: dict[str, Any], received: datetime) -> bytes:
    """The entry of a rejected record (telemetry.rejected)."""
    return _encoder.encode((int(received.timestamp()), fields))
