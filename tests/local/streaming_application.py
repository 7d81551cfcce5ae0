"""The streaming application on real servers, with topics and a keyspace of its own, for tests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from compose.local.processes import family, stop_family
from compose.local.toml import write_toml
from compose.local.topics import make_topics
from storage.session import Session, connect
from storage.settings import Cassandra
from telemetry.topics import ALERT_EVENTS, JOINED, READINGS, REJECTED, TOPICS, Topic
from tests.local.pipeline import asked
from tests.servers import Server

__all__ = ["Application", "Payload", "Row", "until"]

Row = dict[str, Any]
Payload = bytes | Mapping[str, Any] | None

_READ = {
    "join": [READINGS], "readings": [JOINED], "windows": [JOINED], "downsample": [JOINED],
    "rejected": [REJECTED], "alert-book": [ALERT_EVENTS, JOINED], "quality": [JOINED], "hourly": [JOINED],
}  # fmt: skip
"""Topics of the queries that are not in real-time mode, in the order of the data."""


def until(true: Callable[[], Any], timeout: float = 300, every: float = 0.1) -> Any:
    """What `true` gives as soon as it is something."""
    found = asked(true, bool, timeout, every)
    assert found, f"it did not come about: {found}"
    return found


class Application:
    """`python -m streaming.app`, and what goes into it and comes out of it."""

    def __init__(self, folder: Path, kafka: Server, tables: Cassandra, **more: Any) -> None:
        self.folder, self.prefix, self.tables = folder, f"t{uuid4().hex[:8]}-", tables
        self.checkpoints, self.log = folder / "checkpoints", folder / "streaming.log"
        self._bootstrap, self._progress = kafka.bootstrap, folder / "progress.json"
        at_once = {"linger.ms": 1000}  # until the flush: what is sent together comes together
        self._producer = Producer({"bootstrap.servers": kafka.bootstrap, "log_level": 0} | at_once)
        self._closing = ExitStack()
        make_topics(kafka.bootstrap, [t._replace(name=self.prefix + t.name) for t in TOPICS])
        until(self._has_leaders)
        named = {"host": tables.host, "port": tables.port, "keyspace": tables.keyspace}
        self.process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, Any] = {
            "checkpoints": str(self.checkpoints),
            "progress": str(self._progress),
            "kafka": {"bootstrap": kafka.bootstrap, "topic_prefix": self.prefix},
            "cassandra": named,
        } | more

    def start(self, java_home: Path, **settings: Any) -> None:
        """Start it; it is ready when a query tells of its first batch."""
        self._progress.unlink(missing_ok=True)
        self.process = self.started(java_home, **settings)

    def started_for(self, java_home: Path, **settings: Any) -> None:
        """Start it, without a wait for a batch: a real-time query tells of none for minutes."""
        self.process = self.started(java_home, **settings)

    def started(self, java_home: Path, **settings: Any) -> "subprocess.Popen[bytes]":
        """A process of it, its output in `log`."""
        config = write_toml(self.folder / "streaming.toml", self.settings | settings)
        argv = [sys.executable, "-m", "streaming.app", "--config", str(config)]
        env = os.environ | {"JAVA_HOME": str(java_home)}
        with self.log.open("ab") as log:
            return subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env)

    def kill(self) -> None:
        """`kill -9`, of Python alone: its JVM is left over."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def kill_all(self) -> None:
        """The same of its JVM and its workers too, at once: nothing writes into the checkpoints any more."""
        assert self.process
        for who in family(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(who.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; what it ends with."""
        assert self.process
        self.process.terminate()
        return self.process.wait(60)

    def close(self) -> None:
        """Nothing of it is left."""
        self._closing.close()
        if self.process and self.process.poll() is None:
            stop_family(family(self.process.pid), 10)
            self.process.wait()

    def send(self, payloads: Iterable[Payload], topic: Topic = READINGS) -> None:
        """Produce the payloads, keyed by `id` where they have one."""
        for payload in payloads:
            key = str(payload["id"]) if isinstance(payload, Mapping) and "id" in payload else None
            value = json.dumps(payload).encode() if isinstance(payload, Mapping) else payload
            self._producer.produce(self.prefix + topic.name, value, key)
            self._producer.poll(0)
        assert self._producer.flush(60) == 0

    def messages(self, topic: Topic) -> list[tuple[str, Row]]:
        """Key and value of all messages of a topic that are JSON objects, by partition and offset."""
        settings = {"bootstrap.servers": self._bootstrap, "group.id": "x", "enable.auto.commit": False}
        reader, found = Consumer(settings), []
        for number in range(topic.partitions):
            place = TopicPartition(self.prefix + topic.name, number, 0)
            _, end = reader.get_watermark_offsets(place, timeout=30)
            reader.assign([place])
            while place.offset < end:
                for message in reader.consume(min(500, end - place.offset), timeout=10):
                    assert message.error() is None, message.error()
                    found.append(((message.key() or b"").decode(), message.value() or b""))
                    place.offset += 1
        reader.close()
        return [(key, json.loads(value)) for key, value in found if _is_object(value)]

    def count(self, topic: Topic) -> int:
        """How many messages the topic holds."""
        places = [TopicPartition(self.prefix + topic.name, n) for n in range(topic.partitions)]
        return sum(self._reader.get_watermark_offsets(place, timeout=30)[1] for place in places)

    @cached_property
    def _reader(self) -> Consumer:
        """Opened once, as it is asked ten times a second."""
        reader = Consumer({"bootstrap.servers": self._bootstrap, "group.id": "x", "log_level": 2})
        self._closing.callback(reader.close)
        return reader

    def rows(self, table: str, where: str = "") -> list[Row]:
        """The table's rows, in some stable order."""
        found = self._session.execute(f"SELECT * FROM {self.tables.table(table)} {where}").all()
        return sorted((row._asdict() for row in found), key=repr)

    @cached_property
    def _session(self) -> Session:
        """Opened once: it is asked ten times a second."""
        return self._closing.enter_context(connect(self.tables))

    def connect_again(self) -> None:
        """Ask over a new connection: the server is another process now."""
        self.__dict__.pop("_session", None)

    def _has_leaders(self) -> bool:
        """Topics that have just been made answer only once their partitions have leaders."""
        try:
            return [self.count(topic) for topic in TOPICS] == [0] * len(TOPICS)
        except KafkaException:
            return False

    def settled(self) -> bool:
        """Whether each query that runs has done all that its topics hold; what one writes others read."""
        held = cache(self.count)  # each topic once: it is asked for after the query that writes it is done
        return all(self.done(name) == sum(map(held, _READ[name])) for name in self._runs)

    def under_way(self, queries: Iterable[str]) -> bool:
        """Whether each of these has begun a batch with the last that its topics hold."""
        return all(self.begun(name) == self._held(name) for name in queries)

    @property
    def _runs(self) -> list[str]:
        return [name for name in _READ if name in self.settings.get("queries", _READ)]

    def _held(self, query: str) -> int:
        return sum(map(self.count, _READ[query]))

    def done(self, query: str) -> int:
        """How many records are in batches that Spark has committed, by the query's checkpoint."""
        return self._records(query, "commits")

    def begun(self, query: str) -> int:
        """The same, with those of the batch that it is at."""
        return self._records(query, "offsets")

    def _records(self, query: str, kind: str) -> int:
        folder = self.checkpoints / ("quality/4" if query == "quality" else query)
        batches = [int(path.name) for path in (folder / kind).glob("[0-9]*")]
        if not batches:
            return 0
        offsets = (folder / "offsets" / str(max(batches))).read_text().splitlines()[-1]
        return sum(sum(places.values()) for places in json.loads(offsets).values())

    def query(self, name: str) -> Row:
        """Progress of a query since the start of the application; empty before its first batch."""
        if not self._progress.exists():
            return {}
        progress: Row = json.loads(self._progress.read_text())["queries"].get(name, {})
        return progress


def _is_object(value: bytes) -> bool:
    return value.startswith(b"{") and value.endswith(b"}")
