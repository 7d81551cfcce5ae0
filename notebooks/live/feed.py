"""What comes in, into the model: from Kafka as it comes, after what Cassandra has from before.

Kafka is asked from its end on before the tables are read, so that nothing falls between the two.
"""

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Required, Self, TypedDict, cast
from uuid import uuid4

import msgspec
from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from notebooks.live.model import Joined, Model, decode
from storage.farm import Farm
from telemetry.clock import utc_now
from telemetry.reading import Coord, Instant, Main
from telemetry.topics import ALERTS, JOINED

__all__ = ["Feed", "decode_alert"]

_quiet = logging.getLogger("notebooks.live.kafka")  # a broker that is away is no news for a page's reader
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False

_MOST = 10_000
"""Messages that one turn takes; what is left waits in Kafka."""


class _Alert(TypedDict, total=False):
    """What is not said stays as it was."""

    alert_id: Required[str]
    opened: Required[Instant]
    state: Required[str]
    rule: Required[str]
    severity: str | None
    field_id: str | None
    field_name: str | None
    sensor_id: str | None
    updated: Instant | None
    closed: Instant | None
    value: float | None
    threshold: float | None
    evidence: dict[str, Any] | str | None


class Feed:
    """A context manager; `turn` takes what has come since the last one, and never waits long."""

    def __init__(self, bootstrap: str, farm: Farm, model: Model) -> None:
        self._farm, self._model = farm, model
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"dashboard-{uuid4().hex}",  # a group of its own: each page sees everything
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 100,
            },
            logger=_quiet,
        )

    def __enter__(self) -> Self:
        self._consumer.assign(
            [TopicPartition(t.name, p, OFFSET_END) for t in (JOINED, ALERTS) for p in range(t.partitions)]
        )
        self.turn(1.0)  # the offsets are asked for at the first poll
        self._restore()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def turn(self, wait: float = 0.02) -> None:
        """Take what is there, or what comes within `wait` seconds."""
        now, readings, alerts = utc_now(), [], []
        for message in self._consumer.consume(_MOST, wait):
            if message.error() is None:
                if message.topic() == ALERTS.name:
                    alerts += decode_alert(message.value() or b"")
                elif reading := decode(message.value() or b""):
                    readings.append(reading)
        self._model.take(readings, now)
        self._model.take_alerts(alerts)

    def _restore(self) -> None:
        """The newest reading of each sensor, and the alerts of the last weeks."""
        latest = self._farm.latest().arrow().to_pylist(maps_as_pydicts="strict")
        self._model.restore(map(_stored, latest))
        self._model.take_alerts(self._farm.alerts(since="30d").arrow().to_pylist())


def decode_alert(raw: bytes) -> list[Mapping[str, Any]]:
    """A record of `sensor-alerts`, as far as the dashboard shows it; nothing for what is none."""
    try:
        return [cast(Mapping[str, Any], _decoder.decode(raw))]
    except msgspec.DecodeError:
        return []


_decoder = msgspec.json.Decoder(_Alert)


def _stored(row: Mapping[str, Any]) -> Joined:
    main = {name: row[name] for name in Main.__struct_fields__}
    return Joined(
        id=row["sensor_id"], date=row["date"], main=Main(**main), boot=row["boot"],
        seq=row["seq"] if row["seq"] >= 0 else None, faults=row["faults"] or {}, received=row["received"],
        coord=None if row["lon"] is None else Coord(row["lon"], row["lat"]), late=bool(row["late"]),
        field_id=row["field_id"],
    )  # fmt: skip
