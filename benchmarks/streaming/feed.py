"""Readings into `sensor-data` at a steady rate: `python -m benchmarks.streaming.feed KAFKA RATE SECONDS RUN`.

`date` is the moment at which a reading is handed to the producer. Every tenth breaks the rule `frost`.

It is a producer like the collector's, idempotent, which has five requests under way at most. One without
that limit makes a request of every reading, each of which the broker forces to disk before the next: while
that takes over a millisecond, readings queue up before Kafka, and it is not the query that is timed.
"""

import sys
import time

import msgspec
from confluent_kafka import Producer

from telemetry.clock import iso, utc_now
from telemetry.topics import READINGS

__all__ = ["SENSORS", "SHARE", "feed", "message"]

SENSORS = 2000
SHARE = 10
"""One in so many is an alert."""
_STEP = 0.002


def feed(bootstrap: str, rate: float, seconds: float, run: int) -> int:
    """Send; returns how many break the rule. `run` is the boot that all readings bear."""
    producer = Producer({
        "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 1,
        "log_level": 2,
    })  # fmt: skip
    began, sent = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while sent < now * rate:
            producer.produce(READINGS.name, *_reading(sent, run))
            sent += 1
        producer.poll(0)
        time.sleep(_STEP)
    producer.flush(30)
    return (sent + SHARE - 1) // SHARE


def message(sensor: str, boot: int, seq: int, date: str, temperature: float) -> bytes:
    """A reading as the gateway sends it; `date` in RFC 3339."""
    value = {
        "id": sensor, "boot": boot, "seq": seq, "date": date,
        "coord": {"lon": 139.36, "lat": 35.33},
        "main": {"temperature": temperature, "humidity": 50.1, "ph": 6.4, "moisture": 31.2},
        "gateway": "bench", "time_source": "board", "late": False,
    }  # fmt: skip
    return msgspec.json.encode(value)


def _reading(number: int, run: int) -> tuple[bytes, str]:
    sensor = f"bench-{number % SENSORS}"
    return message(sensor, run, number, iso(utc_now()), -5.0 if number % SHARE == 0 else 20.0), sensor


if __name__ == "__main__":
    print(feed(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))  # noqa: T201
