"""Records of a Kafka topic by time, read once and without a consumer group's memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from storage.days import Span
from streaming.producer import KafkaAbsent
from telemetry.clock import to_epoch_ms

__all__ = ["Record", "records_of"]

_PATIENCE = 20.0
_AT_ONCE = 2000


class Record(NamedTuple):
    """A record of `sensor-data`, and when it came into Kafka."""

    came_ms: int
    key: bytes | None
    value: bytes | None


def records_of(bootstrap: str, topic: str, span: Span) -> Iterator[Record]:
    """What came into the topic in the span (Kafka's timestamp), partition by partition."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "farmstream", "enable.auto.commit": False}
    consumer = Consumer(settings | {"log_level": 2})
    try:
        for start, end in _places(consumer, topic, span):
            yield from _records(consumer, start, end)
    except KafkaException as why:
        raise KafkaAbsent(
            f"Kafka at {bootstrap} does not answer ({why.args[0].str()}): "
            "start the pipeline with `farmstream up`."
        ) from why
    finally:
        consumer.close()


def _places(consumer: Consumer, topic: str, span: Span) -> list[tuple[TopicPartition, int]]:
    """Of each partition where the span begins, and the offset after its end."""
    known = consumer.list_topics(topic, timeout=_PATIENCE).topics[topic].partitions
    starts, ends = (_offsets(consumer, topic, known, at) for at in span)
    return [
        (TopicPartition(topic, number, starts[number]), ends[number])
        for number in known
        if starts[number] < ends[number]
    ]


def _offsets(consumer: Consumer, topic: str, partitions: Iterable[int], at: datetime) -> dict[int, int]:
    """The first offset at or after this instant; the partition's end where there is none."""
    asked = [TopicPartition(topic, number, to_epoch_ms(at)) for number in partitions]
    found = {}
    for place in consumer.offsets_for_times(asked, timeout=_PATIENCE):
        _, end = consumer.get_watermark_offsets(place, timeout=_PATIENCE)
        found[place.partition] = place.offset if place.offset >= 0 else end
    return found


def _records(consumer: Consumer, start: TopicPartition, end: int) -> Iterator[Record]:
    consumer.assign([start])
    read = start.offset
    while read < end:
        messages = consumer.consume(min(_AT_ONCE, end - read), timeout=_PATIENCE)
        if not messages:
            raise KafkaAbsent(f"Kafka stopped giving records of {start.topic}: is it running? Try again.")
        for message in messages:
            yield _record(message)
            read = (message.offset() or 0) + 1


def _record(message: Message) -> Record:
    if error := message.error():
        raise KafkaException(error)
    key, value = message.key(), message.value()
    return Record(message.timestamp()[1], _bytes(key), _bytes(value))


def _bytes(given: str | bytes | None) -> bytes | None:
    return given.encode() if isinstance(given, str) else given
