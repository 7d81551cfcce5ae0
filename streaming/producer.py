"""The producer of dry windows and alerts, and whether Kafka is there at all.

KafkaAbsent            no Kafka answers at the address, or it lacks a topic
TopicUnreachable       Kafka did not take messages in time
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from confluent_kafka import KafkaException, Producer

from telemetry.errors import FarmstreamError

__all__ = ["KafkaAbsent", "Sender", "TopicUnreachable", "alert_producer", "require_topics"]

_PATIENCE = 10.0
_FLUSH = 60.0


class KafkaAbsent(FarmstreamError):
    """There is nothing to read from."""


class TopicUnreachable(FarmstreamError):
    """Kafka did not take the alerts; the batch will be run again."""


def alert_producer(bootstrap: str) -> Producer:
    """A producer for dry windows and alerts: each message acknowledged by all replicas.

    Its queue has no limit in messages: a batch's are all in memory before the first one is sent.
    """
    return Producer({
        "bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 5,
        "queue.buffering.max.messages": 0, "log_level": 2,
    })  # fmt: skip


def require_topics(producer: Producer, bootstrap: str, names: Iterable[str]) -> None:
    """KafkaAbsent unless Kafka answers and has all of these topics."""
    try:
        there = producer.list_topics(timeout=_PATIENCE).topics
    except KafkaException as why:
        raise KafkaAbsent(
            f"No Kafka answers at {bootstrap} ({why.args[0].str()}): start it, or correct kafka.bootstrap."
        ) from why
    if missing := [name for name in names if name not in there]:
        raise KafkaAbsent(
            f"Kafka at {bootstrap} lacks the topic {missing[0]}: `farmstream up` makes the topics, or make "
            f"it as telemetry/topics.py states."
        )


class Sender:
    """Sends messages and then waits once until Kafka has acknowledged all of them."""

    def __init__(self, producer: Producer) -> None:
        self._producer, self._failed = producer, ""

    def send(self, topic: str, key: str, value: dict[str, Any]) -> None:
        """Queue a message; `value` goes as JSON."""
        self._producer.produce(topic, msgspec.json.encode(value), key.encode(), on_delivery=self._delivered)
        self._producer.poll(0)

    def flush(self) -> None:
        """TopicUnreachable unless all are acknowledged within a minute."""
        if self._producer.flush(_FLUSH) or self._failed:
            self._producer.purge()
            raise TopicUnreachable(
                f"Kafka has not taken the alerts ({self._failed or 'no answer'}): is it running?"
            )

    def _delivered(self, error: object, message: object) -> None:
        self._failed = str(error) if error is not None else self._failed
