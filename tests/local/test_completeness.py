"""Nothing is lost, and it can be proved: audit and backfill of a running application."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from compose.local.java import Java, spark_java_home
from storage.session import connect
from storage.settings import Cassandra
from telemetry.clock import iso
from tests.local.storage_tables import own_keyspace
from tests.local.streaming_application import until
from tests.local.streaming_farm import expected_windows, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers

QUERIES = ["join", "readings", "windows", "downsample", "events", "alert-book", "rejected"]


@pytest.fixture(scope="module")
def world(
    kafka: Server, cassandra: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("completeness")
    home = spark_java_home(java, folder / "java")
    with world_in(folder, kafka, cassandra, jars, home, queries=QUERIES) as world:
        world.running()
        yield world


def told(world: World, command: str, *more: str) -> tuple[int, Any]:
    """Exit code and JSON of a command, with the settings of the application."""
    config = str(world.app.folder / "streaming.toml")
    words = ["--home", str(world.app.folder), command, "--config", config, "--json", *more]
    done = subprocess.run(
        [sys.executable, "-m", "compose.cli", *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_an_audit_tells_what_is_missing_what_came_twice_and_what_is_not_stored(world: World) -> None:
    at = world.hour()
    sent = [reading("e1", seq, at + seq * MINUTE / 6) for seq in range(60) if seq not in (7, 8, 30)]
    world.app.send([*sent, *sent[:5], b"no reading"])
    until(lambda: len(world.stored("e1", at)) == len(sent))
    code, audit = told(world, "audit")
    (board,) = audit["boards"]
    assert (code, audit["complete"], audit["not_stored"]) == (4, False, [])
    assert (board["sensor"], board["boot"], board["received"], board["missing"]) == ("e1", 1, len(sent), 3)
    assert (board["gaps"], board["duplicates"], audit["refused_in_kafka"]) == ([[7, 8], [30, 30]], 5, 1)
    world.app.send([reading("e1", seq, at + seq * MINUTE / 6) for seq in (7, 8, 30)])
    assert told(world, "audit")[0] == 0
    where = f"sensor_id = 'e1' AND day = '{at.date()}' AND date = '{iso(at)}' AND boot = 1 AND seq = 0"
    with connect(world.app.tables) as session:
        session.execute(f"DELETE FROM {world.app.tables.table('reading')} WHERE {where}")
    code, audit = told(world, "audit", "--patience", "1s")
    assert (code, audit["not_stored"]) == (4, [["e1", 1, 0, round(at.timestamp() * 1000)]])


def kept(world: World, tables: Cassandra) -> dict[str, list[Any]]:
    """What the jobs have written there."""
    there = ("reading", "field_window", "alert")
    with connect(tables) as session:
        return {
            name: sorted(session.execute(f"SELECT * FROM {tables.table(name)}").all(), key=repr)
            for name in there
        }


def test_a_replay_from_kafka_puts_back_what_a_table_has_lost_and_changes_nothing_else(world: World) -> None:
    at = world.hour()
    dry = [reading("w1", seq, at + seq * MINUTE / 6, moisture=12.0) for seq in range(90)]
    world.app.send([*dry, reading("w1", 90, at + 30 * MINUTE)])
    until(lambda: len(world.stored("w1", at)) == 91)
    until(world.app.settled)
    until(lambda: world.alerts("west"))
    assert told(world, "audit", "--patience", "1s")[0] == 4
    before = kept(world, world.app.tables)
    code, done = told(world, "replay", "--from", "2026-01-01")
    assert (code, done["keyspace"]) == (0, world.app.tables.keyspace)
    code, audit = told(world, "audit")
    assert (code, audit["not_stored"], audit["missing"]) == (0, [], 0)
    after = kept(world, world.app.tables)
    assert len(after["reading"]) == len(before["reading"]) + 1
    assert set(map(repr, before["reading"])) < set(map(repr, after["reading"]))
    assert (after["field_window"], after["alert"]) == (before["field_window"], before["alert"])


def test_a_replay_of_what_is_stored_gives_the_same_in_another_keyspace(
    world: World, cassandra: Server
) -> None:
    before = kept(world, world.app.tables)
    with own_keyspace(cassandra) as other:
        code, done = told(world, "replay", "--from", "2026-01-01", "--stored", "--into", other.keyspace)
        assert (code, done["keyspace"]) == (0, other.keyspace)
        assert done["records"] == len(before["reading"])
        assert kept(world, other) == before
    assert kept(world, world.app.tables) == before


def counts(world: World, table: str, at: datetime) -> dict[str, int]:
    """Readings of n2 by minute or hour, from `at` on, as a downsampled table has them."""
    since = at.replace(tzinfo=None)
    rows = [row for row in world.app.rows(table) if row["sensor_id"] == "n2" and row["start"] >= since]
    return {row["start"].isoformat()[:16]: row["count"] for row in rows}


def test_what_came_after_the_watermark_is_filled_into_its_windows(world: World) -> None:
    at = world.hour()
    early = [reading("n2", seq, at + seq * MINUTE / 4, moisture=20 + seq / 8) for seq in range(20)]
    ahead = [reading("n2", 20 + n, at + 75 * MINUTE + n * MINUTE) for n in range(3)]
    late = [reading("n2", 30 + n, at + n * MINUTE, ph=7.25) for n in range(4)]
    world.app.send(early)
    until(lambda: len(world.stored("n2", at)) == 20)
    for one in ahead:  # the watermark moves with the batch after
        world.app.send([one])
        until(world.app.settled)
    world.app.send(late)
    until(world.app.settled)
    assert until(lambda: world.app.query("windows")["dropped"]) == len(late)
    before, minutes = world.windows(at), world.app.rows("reading_1m")
    _, planned = told(world, "backfill", "--dry-run")
    assert (world.windows(at), world.app.rows("reading_1m")) == (before, minutes)
    code, days = told(world, "backfill")
    assert (code, days, sum(day["readings"] for day in days)) == (0, planned, len(late))
    got = {key: {name: row[name] for name in expected} for key, row in world.windows(at).items()
           if (expected := expected_windows([*early, *ahead, *late]).get(key))}  # fmt: skip
    assert got == expected_windows([*early, *ahead, *late])
    assert counts(world, "reading_1m", at) == Counter(one["date"][:16] for one in [*early, *ahead, *late])
    assert sorted(counts(world, "reading_1h", at).values()) == [len(ahead), len(early) + len(late)]
    marked = {row["seq"] for row in world.stored("n2", at) if row["after_watermark"]}
    assert marked == {one["seq"] for one in late}
    assert told(world, "backfill") == (0, [])
    assert told(world, "audit")[1]["after_watermark"] == len(late)
