"""The real servers: they start, and Kafka keeps what it acknowledged when killed, also on the wheel's Java.

That Cassandra does is in test_storage_secure.py.
"""

import os
import signal
from pathlib import Path

import pytest
from cassandra.cluster import Cluster
from confluent_kafka import Consumer, Producer

from compose.local.java import Java
from compose.local.process import running
from compose.local.topics import make_topics
from telemetry.topics import READINGS, TOPICS
from tests.servers import Jars, Server, kafka_in, make_home

pytestmark = pytest.mark.servers

COUNT = 2000


def test_topics_are_made_once_and_as_stated(kafka: Server) -> None:
    make_topics(kafka.bootstrap)
    make_topics(kafka.bootstrap)
    found = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "test-servers"})
    partitions = {name: len(topic.partitions) for name, topic in found.list_topics(timeout=30).topics.items()}
    found.close()
    assert {t.name: partitions.get(t.name) for t in TOPICS} == {t.name: t.partitions for t in TOPICS}


def test_cassandra_answers(cassandra: Server) -> None:
    with Cluster([cassandra.host], port=cassandra.port) as cluster:
        found = cluster.connect().execute("SELECT release_version FROM system.local").one()
    assert found.release_version == "5.0.6"


def test_kafka_keeps_what_it_acknowledged_when_killed_and_runs_on_the_wheel(
    tmp_path: Path, java: Java, wheel_java: Java, jars: Jars
) -> None:
    home = make_home(tmp_path)
    service = kafka_in(home, java, jars)
    with running(service) as process:
        make_topics(service.bootstrap)
        sent = _produce(service.bootstrap)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    service = kafka_in(home, wheel_java, jars)
    with running(service):
        assert _consume(service.bootstrap, len(sent)) == sent
        assert _produce(service.bootstrap) == sent


def _produce(bootstrap: str) -> set[bytes]:
    """Values that Kafka has acknowledged."""
    acknowledged: set[bytes] = set()
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for number in range(COUNT):
        producer.produce(
            READINGS.name,
            b"%d" % number,
            b"%d" % (number % 7),
            on_delivery=lambda failed, message: failed or acknowledged.add(message.value()),
        )
    producer.flush(60)
    assert len(acknowledged) == COUNT
    return acknowledged


def _consume(bootstrap: str, count: int) -> set[bytes]:
    """The values in the topic, waited for until there are `count`."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "test-servers", "auto.offset.reset": "earliest"}
    reader = Consumer(settings)
    reader.subscribe([READINGS.name])
    found: set[bytes] = set()
    while len(found) < count and (batch := reader.consume(count, timeout=30)):
        found |= {message.value() for message in batch if message.error() is None}
    reader.close()
    return found
