"""`kill -9` of Spark's driver and of Cassandra in every phase of a batch of query `readings`.

The phases are made, not waited for: the connection to Cassandra lets nothing through (the batch has begun),
a part of the writes, or all of the writes and none of the answers.
"""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from subprocess import Popen

import pytest

from compose.local.cassandra import Cassandra
from compose.local.java import Java, spark_java_home
from compose.local.process import running
from compose.local.processes import family
from tests.local.streaming_application import until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, Server, cassandra_in, make_home

pytestmark = pytest.mark.servers

SENT = 400
QUERIES = ["join", "readings", "windows", "rejected"]
"""Few, as the application is started again and again."""
PHASES = ("before the writes", "during the writes", "after the writes", "after the commit")


class Tables:
    """A Cassandra that can be killed and started again."""

    def __init__(self, service: Cassandra) -> None:
        self._service = service
        self.server = Server("127.0.0.1", service.port)
        self.start()

    def start(self) -> None:
        """Start it, with what it has on disk."""
        self._running = running(self._service)
        self._process: Popen[bytes] = self._running.__enter__()

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """In order."""
        self._running.__exit__(None, None, None)


@pytest.fixture(scope="module")
def tables(java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    made = Tables(cassandra_in(make_home(tmp_path_factory.mktemp("killed") / "home"), java, jars))
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def world(
    tables: Tables, kafka: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("phases")
    home = spark_java_home(java, folder / "java")
    with world_in(folder, kafka, tables.server, jars, home, queries=QUERIES) as world:
        yield world


def kill_driver(world: World) -> None:
    """Python and JVM at once."""
    assert world.app.process
    for who in family(world.app.process.pid):
        os.kill(who.pid, signal.SIGKILL)
    world.app.process.wait()


def stored(world: World, at: datetime) -> int:
    return sum(row["date"] >= at.replace(tzinfo=None) for row in world.stored("e1", at))


def reach(world: World, phase: str, at: datetime) -> None:
    """Send, and come back in this phase of a batch that holds some of it."""
    commits: Path = world.app.checkpoints / "readings" / "commits"
    offsets = commits.parent / "offsets"
    last = max(int(path.name) for path in offsets.glob("[0-9]*"))
    begun: Callable[[], bool] = (offsets / str(last + 1)).exists
    done: Callable[[], bool] = (commits / str(last + 1)).exists
    sent = [reading("e1", seq, at + seq * MINUTE / 60) for seq in range(SENT)]
    if phase == "before the writes":
        world.network.hold_questions()
    elif phase == "during the writes":
        world.network.hold_questions(after=30_000)
    elif phase == "after the writes":
        world.network.hold_answers()
    world.app.send(sent)
    if phase == "after the commit":
        until(done)
        return
    until(begun)
    if phase == "before the writes":
        assert stored(world, at) == 0
    elif phase == "during the writes":
        assert 0 < until(lambda: stored(world, at)) < SENT
    else:
        until(lambda: stored(world, at) == world.app.pending("readings"))
    assert not done()


def check(world: World, at: datetime) -> None:
    """All of it is there once, in the table and in the windows."""
    sent = [reading("e1", seq, at + seq * MINUTE / 60) for seq in range(SENT)]
    until(lambda: stored(world, at) == SENT)
    until(world.app.settled)
    assert sorted(row["seq"] for row in world.stored("e1", at) if row["date"] >= at.replace(tzinfo=None)) == [
        *range(SENT)
    ]
    expected = expected_windows(sent)
    got = {key: row["count"] for key, row in world.windows(at).items() if key in expected}
    assert got == {key: row["count"] for key, row in expected.items()}
    assert world.app.query("windows").get("dropped", 0) == 0


@pytest.mark.parametrize("phase", PHASES)
def test_kill_9_of_the_driver(world: World, phase: str) -> None:
    world.running()
    at = world.hour()
    reach_from_a_batch(world, phase, at)
    kill_driver(world)
    world.network.release()
    world.running()
    check(world, at)


@pytest.mark.parametrize("phase", PHASES)
def test_kill_9_of_cassandra(world: World, tables: Tables, phase: str) -> None:
    world.running()
    at = world.hour()
    reach_from_a_batch(world, phase, at)
    tables.kill()
    world.network.cut()
    world.network.release()
    tables.start()
    world.network.mend()
    check(world, at)


def reach_from_a_batch(world: World, phase: str, at: datetime) -> None:
    """With one batch done before, so that the next one's number is known."""
    world.app.send([reading("s1", 0, at)])
    until(lambda: any(row["date"] >= at.replace(tzinfo=None) for row in world.stored("s1", at)))
    until(world.app.settled)
    reach(world, phase, at)
