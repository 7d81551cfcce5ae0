"""What lies in `sensor-data` since some instant: the identity of every reading, and how often it came."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from storage.days import Span
from streaming.records import Record, records_of
from streaming.tables import ABSENT
from streaming.validate import EARLIEST
from telemetry.clock import to_epoch_ms
from telemetry.errors import Refused
from telemetry.payload import decode_payload

__all__ = ["Identity", "Log", "read_log"]

_EARLIEST = to_epoch_ms(datetime.fromisoformat(EARLIEST))
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Identity(NamedTuple):
    """A reading's key in table `reading`; boot and seq are -1 where the board counts neither."""

    sensor: str
    boot: int
    seq: int
    date_ms: int


@dataclass
class Log:
    """`came` counts each reading; `refused` the records that are none."""

    came: Counter[Identity] = field(default_factory=Counter)
    refused: int = 0


def read_log(bootstrap: str, topic: str, since: datetime, *, zone: ZoneInfo, max_ahead: timedelta) -> Log:
    """All records of the topic from `since` (Kafka's timestamp) to its end as it is now."""
    log = Log()
    for record in records_of(bootstrap, topic, Span(since, _NEVER)):
        identity = _identity(record, zone, max_ahead)
        if identity:
            log.came[identity] += 1
        else:
            log.refused += 1
    return log


def _identity(record: Record, zone: ZoneInfo, max_ahead: timedelta) -> Identity | None:
    """None for what the stream refuses (streaming.validate)."""
    try:
        reading = decode_payload(record.value or b"", zone)
    except Refused:
        return None
    date_ms = to_epoch_ms(reading.date) if reading.date else record.came_ms - (reading.age or 0)
    if not _EARLIEST <= date_ms <= record.came_ms + max_ahead / timedelta(milliseconds=1):
        return None
    boot, seq = (ABSENT if n is None else n for n in (reading.boot, reading.seq))
    return Identity(reading.id, boot, seq, date_ms)
