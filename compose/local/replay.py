"""`farmstream replay`: the streaming application once more, on topics and checkpoints of its own.

The records of a span are copied to a topic of its own with the time at which they once came, so that the jobs
judge them as they did then; all that the jobs write is an upsert by key, and where the tables count more
readings they stay as they are (streaming.begun). The topics are deleted at the end.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from confluent_kafka import Consumer, KafkaException
from msgspec.structs import replace

from compose.local.component import Command, Component
from compose.local.kafka_admin import admin
from compose.local.process import running
from compose.local.toml import write_toml
from compose.local.topics import make_topics
from storage.copy import copy_tables
from storage.migrate import migrate
from storage.settings import Cassandra
from streaming.records import Record
from streaming.replay.copy import copy
from streaming.replay.settled import left
from streaming.settings import Settings
from telemetry.errors import FarmstreamError
from telemetry.topics import READINGS, TOPICS

__all__ = ["Replay", "replay"]

_MASTER = ("sensor", "field", "rule")
_FROM_TABLES = ("predictions",)
_ELSEWHERE = ("rejected", "quality", "hourly", "silence")
"""Only into another keyspace. Refused records keep their first id in the one they are in. Flags of a reading
depend on those before and after it, those of an hour on 30 days, and a silence on the board's last intervals:
at the edges of a span they would be worse than what is there."""
_POLL = 0.5
_SETTLED = 3
_FOR_EVER = -1
_EVENTS = "5s"
_START = 180.0
_GRACE = 60.0

Tell = Callable[[str, int], None]
"""Called with what is done and a number: `copied` so many records, `left` so many for the jobs."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """How many records went through the jobs, and into which keyspace."""

    records: int
    keyspace: str


class Unfinished(FarmstreamError):
    """The application ended before all was done; its own sentence is in its log."""


@dataclass(frozen=True)
class _Run:
    """One replay: the application's settings and the folder that it works in."""

    settings: Settings
    folder: Path
    java_home: Path

    def component(self) -> Component:
        return Component(
            name="replay", log=self.folder / "streaming.log", needs=(), prepare=self._command,
            ready=Path(self.settings.progress).exists, start_timeout=_START, stop_grace=_GRACE,
        )  # fmt: skip

    def _command(self) -> Command:
        plain: dict[str, Any] = msgspec.to_builtins(self.settings)
        config = write_toml(self.folder / "streaming.toml", plain)
        argv = (sys.executable, "-m", "streaming.app", "--config", str(config))
        return Command(argv, {"JAVA_HOME": str(self.java_home)})


def replay(
    settings: Settings, records: Iterable[Record], keyspace: str, java_home: Path, tell: Tell
) -> Replay:
    """Run the jobs of `settings` over these records into `keyspace`, which is made where it is missing."""
    target = replace(settings.cassandra, keyspace=keyspace)
    elsewhere = target != settings.cassandra
    if elsewhere:
        migrate(target)
        copy_tables(settings.cassandra, target, _MASTER)
    with tempfile.TemporaryDirectory(prefix="farmstream-replay-") as folder, _topics(settings) as prefix:
        own = _own(settings, target, Path(folder), prefix, elsewhere)
        sent = 0
        for sent in copy(own.kafka.bootstrap, prefix + READINGS.name, records):
            tell("copied", sent)
        with running(_Run(own, Path(folder), java_home).component()) as process:
            _wait(own, lambda: process.poll() is None, tell)
    return Replay(records=sent, keyspace=keyspace)


def _own(settings: Settings, target: Cassandra, folder: Path, prefix: str, elsewhere: bool) -> Settings:
    """The real-time query tells what it has done at the end of its trigger: a short one here."""
    left_out = _FROM_TABLES if elsewhere else _FROM_TABLES + _ELSEWHERE
    queries = tuple(name for name in settings.queries if name not in left_out)
    triggers = replace(settings.triggers, events=_EVENTS)
    return replace(
        settings, kafka=replace(settings.kafka, topic_prefix=prefix), cassandra=target, queries=queries,
        triggers=triggers,
        checkpoints=str(folder / "checkpoints"), progress=str(folder / "progress.json"),
    )  # fmt: skip


@contextmanager
def _topics(settings: Settings) -> Iterator[str]:
    """Topics of our own for the length of the block, which keep old records too; their prefix."""
    bootstrap, prefix = settings.kafka.bootstrap, f"replay-{uuid4().hex[:8]}-"
    names = [prefix + topic.name for topic in TOPICS]
    make_topics(bootstrap, [t._replace(name=prefix + t.name, retention_ms=_FOR_EVER) for t in TOPICS])
    try:
        yield prefix
    finally:
        client = admin(bootstrap)
        for outcome in client.delete_topics(names).values():
            with suppress(KafkaException):
                outcome.result(30)


def _wait(settings: Settings, alive: Callable[[], bool], tell: Tell) -> None:
    """Until several looks in a row find nothing left to do: what one query writes is work for the next."""
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap, "group.id": "replay", "log_level": 2})
    idle = 0
    try:
        while idle < _SETTLED:
            if not alive():
                raise Unfinished("The replay's streaming application ended early: run it again.")
            rest = left(consumer, Path(settings.checkpoints), settings.queries)
            if rest is not None:
                tell("left", rest)
            idle = idle + 1 if rest == 0 else 0
            time.sleep(_POLL)
    finally:
        consumer.close()
