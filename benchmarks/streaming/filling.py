"""Readings into `sensor-data` as fast as Kafka takes them: what queries then catch up with.

Each sensor sends one reading after the other, all sensors at the same pace; the last ones are of now.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from confluent_kafka import Producer
from msgspec import Struct

from benchmarks.streaming.feed import message
from compose.local.topics import make_topics
from telemetry.clock import iso
from telemetry.errors import FarmstreamError
from telemetry.topics import READINGS, TOPICS

__all__ = ["DENSE", "SPARSE", "Shape", "fill", "readings"]

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


def fill(bootstrap: str, prefix: str, shape: Shape, count: int, end: datetime) -> None:
    """Into topics of their own, which are made: their names begin with `prefix`."""
    make_topics(bootstrap, [topic._replace(name=f"{prefix}.{topic.name}") for topic in TOPICS])
    producer = Producer({
        "bootstrap.servers": bootstrap, "acks": "1", "linger.ms": 20, "queue.buffering.max.messages": 0,
        "log_level": 2,
    })  # fmt: skip
    for number, (sensor, value) in enumerate(readings(shape, count, end)):
        producer.produce(f"{prefix}.{READINGS.name}", value, sensor)
        if number % _FEW == 0:
            producer.poll(0)
    if left := producer.flush(60):
        raise FarmstreamError(f"Kafka at {bootstrap} did not take {left} of {count} readings.")
