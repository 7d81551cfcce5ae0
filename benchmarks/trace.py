"""Every reading of the load followed through the pipeline, by its identity, after the fact.

Five instants, all of this machine's clock and in epoch milliseconds:

sent       the board's first send (the simulator's manifest)
received   the gateway's (`received` of the stored row), before it is spooled
queued     timestamp of the record in `sensor-data`: the hop hands it to the Kafka client
joined     timestamp of the record in `joined-sensor-data`: query `join` hands it to the Kafka client
stored     WRITETIME of the row: query `readings` hands it to the driver; some 5 to 20 ms later it is on disk
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
from cassandra.concurrent import execute_concurrent_with_args
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from msgspec import Struct

from benchmarks.figures import Spread, spread
from storage.session import connect
from storage.settings import Cassandra
from telemetry.topics import JOINED, READINGS, Topic

__all__ = ["HOPS", "Key", "Trace", "latencies", "record_times", "trace_of"]

Key = tuple[str, int, int]
"""`(id, boot, seq)`."""

Times = dict[Key, float]

HOPS = {
    "board to gateway": ("sent", "received"),
    "gateway to Kafka": ("received", "queued"),
    "Kafka to joined": ("queued", "joined"),
    "joined to Cassandra": ("joined", "stored"),
    "board to Cassandra": ("sent", "stored"),
}
"""What is measured between which instants; the last is the whole way."""


class _Sent(Struct, frozen=True, tag_field="kind", tag="reading"):
    """A reading's line of the manifest, as far as it is needed here."""

    id: str
    boot: int
    seq: int
    via: str
    sent: datetime


class _Malformed(Struct, frozen=True, tag_field="kind", tag="malformed"):
    """A broken frame's."""


class _Summary(Struct, frozen=True, tag_field="kind", tag="summary"):
    """The last line."""


class Trace(Struct):
    """The instants of all readings, and by which wire each was sent."""

    sent: Times
    received: Times
    queued: Times
    joined: Times
    stored: Times
    via: dict[Key, str]


class _Identity(Struct):
    id: str
    boot: int | None = None
    seq: int | None = None


_manifest_line = msgspec.json.Decoder(_Sent | _Malformed | _Summary)
_identity = msgspec.json.Decoder(_Identity)


def _manifest(path: Path) -> Iterator[_Sent]:
    """The readings that a manifest lists."""
    with path.open("rb") as lines:
        yield from (entry for entry in map(_manifest_line.decode, lines) if isinstance(entry, _Sent))


def _kafka_times(bootstrap: str, topic: Topic) -> Times:
    """When each reading's record was made, from the topic's beginning to its end as it is now."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False}
    consumer = Consumer({**settings, "enable.partition.eof": True})
    places = [TopicPartition(topic.name, number, OFFSET_BEGINNING) for number in range(topic.partitions)]
    consumer.assign(places)
    try:
        return record_times(partial(consumer.consume, 5000, 1.0), set(range(topic.partitions)))
    finally:
        consumer.close()


def record_times(consume: Callable[[], Iterable[Message]], partitions: set[int]) -> Times:
    """When each reading's record was made, until the end of each of `partitions` has been told.

    An end is told again after what came later: boards go on while this reads.
    """
    found: Times = {}
    while partitions:
        for message in consume():
            value = message.value()
            if message.error() is not None or value is None:
                partitions.discard(message.partition())
                continue
            it = _identity.decode(value)
            if it.boot is not None and it.seq is not None:
                found.setdefault((it.id, it.boot, it.seq), float(message.timestamp()[1]))
    return found


def _stored_rows(cassandra: Cassandra, sensors: Iterable[str], since: datetime) -> tuple[Times, Times]:
    """When the gateway received each row of these sensors from `since` (its day) on, and its write time."""
    days = [(since + timedelta(days=more)).date() for more in range(2)]
    received: Times = {}
    stored: Times = {}
    with connect(cassandra) as session:
        query = session.prepare(
            f"SELECT sensor_id, boot, seq, received, WRITETIME(gateway) FROM {cassandra.table('reading')} "  # noqa: S608
            "WHERE sensor_id = ? AND day = ?"
        )
        keys = [(sensor, day) for sensor in sensors for day in days]
        for result in execute_concurrent_with_args(session, query, keys, concurrency=8):
            for sensor, boot, seq, at, written in result.result_or_exc:
                received[sensor, boot, seq] = at.replace(tzinfo=UTC).timestamp() * 1000
                stored[sensor, boot, seq] = written / 1000
    return received, stored


def latencies(trace: Trace, keys: Iterable[Key]) -> dict[str, Spread | None]:
    """How long each of HOPS took for these readings; those that lack an instant are left out."""
    wanted = list(keys)
    stages: dict[str, Times] = {
        name: getattr(trace, name) for name in Trace.__struct_fields__ if name != "via"
    }
    return {
        hop: spread(
            stages[end][k] - stages[begin][k] for k in wanted if k in stages[begin] and k in stages[end]
        )
        for hop, (begin, end) in HOPS.items()
    }


def trace_of(
    bootstrap: str, cassandra: Cassandra, manifests: Iterable[Path], sensors: Iterable[str]
) -> Trace:
    """Follow what the manifests list; call it when all has arrived."""
    sent: Times = {}
    via: dict[Key, str] = {}
    for path in manifests:
        for entry in _manifest(path):
            key = entry.id, entry.boot, entry.seq
            sent[key], via[key] = entry.sent.timestamp() * 1000, entry.via
    since = datetime.fromtimestamp(min(sent.values(), default=0.0) / 1000, UTC)
    received, stored = _stored_rows(cassandra, sensors, since)
    return Trace(
        sent=sent,
        received=received,
        queued=_kafka_times(bootstrap, READINGS),
        joined=_kafka_times(bootstrap, JOINED),
        stored=stored,
        via=via,
    )
