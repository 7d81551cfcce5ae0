"""Records into the replay's own topic, under their key and with the time at which they once came."""

from collections.abc import Iterable, Iterator

from confluent_kafka import Producer

from streaming.producer import TopicUnreachable
from streaming.records import Record

__all__ = ["copy"]

_TELL = 1000
_FLUSH = 60.0


def copy(bootstrap: str, topic: str, records: Iterable[Record]) -> Iterator[int]:
    """Send them; tells how many have been sent from time to time, and at the end, when Kafka has them all."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "log_level": 2}
    )
    sent = 0
    for record in records:
        _send(producer, topic, record)
        sent += 1
        if sent % _TELL == 0:
            yield sent
    if producer.flush(_FLUSH):
        raise TopicUnreachable(f"Kafka at {bootstrap} has not taken the readings: is it running?")
    yield sent


def _send(producer: Producer, topic: str, record: Record) -> None:
    while True:
        try:
            producer.produce(topic, record.value, record.key, timestamp=record.came_ms)
        except BufferError:  # as many as the library keeps: let some go first
            producer.poll(0.1)
        else:
            producer.poll(0)
            return
