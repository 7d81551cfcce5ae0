"""Records of `sensor-alert-events` as the alert book takes them.

Queries of ours alone write that topic. A foreign record there that could not be compared, told or stored
would stop the book for good, as its batch would fail again and again: so it is refused here.
"""

from datetime import UTC, datetime

import msgspec

from streaming.alerts import RULE
from streaming.facts import Event
from streaming.told import Told
from streaming.validate import EARLIEST

__all__ = ["event_or_alert"]

_FROM, _TO = datetime.fromisoformat(EARLIEST), datetime(2500, 1, 1, tzinfo=UTC)
"""What query `join` lets through, and far less than any store has room for."""


def event_or_alert(value: bytes) -> Event | Told:
    """An event about a sensor, or a window's alert; msgspec.DecodeError where the record is neither."""
    if msgspec.json.decode(value, type=_Kind).kind == "alert":
        return _sound(msgspec.json.decode(value, type=Told))
    event = msgspec.json.decode(value, type=Event)
    _check_dates(event.date)
    return event


def _sound(alert: Told) -> Told:
    """Told as it is, and read back from its table: so it must be one that can only be a window's."""
    if alert.rule != RULE or alert.sensor_id is not None:
        raise msgspec.ValidationError("it is no alert of a window")
    _check_dates(*(at for at in (alert.opened, alert.updated, alert.closed) if at is not None))
    return alert


def _check_dates(*dates: datetime) -> None:
    if not all(_FROM <= at < _TO for at in dates):
        raise msgspec.ValidationError("it is not dated between 2000 and 2500")


class _Kind(msgspec.Struct):
    kind: str
