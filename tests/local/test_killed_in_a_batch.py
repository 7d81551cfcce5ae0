"""`kill -9` of Spark's driver before and during a batch's writes.

The phases are made, not waited for: the connection to Cassandra lets nothing through (the batch has begun),
or a part of the writes.
"""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from compose.local.java import Java, spark_java_home
from compose.local.processes import family
from tests.local.streaming_application import until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers

SENT = 400
QUERIES = ["join", "readings", "windows", "rejected"]
"""Few, as the application is started again and again."""
PHASES = ("before the writes", "during the writes")


@pytest.fixture(scope="module")
def world(
    cassandra: Server, kafka: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("phases")
    home = spark_java_home(java, folder / "java")
    with world_in(folder, kafka, cassandra, jars, home, queries=QUERIES) as world:
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
    else:
        world.network.hold_questions(after=30_000)
    world.app.send(sent)
    until(begun)
    if phase == "before the writes":
        assert stored(world, at) == 0
    else:
        assert 0 < until(lambda: stored(world, at)) < SENT
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


def reach_from_a_batch(world: World, phase: str, at: datetime) -> None:
    """With one batch done before, so that the next one's number is known."""
    world.app.send([reading("s1", 0, at)])
    until(lambda: any(row["date"] >= at.replace(tzinfo=None) for row in world.stored("s1", at)))
    until(world.app.settled)
    reach(world, phase, at)
