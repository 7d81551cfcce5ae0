"""What lies in `sensor-data` since some instant: the identity of every reading, and how often it came."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from streaming.producer import KafkaAbsent
from streaming.validate import EARLIEST
from telemetry.clock import to_epoch_ms
from telemetry.errors import Refused
from telemetry.payload import decode_payload

__all__ = ["ABSENT", "Identity", "Log", "read_log"]

ABSENT = -1
_EARLIEST = to_epoch_ms(datetime.fromisoformat(EARLIEST))
_PATIENCE = 20.0
_AT_ONCE = 2000


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
    for message in _messages(bootstrap, topic, since):
        identity = _identity(message, zone, max_ahead)
        if identity:
            log.came[identity] += 1
        else:
            log.refused += 1
    return log


def _identity(message: Message, zone: ZoneInfo, max_ahead: timedelta) -> Identity | None:
    """None for what the stream refuses (streaming.validate)."""
    _, came_ms = message.timestamp()
    try:
        reading = decode_payload(message.value() or b"", zone)
    except Refused:
        return None
    date_ms = to_epoch_ms(reading.date) if reading.date else came_ms - (reading.age or 0)
    if not _EARLIEST <= date_ms <= came_ms + max_ahead / timedelta(milliseconds=1):
        return None
    boot, seq = (ABSENT if n is None else n for n in (reading.boot, reading.seq))
    return Identity(reading.id, boot, seq, date_ms)


def _messages(bootstrap: str, topic: str, since: datetime) -> Iterator[Message]:
    settings = {"bootstrap.servers": bootstrap, "group.id": "audit", "enable.auto.commit": False}
    consumer = Consumer(settings | {"log_level": 2})
    try:
        for place, end in _places(consumer, topic, since):
            yield from _until(consumer, place, end)
    except KafkaException as why:
        raise KafkaAbsent(
            f"Kafka at {bootstrap} does not answer ({why.args[0].str()}): "
            "start the pipeline with `farmstream up`."
        ) from why
    finally:
        consumer.close()


def _places(consumer: Consumer, topic: str, since: datetime) -> list[tuple[TopicPartition, int]]:
    """Where to begin in each partition, and where it ends now."""
    known = consumer.list_topics(topic, timeout=_PATIENCE).topics[topic].partitions
    wanted = [TopicPartition(topic, number, to_epoch_ms(since)) for number in known]
    places = []
    for place in consumer.offsets_for_times(wanted, timeout=_PATIENCE):
        _, end = consumer.get_watermark_offsets(place, timeout=_PATIENCE)
        if 0 <= place.offset < end:
            places.append((place, end))
    return places


def _until(consumer: Consumer, place: TopicPartition, end: int) -> Iterator[Message]:
    consumer.assign([place])
    read = place.offset
    while read < end:
        messages = consumer.consume(min(_AT_ONCE, end - read), timeout=_PATIENCE)
        if not messages:
            raise KafkaAbsent(f"Kafka stopped giving records of {place.topic}: is it running? Try again.")
        for message in messages:
            if error := message.error():
                raise KafkaException(error)
            read = (message.offset() or 0) + 1
            if read <= end:
                yield message
