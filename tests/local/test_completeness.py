"""Nothing is lost, and it can be proved: audit and backfill of a running application."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

import pytest

from compose.local.java import Java, spark_java_home
from storage.resolutions import RESOLUTIONS
from storage.session import connect
from storage.settings import Cassandra
from telemetry.clock import iso, to_epoch_ms, utc_now
from telemetry.rejected import rejected_record
from telemetry.topics import REJECTED
from tests.local.storage_tables import own_keyspace
from tests.local.streaming_application import Row, until
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


def test_an_audit_tells_what_is_missing_what_came_twice_and_what_was_refused(world: World) -> None:
    at = world.hour()
    sent = [
        reading("e1", seq, at + seq * MINUTE / 6) | {"late": seq < 11}
        for seq in range(60)
        if seq not in (7, 8, 30)
    ]
    unset = reading("e1", 60, at) | {"date": "1970-01-01T00:00:01Z"}
    world.app.send([*sent, *sent[:5], unset, b"no reading"])
    world.app.send([rejected_record("mqtt:farm/e1/reading", b"{", "not JSON", at)], REJECTED)
    until(lambda: len(world.stored("e1", at)) == len(sent))
    until(lambda: len(world.app.rows("rejected")) == 3)
    code, audit = told(world, "audit")
    (board,) = audit["boards"]
    assert (code, audit["complete"], audit["not_stored"]) == (4, False, [])
    assert (board["sensor"], board["boot"], board["received"], board["missing"]) == ("e1", 1, len(sent), 3)
    assert (board["gaps"], board["duplicates"], audit["refused_in_kafka"]) == ([[7, 8], [30, 30]], 5, 2)
    assert (board["rejected"], audit["rejected"]) == (2, {"stream": 2, "gateway": 1})
    assert (board["late"], audit["late"]) == (9, 9)  # of the eleven in the backlog two never came
    lags = quantiles(lags_of(world, "e1", at), n=100, method="inclusive")
    wanted = [pytest.approx(lags[percent - 1], abs=0.001) for percent in (50, 99)]
    assert [board["lag_p50_s"], board["lag_p99_s"]] == wanted == [audit["lag_p50_s"], audit["lag_p99_s"]]
    world.app.send([reading("e1", seq, at + seq * MINUTE / 6) for seq in (7, 8, 30)])
    assert told(world, "audit")[0] == 0


def lags_of(world: World, sensor: str, at: datetime) -> list[float]:
    """Seconds from the date of each of its readings to the write of its row."""
    of = f"FROM {world.app.tables.table('reading')} WHERE sensor_id = '{sensor}' AND day = '{at.date()}'"
    with connect(world.app.tables) as session:
        rows = session.execute(f"SELECT date, writetime(late) AS written {of}").all()
    return [row.written / 1e6 - row.date.replace(tzinfo=UTC).timestamp() for row in rows]


def kept(world: World, tables: Cassandra) -> dict[str, list[Any]]:
    """What the jobs have written there."""
    there = ("reading", "field_window", "alert", *(each.table for each in RESOLUTIONS))
    with connect(tables) as session:
        return {
            name: sorted(session.execute(f"SELECT * FROM {tables.table(name)}").all(), key=repr)
            for name in there
        }


def same(found: dict[str, list[Any]], expected: dict[str, list[Any]]) -> bool:
    """Whether all tables hold the same; names the one that does not."""
    for name, rows in expected.items():
        assert found[name] == rows, name
    return True


def settled(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without the days of n2, whose late readings `backfill` adds when the day is over."""
    return tables | {"reading_1d": [row for row in tables["reading_1d"] if row.sensor_id != "n2"]}


def counts(world: World, table: str, at: datetime) -> dict[str, int]:
    """Readings of n2 by minute or hour, from `at` on, as a downsampled table has them."""
    since = at.replace(tzinfo=None)
    rows = [row for row in world.app.rows(table) if row["sensor_id"] == "n2" and row["start"] >= since]
    return {row["start"].isoformat()[:16]: row["count"] for row in rows}


def test_what_came_too_late_is_filled_in_and_a_replay_of_a_part_leaves_it_there(world: World) -> None:
    """It begins in the middle of a minute, of windows, of a dry spell; what came too late is in it."""
    at = world.hour()
    dry = [reading("w1", seq, at + seq * MINUTE / 6, moisture=12.0) for seq in range(90)]
    early = [reading("n2", seq, at + seq * MINUTE / 4, moisture=20 + seq / 8) for seq in range(20)]
    ahead = [reading("n2", 20 + n, at + 75 * MINUTE + n * MINUTE) for n in range(3)]
    late = [reading("n2", 23 + n, at + n * MINUTE, ph=7.25) for n in range(4)]
    world.app.send([*early, *dry[:45]])
    until(world.app.settled)
    edge = utc_now()
    world.app.send([*dry[45:], reading("w1", 90, at + 30 * MINUTE)])
    for one in ahead:  # the watermark moves with the batch after
        world.app.send([one])
        until(world.app.settled)
    world.app.send(late)
    until(world.app.settled)
    assert until(lambda: world.app.query("windows")["dropped"]) == len(late)
    filled_in(world, at, [*early, *ahead, *late], {one["seq"] for one in late})
    until(lambda: world.alerts("west"))
    replayed(world, edge, 46 + len(ahead) + len(late), dry[50])
    assert told(world, "backfill") == (0, [])


def filled_in(world: World, at: datetime, all_of_n2: Sequence[Row], late: set[int]) -> None:
    """By `backfill`, and a dry run changes nothing."""
    before = kept(world, world.app.tables)
    _, planned = told(world, "backfill", "--dry-run")
    assert same(kept(world, world.app.tables), before)
    code, days = told(world, "backfill")
    assert (code, days, sum(day["readings"] for day in days)) == (0, planned, len(late))
    got = {key: {name: row[name] for name in expected} for key, row in world.windows(at).items()
           if (expected := expected_windows(all_of_n2).get(key))}  # fmt: skip
    assert got == expected_windows(all_of_n2)
    assert counts(world, "reading_1m", at) == Counter(one["date"][:16] for one in all_of_n2)
    assert sorted(counts(world, "reading_1h", at).values()) == [3, len(all_of_n2) - 3]
    assert {row["seq"] for row in world.stored("n2", at) if row["after_watermark"]} == late


def replayed(world: World, edge: datetime, records: int, lost: Row) -> None:
    """It puts back what the table has lost, and changes nothing else."""
    before = kept(world, world.app.tables)
    at = lost["date"]
    where = f"sensor_id = 'w1' AND day = '{at[:10]}' AND date = '{at}' AND boot = 1 AND seq = 50"
    with connect(world.app.tables) as session:
        session.execute(f"DELETE FROM {world.app.tables.table('reading')} WHERE {where}")
    code, audit = told(world, "audit", "--patience", "1s")
    assert (code, audit["not_stored"]) == (4, [["w1", 1, 50, to_epoch_ms(datetime.fromisoformat(at))]])
    code, done = told(world, "replay", "--from", iso(edge))
    assert (code, done) == (0, {"records": records, "keyspace": world.app.tables.keyspace})
    code, audit = told(world, "audit")
    assert (code, audit["not_stored"], audit["missing"], audit["after_watermark"]) == (0, [], 0, 4)
    assert same(kept(world, world.app.tables), before)


def test_a_replay_of_what_is_stored_gives_the_same_in_another_keyspace(
    world: World, cassandra: Server
) -> None:
    before = kept(world, world.app.tables)
    with own_keyspace(cassandra) as other:
        code, done = told(world, "replay", "--from", "2026-01-01", "--stored", "--into", other.keyspace)
        assert (code, done["keyspace"]) == (0, other.keyspace)
        assert done["records"] == len(before["reading"])
        unmarked = [row._replace(after_watermark=None) for row in before["reading"]]  # as of `backfill` alone
        assert same(settled(kept(world, other)), settled(before | {"reading": unmarked}))
    assert same(kept(world, world.app.tables), before)
