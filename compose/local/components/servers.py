"""The servers as components: what each needs, and what is done once it is ready."""

import os
from collections.abc import Callable

from compose.local.broker import Amqtt, Broker, Mosquitto, find_mosquitto
from compose.local.cassandra import Cassandra
from compose.local.component import Component
from compose.local.components.chips import site
from compose.local.components.simulator import fleet
from compose.local.kafka import Kafka
from compose.local.master_data import add_missing
from compose.local.process import Service
from compose.local.stack import Stack
from compose.local.topics import make_topics
from storage.migrate import migrate
from storage.retention import keep
from telemetry.clock import utc_now
from telemetry.errors import SettingsError

__all__ = ["broker_of", "cassandra", "kafka", "mqtt"]


def mqtt(stack: Stack) -> Component:
    """The broker."""
    return _component(broker_of(stack), stack.ports["mqtt"])


def broker_of(stack: Stack) -> Broker:
    """The one that the home's settings name; by default mosquitto where it is installed, else amqtt.

    FARMSTREAM_BROKER=amqtt takes amqtt where the settings leave it open.
    """
    port, wanted = stack.ports["mqtt"], stack.settings.mqtt.broker
    if wanted == "auto" and os.environ.get("FARMSTREAM_BROKER") == "amqtt":
        wanted = "amqtt"
    program = None if wanted == "amqtt" else find_mosquitto()
    if program is None and wanted == "mosquitto":
        raise SettingsError(
            f"{stack.home.settings}: the broker is to be mosquitto, which is not installed: install it, "
            f'or write broker = "auto".'
        )
    tls = stack.settings.mqtt.tls
    if program is None and tls:
        raise SettingsError(f"{stack.home.settings} [mqtt.tls]: only mosquitto listens with TLS: install it.")
    if program is None:
        return Amqtt(home=stack.home, port=port, credentials=stack.credentials)
    return Mosquitto(home=stack.home, port=port, credentials=stack.credentials, program=program, tls=tls)


def kafka(stack: Stack) -> Component:
    """Kafka with its topics."""
    server = Kafka(
        home=stack.home,
        java=stack.java,
        jars=stack.jars["kafka"],
        port=stack.ports["kafka"],
        controller_port=stack.ports["kafka-controller"],
    )
    return _component(server, server.port, lambda: make_topics(server.bootstrap))


def cassandra(stack: Stack) -> Component:
    """Cassandra with its tables, and the boards of `up` in the master."""
    server = Cassandra(
        home=stack.home,
        java=stack.java,
        jars=stack.jars["cassandra"],
        port=stack.ports["cassandra"],
        storage_port=stack.ports["cassandra-storage"],
    )
    return _component(server, server.port, lambda: _tables(stack))


def _tables(stack: Stack) -> None:
    migrate(stack.cassandra)
    keep(stack.cassandra, stack.settings.keep)
    if stack.options.wanted.get("simulated"):
        add_missing(stack.cassandra, fleet(stack), utc_now())
    if site(stack).sensors():
        add_missing(stack.cassandra, site(stack), utc_now())


def _component(service: Service, port: int, settle: Callable[[], None] = lambda: None) -> Component:
    return Component(
        name=service.name,
        log=service.log,
        port=port,
        prepare=service.prepare,
        ready=service.ready,
        settle=settle,
        start_timeout=service.start_timeout,
        stop_grace=service.stop_grace,
    )
