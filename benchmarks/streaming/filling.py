"""Records into a topic as fast as Kafka takes them: what queries then catch up with.

Each sensor sends one reading after the other, all sensors at the same pace; the last ones are of now.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from confluent_kafka import Producer
from msgspec import Struct

from benchmarks.streaming.feed import message
from compose.local.topics import make_topics
from telemetry.clock import iso
from telemetry.errors import FarmstreamError
from telemetry.rejected import rejected_record
from telemetry.topics import TOPICS, Topic

__all__ = ["DENSE", "SPARSE", "Shape", "fill", "readings", "refusals"]

_FEW = 10_000
"""Messages after which the producer is let hand on what it has."""


class Shape(Struct, frozen=True, kw_only=True):
    """`sensors` that send every `interval` seconds; a micro-batch takes `batch` readings of them."""

    sensors: int
    interval: float
    batch: int


DENSE = Shape(sensors=2_000, interval=10.0, batch=50_000)
"""25 readings of a sensor in a batch, so 25 rows of a partition."""

SPARSE = Shape(sensors=100_000, interval=600.0, batch=100_000)
"""One reading of each sensor in a batch, so one row of a partition."""


def readings(shape: Shape, count: int, end: datetime) -> Iterator[tuple[str, bytes]]:
    """`count` readings, with their sensors, in the order of their dates."""
    rounds = -(-count // shape.sensors)
    dates = [iso(end - timedelta(seconds=shape.interval * (rounds - n))) for n in range(rounds)]
    for number in range(count):
        sensor, seq = number % shape.sensors, number // shape.sensors
        warmth = 15.0 + (sensor + 7 * seq) % 100 / 20  # changes from reading to reading, by less than a fault
        yield f"bench-{sensor}", message(f"bench-{sensor}", 1, seq, dates[seq], warmth)


def refusals(count: int, end: datetime) -> Iterator[tuple[str, bytes]]:
    """`count` rejected records, as a gateway sends them, each of an input of its own."""
    for number in range(count):
        source = f"mqtt:farm/bench-{number % DENSE.sensors}/reading"
        record = rejected_record(source, b'{"id": "bench", "number": %d' % number, "not JSON", end)
        yield record["reject_id"], msgspec.json.encode(record)


def fill(bootstrap: str, prefix: str, topic: Topic, messages: Iterable[tuple[str, bytes]]) -> None:
    """Keys and values into a topic; all topics are made, and their names begin with `prefix`."""
    make_topics(bootstrap, [each._replace(name=f"{prefix}.{each.name}") for each in TOPICS])
    producer = Producer({
        "bootstrap.servers": bootstrap, "acks": "1", "linger.ms": 20, "queue.buffering.max.messages": 0,
        "log_level": 2,
    })  # fmt: skip
    for number, (key, value) in enumerate(messages):
        producer.produce(f"{prefix}.{topic.name}", value, key)
        if number % _FEW == 0:
            producer.poll(0)
    if left := producer.flush(60):
        raise FarmstreamError(f"Kafka at {bootstrap} did not take {left} of the records.")
