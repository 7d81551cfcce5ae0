"""Makes Kafka's topics as `telemetry.topics` states them; doing it again changes nothing."""

from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]

from compose.local.kafka_admin import admin
from telemetry.errors import FarmstreamError
from telemetry.topics import TOPICS, Topic

__all__ = ["TopicsFailed", "make_topics"]

_TIMEOUT = 30.0


class TopicsFailed(FarmstreamError):
    """Kafka at `bootstrap` did not make the topic `topic`."""

    def __init__(self, topic: str, bootstrap: str, why: KafkaException) -> None:
        super().__init__(f"Kafka at {bootstrap} did not make the topic {topic}: {why.args[0].str()}.")
        self.topic = topic


def make_topics(bootstrap: str, topics: Iterable[Topic] = TOPICS, replicas: int = 1) -> None:
    """Make those that are missing; TopicsFailed names the first that could not be made."""
    wanted = {topic.name: _new(topic, replicas) for topic in topics}
    client = admin(bootstrap)  # must outlive the answers
    made = client.create_topics(list(wanted.values()), operation_timeout=_TIMEOUT, request_timeout=_TIMEOUT)
    for name, outcome in made.items():
        try:
            outcome.result(_TIMEOUT)
        except KafkaException as why:
            if why.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise TopicsFailed(name, bootstrap, why) from why


def _new(topic: Topic, replicas: int) -> NewTopic:
    keep = {"retention.ms": str(topic.retention_ms), "cleanup.policy": "delete"}
    return NewTopic(topic.name, topic.partitions, replicas, config=keep)
