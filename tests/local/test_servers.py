"""The real servers: they start, they keep what they acknowledged when killed, they run on the wheel."""

import os
import signal
from pathlib import Path
from subprocess import Popen

import pytest
from cassandra.cluster import Cluster, Session
from confluent_kafka import Consumer, Producer

from compose.local.java import Java
from compose.local.ports import LOOPBACK
from compose.local.process import running
from compose.local.topics import make_topics
from telemetry.topics import READINGS, TOPICS
from tests.servers import Jars, Server, cassandra_in, kafka_in, make_home

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


def test_kafka_keeps_what_it_acknowledged_when_killed(tmp_path: Path, java: Java, jars: Jars) -> None:
    service = kafka_in(make_home(tmp_path), java, jars)
    with running(service) as process:
        make_topics(service.bootstrap)
        sent = _produce(service.bootstrap)
        _kill(process)
    with running(service):
        assert _consume(service.bootstrap, len(sent)) == sent


def test_cassandra_keeps_what_it_acknowledged_when_killed(tmp_path: Path, java: Java, jars: Jars) -> None:
    service = cassandra_in(make_home(tmp_path), java, jars)
    with running(service) as process:
        with Cluster([LOOPBACK], port=service.port) as cluster:
            _fill(cluster.connect())
        _kill(process)
    with running(service), Cluster([LOOPBACK], port=service.port) as cluster:
        assert {row.k for row in cluster.connect().execute("SELECT k FROM test.kept")} == set(range(COUNT))


def test_servers_run_on_the_wheel(tmp_path: Path, wheel_java: Java, jars: Jars) -> None:
    home = make_home(tmp_path)
    kafka, cassandra = kafka_in(home, wheel_java, jars), cassandra_in(home, wheel_java, jars)
    with running(kafka):
        make_topics(kafka.bootstrap)
        sent = _produce(kafka.bootstrap)
        assert _consume(kafka.bootstrap, len(sent)) == sent
    with running(cassandra), Cluster([LOOPBACK], port=cassandra.port) as cluster:
        _fill(cluster.connect())


def _kill(process: "Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


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


def _fill(session: Session) -> None:
    session.execute(
        "CREATE KEYSPACE test WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
    )
    session.execute("CREATE TABLE test.kept (k int PRIMARY KEY, v text)")
    insert = session.prepare("INSERT INTO test.kept (k, v) VALUES (?, ?)")
    for answer in [session.execute_async(insert, (number, "v" * 100)) for number in range(COUNT)]:
        answer.result()
