"""Real servers for tests: each in a home of its own, on ports of its own."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from compose.local.broker import Broker, find_mosquitto
from compose.local.cassandra import Cassandra, Security
from compose.local.credentials import Credential, make_credentials
from compose.local.home import Home
from compose.local.jar_cache import JarSet
from compose.local.java import Java
from compose.local.kafka import Kafka
from compose.local.ports import LOOPBACK, choose_ports
from compose.local.process import running

B = TypeVar("B", bound=Broker)
Jars = Mapping[str, JarSet]


@dataclass(frozen=True)
class Server:
    """Where a server listens, and who may use it."""

    host: str
    port: int
    credentials: Mapping[str, Credential] = field(default_factory=dict)

    @property
    def bootstrap(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


def server_at(address: str) -> Server:
    """The server at `host:port`, which somebody else runs."""
    host, _, port = address.rpartition(":")
    return Server(host, int(port))


def make_home(folder: Path) -> Home:
    """A home with ports that are free now; far from those that a pipeline of the user takes."""
    home = Home(folder).make()
    start = random.randrange(20000, 30000)
    names = ("mqtt", "kafka", "kafka-controller", "cassandra", "cassandra-storage")
    choose_ports(home.ports, {name: start + 10 * i for i, name in enumerate(names)})
    return home


def kafka_in(home: Home, java: Java, jars: Jars) -> Kafka:
    """A Kafka server of that home."""
    ports = choose_ports(home.ports, {})
    return Kafka(
        home=home,
        java=java,
        jars=jars["kafka"],
        port=ports["kafka"],
        controller_port=ports["kafka-controller"],
    )


def cassandra_in(home: Home, java: Java, jars: Jars, security: Security | None = None) -> Cassandra:
    """A Cassandra server of that home; without `security` it lets everybody in."""
    ports = choose_ports(home.ports, {})
    return Cassandra(
        home=home,
        java=java,
        jars=jars["cassandra"],
        port=ports["cassandra"],
        storage_port=ports["cassandra-storage"],
        security=security or Security(),
    )


def mosquitto_program() -> Path:
    """Where the broker mosquitto is; a test is skipped where it is not, which CI forbids."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed")
    return program


def broker_in(kind: type[B], home: Home, **more: Path) -> B:
    """An MQTT broker of that home."""
    port = choose_ports(home.ports, {})["mqtt"]
    return kind(home=home, port=port, credentials=make_credentials(home.credentials), **more)


@contextmanager
def serving(service: Kafka | Cassandra | Broker) -> Iterator[Server]:
    """Run the service for the length of the block."""
    credentials = service.credentials if isinstance(service, Broker) else {}
    with running(service):
        yield Server(LOOPBACK, service.port, credentials)
