"""From a chunk's records to Kafka messages: topic by tag, key by field, canonical JSON. No I/O."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from fluentd.errors import UnknownTag
from fluentd.protocol import Chunk
from telemetry.rejected import rejected_record
from telemetry.topics import REJECTED, ROUTES

__all__ = ["STAGE", "Message", "messages", "rejected_message", "too_large"]

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
    topic, field = route.topic.name, route.key
    out = []
    for record in chunk.records:
        try:
            key, value = _key(record, field), _encode(record)
        except _Unfit as why:
            out.append(rejected_message(chunk.tag, _raw(record), str(why), received))
            continue
        except (TypeError, ValueError, RecursionError, OverflowError) as why:
            out.append(rejected_message(chunk.tag, _raw(record), f"Not JSON: {why}.", received))
            continue
        if len(key) + len(value) > max_record:
            out.append(rejected_message(chunk.tag, value, too_large(len(value)), received))
        else:
            out.append(Message(topic, key, value))
    return out


def rejected_message(tag: str, raw: bytes, reason: str, received: datetime) -> Message:
    """The rejected record of what came under `tag`; the same bytes again are the same record."""
    record = {**rejected_record(f"fluentd:{tag}", raw, reason, received), "stage": STAGE}
    return Message(REJECTED.name, record["reject_id"].encode(), _encode(record))


def too_large(size: int) -> str:
    """The reason of a record that is longer than Kafka takes."""
    return f"The record has {size} bytes, more than Kafka takes."


class _Unfit(Exception):
    """The record has no key to be stored under."""


def _key(record: Any, field: str) -> bytes:
    if not isinstance(record, dict):
        raise _Unfit("The record is not a map.")
    key = record.get(field)
    if isinstance(key, str) and key:
        return key.encode()
    if isinstance(key, int):
        return str(key).encode()
    raise _Unfit(f"The record has no {field}.")


def _raw(record: Any) -> bytes:
    return repr(record).encode("utf-8", "backslashreplace")
