"""Kafka's admin client for questions that may fail: what its library has to complain about is no news."""

import logging

from confluent_kafka.admin import AdminClient

__all__ = ["admin"]

_MUTE = logging.getLogger("compose.local.kafka_admin.librdkafka")
_MUTE.addHandler(logging.NullHandler())
_MUTE.propagate = False


def admin(bootstrap: str) -> AdminClient:
    """A client of the cluster at `bootstrap`; errors come out of its calls alone."""
    return AdminClient({"bootstrap.servers": bootstrap}, logger=_MUTE)
