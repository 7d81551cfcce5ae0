"""From the topic `sensor-alerts` into the list; the list, not Kafka, knows up to where it has been read."""

import logging
import threading
import time
from collections.abc import Iterable

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from notify.notice import Notice, notice_of
from notify.outbox import Outbox
from notify.settings import Notifier, Settings
from telemetry.errors import FarmstreamError
from telemetry.topics import ALERTS

__all__ = ["KafkaAway", "take_in"]

_log = logging.getLogger(__name__)
_PATIENCE = 10.0


class KafkaAway(FarmstreamError):
    """No Kafka answers, or it has no topic of alerts."""


def take_in(settings: Settings, outbox: Outbox, stop: threading.Event) -> None:
    """Read until `stop`; an outage of Kafka is waited for, after the first answer."""
    topic = settings.kafka.topic_prefix + ALERTS.name
    consumer = Consumer({
        "bootstrap.servers": settings.kafka.bootstrap, "group.id": "farmstream-notify",
        "enable.auto.commit": False, "auto.offset.reset": "earliest", "log_level": 2,
    })  # fmt: skip
    try:
        consumer.assign(_places(consumer, settings, outbox, topic))
        while not stop.is_set():
            for message in consumer.consume(100, timeout=0.5):
                if message.error() is None:
                    _put(message, settings.notifiers, outbox)
                else:
                    _log.warning("Kafka: %s", message.error())
    finally:
        consumer.close()


def _places(consumer: Consumer, settings: Settings, outbox: Outbox, topic: str) -> list[TopicPartition]:
    try:
        known = consumer.list_topics(topic, timeout=_PATIENCE).topics[topic]
    except KafkaException as why:
        raise KafkaAway(
            f"No Kafka answers at {settings.kafka.bootstrap} ({why.args[0].str()}): start it, or correct "
            f"kafka.bootstrap."
        ) from why
    if known.error is not None:
        raise KafkaAway(
            f"Kafka at {settings.kafka.bootstrap} has no topic {topic}: make it, or let `farmstream up`."
        )
    read = outbox.places(topic)
    first = OFFSET_END if settings.kafka.start == "latest" and not read else OFFSET_BEGINNING
    return [_place(consumer, topic, number, read.get(number, first), outbox) for number in known.partitions]


def _place(consumer: Consumer, topic: str, number: int, offset: int, outbox: Outbox) -> TopicPartition:
    """Where a partition goes on; an end is written down, so that nothing after it is missed by a restart."""
    if offset == OFFSET_END:
        _, offset = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=_PATIENCE)
        outbox.put((), (topic, number, offset), time.time())
    return TopicPartition(topic, number, offset)


def _put(message: Message, notifiers: Iterable[Notifier], outbox: Outbox) -> None:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None and partition is not None and offset is not None  # noqa: S101 - it came from Kafka
    notice = notice_of(message.value() or b"")
    if notice is None:
        _log.warning("%s/%d/%d is no alert and is left out.", topic, partition, offset)
    wanted = [(it.name, notice) for it in notifiers if notice and _wants(it, notice)]
    outbox.put(wanted, (topic, partition, offset + 1), time.time())


def _wants(notifier: Notifier, notice: Notice) -> bool:
    return notice.severity in notifier.severities and notice.state in notifier.states
