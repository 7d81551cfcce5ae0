"""`kill -9` of Spark's driver and of Cassandra in every phase of a batch: nothing is lost, nothing doubled.

At last Kafka is killed.

The phases are made, not waited for: the connection to Cassandra lets nothing through (the batch before is
committed, this one has begun), or a part of the writes, or all of them and none of the answers: that is after
the writes and before the commit, which are one phase, as the commit comes at once when the last write is
answered. What is sent comes into Kafka at once, so that it is one batch. Query `join` writes to Kafka alone:
it is held by a driver that stands still.
"""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from compose.local.java import Java, spark_java_home
from storage.rules import write_rules
from storage.session import connect
from streaming.facts import event_id
from telemetry.clock import iso
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS, ALERTS, JOINED, READINGS, REJECTED
from tests.local.killable import Killable
from tests.local.notify_far_end import hook
from tests.local.notify_process import Notify, alert
from tests.local.streaming_application import Row, until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, cassandra_in, kafka_in, make_home

pytestmark = pytest.mark.servers

SENT = {"before the writes": 400, "during the writes": 400, "before the commit": 32}
"""Readings by phase: all of 32 are written before any answer, with few requests in flight.

The batch before, with the first four of them, was committed just before: so this is after a commit too.
"""

QUERIES = ["events", "join", "readings", "windows", "downsample", "alert-book", "quality"]

_SLOTS = 8
"""Enough for `join` while the tasks of the others are held."""

FIRST, SPIKES, FROM_JOIN = 4, (3, 10), 20
"""A spike ends the first batch: what follows is judged by it, and ends the alert that it has begun."""


@pytest.fixture(scope="module")
def servers(
    java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Killable]]:
    """Kafka and Cassandra of this file's own."""
    home = make_home(tmp_path_factory.mktemp("killed") / "home")
    services = kafka_in(home, java, jars), cassandra_in(home, java, jars)
    with ExitStack() as stack:
        yield {service.name: Killable(service, stack) for service in services}


@pytest.fixture(scope="module")
def world(
    servers: dict[str, Killable], java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("phases")
    home = spark_java_home(java, folder / "java")
    kafka, cassandra = (servers[name].server for name in ("kafka", "cassandra"))
    with world_in(folder, kafka, cassandra, jars, home, queries=QUERIES, cores=_SLOTS) as world:
        with connect(world.app.tables) as session:
            wet = Rule(rule="wet", quantity="moisture", comparison="above", threshold=50.0)
            write_rules(session, world.app.tables, [wet])
        yield world


class Case(NamedTuple):
    """A phase, and a sensor and an hour of its own."""

    phase: str
    sensor: str
    at: datetime

    def sent(self) -> list[Row]:
        """As query `join` writes them."""
        of_field = {"field_id": "east", "field_name": "East", "late": False}
        return [self._one(self.sensor, seq) | of_field for seq in range(SENT[self.phase])]

    def for_join(self) -> list[Row]:
        """Readings of a sensor in field west, and one that is refused."""
        good = [self._one("w1", seq) for seq in range(FROM_JOIN)]
        return [*good, good[0] | {"date": "1970-01-01T00:00:01Z"}]

    def date(self, seq: int) -> datetime:
        """When it was measured."""
        return self.at + seq * MINUTE / 60

    def _one(self, sensor: str, seq: int) -> Row:
        values = {"temperature": 20.5, "humidity": 50.25, "ph": 6.5, "moisture": 30.125}
        changing = {name: value + seq % 2 / 32 for name, value in values.items()}  # no flat line
        return reading(
            sensor, seq, self.date(seq), **changing | ({"moisture": 60.0} if seq in SPIKES else {})
        )


@pytest.mark.parametrize("phase", SENT)
def test_kill_9_of_cassandra(world: World, servers: dict[str, Killable], phase: str) -> None:
    case, process = begin(world, phase, "cassandra"), world.app.process
    reach(world, case)
    servers["cassandra"].kill()
    world.network.cut()
    world.network.release()
    servers["cassandra"].start()
    world.app.connect_again()
    world.network.mend()
    check(world, case)
    assert process is world.app.process
    assert process
    assert process.poll() is None


@pytest.mark.parametrize("phase", SENT)
def test_kill_9_of_the_driver(world: World, phase: str) -> None:
    case = begin(world, phase, "driver")
    reach(world, case)
    reach_in_join(world, case)
    if phase == "before the writes":
        world.app.kill()  # Python alone: its JVM is left over
    else:
        world.app.kill_all()
    world.network.release()
    world.running()
    check(world, case)
    check_join(world, case)
    check_events(world, case)


def test_kill_9_of_kafka_under_application_and_notifiers(
    world: World, servers: dict[str, Killable], tmp_path: Path
) -> None:
    """Nothing is lost, and both stay."""
    kafka, at = servers["kafka"], world.hour()
    sent = [reading("e1", seq, at + seq * MINUTE / 30) for seq in range(100)]
    with hook() as web, ExitStack() as stack:
        notify = Notify(tmp_path, kafka.server, webhook=[{"name": "web", "url": web.url}])
        stack.callback(notify.close)
        notify.start()
        world.app.send(sent[:50])
        until(lambda: len(world.stored("e1", at)) == 50)
        notify.send(alert(1), alert(2))
        until(lambda: len(web.taken) == 2)
        kafka.kill()
        kafka.start()
        world.app.send(sent[50:])
        until(lambda: len(world.stored("e1", at)) == 100)
        until(world.app.settled)
        check_windows(world, at, sent)
        assert world.app.stop() == 0
        notify.send(alert(2), alert(3))
        until(lambda: len(web.taken) == 3)
        assert notify.stop() == 0
        assert [key for key, _ in web.taken] == ["a1-open", "a2-open", "a3-open"]


def begin(world: World, phase: str, victim: str) -> Case:
    """With one batch done, so that the connections are there and each query has a state."""
    world.running()
    case = Case(phase, f"{victim} {phase}", world.hour())
    world.app.send(case.sent()[:FIRST], JOINED)
    until(world.app.settled)
    assert stored(world, case) == [*range(FIRST)]
    return case


def stored(world: World, case: Case) -> list[int]:
    return sorted(row["seq"] for row in world.stored(case.sensor, case.at))


def reach(world: World, case: Case) -> None:
    """Send, and come back in this phase of the batch that holds all of it."""
    if case.phase == "before the commit":
        world.network.hold_answers()
    else:
        world.network.hold_questions()
    world.app.send(case.sent()[FIRST:], JOINED)
    until(lambda: world.app.under_way(["readings", "alert-book", "quality"]))
    if case.phase == "before the writes":
        assert stored(world, case) == [*range(FIRST)]
    elif case.phase == "during the writes":
        assert FIRST < until(lambda: more_are_stored(world, case)) < SENT[case.phase]
    else:
        until(lambda: len(stored(world, case)) == SENT[case.phase])
    assert world.app.done("readings") < world.app.count(JOINED)


def more_are_stored(world: World, case: Case) -> int:
    """How many, once some of the batch are."""
    world.network.let_through(2000)
    found = len(stored(world, case))
    return found if found > FIRST else 0


def reach_in_join(world: World, case: Case) -> None:
    """Query `join` too is in a batch: the driver stands still before its writes, or once it has some."""
    assert world.app.process
    before = world.app.count(JOINED)
    if case.phase == "before the writes":
        os.kill(world.app.process.pid, signal.SIGSTOP)  # which the JVM asks in each batch
        world.app.send(case.for_join())
        until(lambda: world.app.under_way(["join"]))
        assert world.app.count(JOINED) == before
        assert world.app.done("join") < world.app.count(READINGS)
    else:
        world.app.send(case.for_join())
        until(lambda: world.app.count(JOINED) > before, every=0.001)
        os.kill(world.app.process.pid, signal.SIGSTOP)


def check(world: World, case: Case) -> None:
    """All of it is there once: in the table, with its flags, in the windows, the minutes and the alerts."""
    until(world.app.settled)
    count = SENT[case.phase]
    assert stored(world, case) == [*range(count)]
    check_windows(world, case.at, case.sent())
    minutes = [row for row in world.app.rows("reading_1m") if row["sensor_id"] == case.sensor]
    assert sum(row["count"] for row in minutes) == count
    assert world.app.query("windows").get("dropped", 0) == 0
    flags = {seq + n: flag for seq in SPIKES for n, flag in ((-1, 3), (0, 4), (1, 4))}
    found = [row["quality"] for row in world.stored(case.sensor, case.at)]
    assert found == [flags.get(seq, 1) for seq in range(count)]
    check_alerts(world, case)


def check_windows(world: World, at: datetime, sent: Sequence[Row]) -> None:
    expected = expected_windows(sent)
    windows = {key: row for key, row in world.windows(at).items() if key in expected}
    assert {key: {name: row[name] for name in expected[key]} for key, row in windows.items()} == expected


def check_alerts(world: World, case: Case) -> None:
    """One for each spike, closed by the reading after it, whatever batch that was in."""
    wanted = {event_id("wet", case.sensor, 1, seq, case.date(seq)): seq for seq in SPIKES}
    rows = {row["alert_id"]: row for row in world.app.rows("alert") if row["sensor_id"] == case.sensor}
    assert rows.keys() == wanted.keys()
    for name, seq in wanted.items():
        opened, closed = (case.date(n).replace(tzinfo=None) for n in (seq, seq + 1))
        row = rows[name]
        assert (row["state"], row["opened"], row["closed"]) == ("closed", opened, closed)
        assert json.loads(row["evidence"])["readings"] == 1
    told = {(key, value["state"]) for key, value in world.app.messages(ALERTS)
            if value["sensor_id"] == case.sensor}  # fmt: skip
    assert {key for key, _ in told} == wanted.keys()
    assert {(name, "closed") for name in wanted} <= told


def check_join(world: World, case: Case) -> None:
    """Kafka may have twice what it has written; the tables have it once, and what is refused has one key."""
    rows = [row for row in world.stored("w1", case.at) if row["date"] >= case.at.replace(tzinfo=None)]
    assert [row["seq"] for row in rows] == [*range(FROM_JOIN)]
    check_windows(world, case.at, case.for_join()[:FROM_JOIN])
    refused = [value for _, value in world.app.messages(READINGS) if value["date"] < "2000"]
    assert len({key for key, _ in world.app.messages(REJECTED)}) == len(refused)


def check_events(world: World, case: Case) -> None:
    """The real-time query has told of each spike, before the kill, after it or both: the same."""
    wanted = {event_id("wet", "w1", 1, seq, case.date(seq)): iso(case.date(seq)) for seq in SPIKES}

    def told() -> set[tuple[str, str]]:
        return {(key, value["date"]) for key, value in world.app.messages(ALERT_EVENTS) if key in wanted}

    until(lambda: told() >= wanted.items())
    assert told() == set(wanted.items())
