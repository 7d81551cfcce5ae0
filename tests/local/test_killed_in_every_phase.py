"""`kill -9` of Spark's driver and of Cassandra in every phase of a batch: nothing is lost, nothing doubled.

The phases are made, not waited for: the connection to Cassandra lets nothing through (the batch has begun),
or a part of the writes, or all of them and none of the answers: that is after the writes and before the
commit, which are one phase, as the commit comes at once when the last write is answered. What is sent comes
into Kafka at once, so that it is one batch.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from subprocess import Popen

import pytest

from compose.local.cassandra import Cassandra
from compose.local.java import Java, spark_java_home
from compose.local.ports import LOOPBACK
from compose.local.process import running
from compose.local.processes import family
from telemetry.topics import JOINED
from tests.local.streaming_application import Row, until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, Server, cassandra_in, make_home

pytestmark = pytest.mark.servers

SENT = {"before the writes": 400, "during the writes": 400, "before the commit": 32, "after the commit": 400}
"""Readings in the batch, by phase: all of 32 are written before any answer, with few requests in flight."""

QUERIES = ["readings", "windows", "downsample"]


class Tables:
    """A Cassandra of this file's own, which can be killed and started again with what it has on disk."""

    def __init__(self, service: Cassandra, stack: ExitStack) -> None:
        self._service, self._stack = service, stack
        self.server = Server(LOOPBACK, service.port)
        self.start()

    def start(self) -> None:
        """Until it answers."""
        self._process: Popen[bytes] = self._stack.enter_context(running(self._service))

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def tables(java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    with ExitStack() as stack:
        yield Tables(cassandra_in(make_home(tmp_path_factory.mktemp("killed") / "home"), java, jars), stack)


@pytest.fixture(scope="module")
def world(
    tables: Tables, kafka: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("phases")
    home = spark_java_home(java, folder / "java")
    with world_in(folder, kafka, tables.server, jars, home, queries=QUERIES) as world:
        yield world


@pytest.mark.parametrize("phase", SENT)
def test_kill_9_of_cassandra(world: World, tables: Tables, phase: str) -> None:
    at, process = begin(world), world.app.process
    reach(world, phase, at)
    tables.kill()
    world.network.cut()
    world.network.release()
    tables.start()
    world.app.connect_again()
    world.network.mend()
    check(world, phase, at)
    assert process is world.app.process
    assert process
    assert process.poll() is None


@pytest.mark.parametrize("phase", SENT)
def test_kill_9_of_the_driver(world: World, phase: str) -> None:
    at = begin(world)
    reach(world, phase, at)
    if phase == "after the commit":
        world.app.kill()  # Python alone: its JVM is left over
    else:
        kill_all(world)
    world.network.release()
    world.running()
    check(world, phase, at)


def kill_all(world: World) -> None:
    """Python, JVM and workers at once."""
    assert world.app.process
    for who in family(world.app.process.pid):
        os.kill(who.pid, signal.SIGKILL)
    world.app.process.wait()


def begin(world: World) -> datetime:
    """With one batch done, so that the connections are there and the next one's number is known."""
    world.running()
    at = world.hour()
    world.app.send([joined("s1", 0, at)], JOINED)
    until(lambda: stored(world, "s1", at), 300)  # Spark starts, on a machine that may be busy
    until(world.app.settled)
    return at


def joined(sensor: str, seq: int, at: datetime) -> Row:
    """As query `join` writes it."""
    field = {"s1": "south", "e1": "east"}[sensor]
    return reading(sensor, seq, at) | {"field_id": field, "field_name": field.title(), "late": False}


def sent(phase: str, at: datetime) -> list[Row]:
    return [joined("e1", seq, at + seq * MINUTE / 60) for seq in range(SENT[phase])]


def stored(world: World, sensor: str, at: datetime) -> list[int]:
    since = at.replace(tzinfo=None)
    return sorted(row["seq"] for row in world.stored(sensor, at) if row["date"] >= since)


def reach(world: World, phase: str, at: datetime) -> None:
    """Send, and come back in this phase of the batch that holds all of it."""
    commits = world.app.checkpoints / "readings" / "commits"
    offsets = commits.parent / "offsets"
    batch = str(1 + max(int(path.name) for path in offsets.glob("[0-9]*")))
    done: Callable[[], bool] = (commits / batch).exists
    if phase == "before the writes":
        world.network.hold_questions()
    elif phase == "during the writes":
        world.network.hold_questions(after=30_000)
    elif phase == "before the commit":
        world.network.hold_answers()
    world.app.send(sent(phase, at), JOINED)
    until((offsets / batch).exists)
    if phase == "after the commit":
        until(done)
        return
    if phase == "before the writes":
        assert not stored(world, "e1", at)
    elif phase == "during the writes":
        assert 0 < until(lambda: len(stored(world, "e1", at))) < SENT[phase]
    else:
        until(lambda: len(stored(world, "e1", at)) == SENT[phase])
    assert not done()


def check(world: World, phase: str, at: datetime) -> None:
    """All of it is there once: in the table, in the windows and in the minutes."""
    until(world.app.settled, 300)
    assert stored(world, "e1", at) == [*range(SENT[phase])]
    expected = expected_windows(sent(phase, at))
    windows = {key: row for key, row in world.windows(at).items() if key in expected}
    assert {key: {name: row[name] for name in expected[key]} for key, row in windows.items()} == expected
    minutes = [row for row in world.app.rows("reading_1m") if row["start"] >= at.replace(tzinfo=None)]
    assert sum(row["count"] for row in minutes if row["sensor_id"] == "e1") == SENT[phase]
    assert world.app.query("windows").get("dropped", 0) == 0
