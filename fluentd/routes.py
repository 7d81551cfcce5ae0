"""From a chunk's records to Kafka messages: topic by tag, key by field, canonical JSON. No I/O."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from fluentd.errors import UnknownTag
from fluentd.protocol import Chunk
from telemetry.rejected import rejected_record
from telemetry.topics import REJECTED, ROUTES, Route

__all__ = ["STAGE", "Message", "messages"]

STAGE = "fluentd"
"""`stage` of the records that are refused here: those that no retry can bring into Kafka."""

_ROUTES = {route.tag: route for route in ROUTES}
_encode = msgspec.json.Encoder().encode


class Message(NamedTuple):
    """One Kafka message."""

    topic: str
    key: bytes
    value: bytes


def messages(chunk: Chunk, max_record: int, received: datetime) -> list[Message]:
    """A message for each record of `chunk`; UnknownTag where its tag has no topic.

    A record that can never be delivered (no map, no key, not JSON, longer than `max_record` bytes)
    becomes a rejected record: nothing that a sender sends can block the chunks behind it.
    """
    route = _ROUTES.get(chunk.tag)
    if route is None:
        raise UnknownTag(chunk.tag)
    out = []
    for record in chunk.records:
        try:
            out.append(_message(route, record, max_record))
        except _Unfit as why:
            out.append(_rejected(chunk.tag, why, received))
    return out


class _Unfit(Exception):
    """The record cannot be a message: its bytes, as far as they can be told, and the reason."""

    def __init__(self, raw: bytes, reason: str) -> None:
        super().__init__(reason)
        self.raw, self.reason = raw, reason


def _message(route: Route, record: Any, max_record: int) -> Message:
    try:
        value = _encode(record)
    except (TypeError, ValueError, RecursionError, OverflowError) as why:
        raise _Unfit(repr(record).encode("utf-8", "backslashreplace"), f"Not JSON: {why}.") from why
    key = record.get(route.key) if isinstance(record, dict) else None
    if not isinstance(key, str | int) or key == "":
        raise _Unfit(value, f"The record has no {route.key}.")
    message = Message(route.topic.name, str(key).encode(), value)
    if len(message.key) + len(value) > max_record:
        raise _Unfit(value, f"The record has {len(value)} bytes, more than Kafka takes.")
    return message


def _rejected(tag: str, what: _Unfit, received: datetime) -> Message:
    """The same bytes again are the same record: `reject_id` is a hash of them."""
    record = rejected_record(f"fluentd:{tag}", what.raw, what.reason, received) | {"stage": STAGE}
    return Message(REJECTED.name, record["reject_id"].encode(), _encode(record))
