"""Names on every hop: MQTT topics, Fluentd tags, Kafka topics with partitions and retention."""

from typing import NamedTuple

__all__ = [
    "ALERTS", "ALERT_EVENTS", "DRY_WINDOWS", "JOINED", "READINGS", "REJECTED", "ROUTES", "TOPICS",
    "Route", "Topic", "ack_topic", "board_of", "command_topic", "reading_topic", "status_topic",
]  # fmt: skip

_DAY_MS = 86_400_000


class Topic(NamedTuple):
    """A Kafka topic; the replication factor is the cluster's, not the contract's."""

    name: str
    partitions: int
    retention_ms: int


READINGS = Topic("sensor-data", 2, 7 * _DAY_MS)
JOINED = Topic("joined-sensor-data", 2, 7 * _DAY_MS)
DRY_WINDOWS = Topic("whc-less-sensor-data", 2, 30 * _DAY_MS)
ALERT_EVENTS = Topic("sensor-alert-events", 2, 30 * _DAY_MS)
ALERTS = Topic("sensor-alerts", 2, 30 * _DAY_MS)
REJECTED = Topic("sensor-data-rejected", 2, 30 * _DAY_MS)
TOPICS = (READINGS, JOINED, DRY_WINDOWS, ALERT_EVENTS, ALERTS, REJECTED)


class Route(NamedTuple):
    """A Fluentd tag, the Kafka topic it goes to, and the record's field that is the message key."""

    tag: str
    topic: Topic
    key: str


ROUTES = (Route("farm.reading", READINGS, "id"), Route("farm.rejected", REJECTED, "reject_id"))


def reading_topic(board: str) -> str:
    """Where a board publishes readings; `+` for all boards."""
    return f"farm/{board}/reading"


def ack_topic(board: str) -> str:
    """Where the gateway tells a board what it need not keep any longer."""
    return f"farm/{board}/ack"


def status_topic(board: str) -> str:
    """A board's retained status and last will."""
    return f"farm/{board}/status"


def command_topic(board: str) -> str:
    """Where a board listens for commands; it answers on `…/command/ack`."""
    return f"farm/{board}/command"


def board_of(topic: str) -> str:
    """The board's id in `farm/<id>/…`; empty where the topic is not of that shape."""
    parts = topic.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "farm" else ""
