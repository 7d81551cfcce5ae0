"""`kill -9` of Spark's driver in every phase of a batch: nothing is lost, nothing doubled.

The phases are made, not waited for: the connection to Cassandra lets nothing through (the batch has begun),
or a part of the writes, or all of them and none of the answers (written, not committed). What is sent
comes into Kafka at once, so that it is one batch.
"""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from compose.local.java import Java, spark_java_home
from compose.local.processes import family
from telemetry.topics import JOINED
from tests.local.streaming_application import Row, until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers

SENT = 400
QUERIES = ["readings", "windows", "downsample"]
PHASES = ("before the writes", "during the writes", "before the commit", "after the commit")


@pytest.fixture(scope="module")
def world(
    cassandra: Server, kafka: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("phases")
    home = spark_java_home(java, folder / "java")
    with world_in(folder, kafka, cassandra, jars, home, queries=QUERIES) as world:
        yield world


@pytest.mark.parametrize("phase", PHASES)
def test_kill_9_of_the_driver(world: World, phase: str) -> None:
    at = begin(world)
    reach(world, phase, at)
    if phase == "after the commit":
        world.app.kill()  # Python alone: its JVM is left over
    else:
        kill_all(world)
    world.network.release()
    world.running()
    check(world, at)


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


def sent(at: datetime) -> list[Row]:
    return [joined("e1", seq, at + seq * MINUTE / 60) for seq in range(SENT)]


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
        world.network.hold_answers(after=30_000)
    world.app.send(sent(at), JOINED)
    until((offsets / batch).exists)
    if phase == "after the commit":
        until(done)
        return
    if phase == "before the writes":
        assert not stored(world, "e1", at)
    elif phase == "during the writes":
        assert 0 < until(lambda: len(stored(world, "e1", at))) < SENT
    else:
        until(lambda: len(stored(world, "e1", at)) == SENT)
    assert not done()


def check(world: World, at: datetime) -> None:
    """All of it is there once: in the table, in the windows and in the minutes."""
    until(world.app.settled, 300)
    assert stored(world, "e1", at) == [*range(SENT)]
    expected = expected_windows(sent(at))
    windows = {key: row for key, row in world.windows(at).items() if key in expected}
    assert {key: {name: row[name] for name in expected[key]} for key, row in windows.items()} == expected
    minutes = [row for row in world.app.rows("reading_1m") if row["start"] >= at.replace(tzinfo=None)]
    assert sum(row["count"] for row in minutes if row["sensor_id"] == "e1") == SENT
    assert world.app.query("windows").get("dropped", 0) == 0
