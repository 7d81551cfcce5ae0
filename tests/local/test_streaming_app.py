"""The application on real Kafka and Cassandra, in the order of this file: each test has its own hour.

The last ones replay everything, on the Java of the wheel, and then with windows of another length. It is
killed in the tests of each phase of a batch, of alerts, and of the whole pipeline.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from compose.local.java import Java, spark_java_home
from storage.resolutions import RESOLUTIONS
from streaming.alerts import alert_id
from telemetry.clock import iso
from telemetry.quality import decode
from telemetry.rejected import rejected_record
from telemetry.topics import ALERTS, DRY_WINDOWS, JOINED, REJECTED
from tests.local.streaming_application import Row, until
from tests.local.streaming_farm import expected_windows, place, reading
from tests.local.streaming_world import MINUTE, World, world_in
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers

QUERIES = ["join", "readings", "windows", "alert-book", "rejected", "downsample", "quality", "hourly"]
"""Those of the others have tests of their own."""


@pytest.fixture(scope="module")
def world(
    kafka: Server, cassandra: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("streaming")
    home = spark_java_home(java, folder / "java")
    with world_in(folder, kafka, cassandra, jars, home, queries=QUERIES) as world:
        yield world


@pytest.fixture(autouse=True)
def _running(world: World) -> None:
    world.running()


def same(windows: Mapping[Any, Row], expected: Mapping[Any, Row]) -> bool:
    """Whether the stored windows are the expected ones, in all that these say."""
    got = {key: {name: row[name] for name in expected.get(key, ())} for key, row in windows.items()}
    return got == expected


def test_both_shapes_become_rows_with_their_field(world: World) -> None:
    at = world.hour()
    tokyo = at.replace(tzinfo=None) + 9 * 60 * MINUTE
    canonical = reading("n2", 1, at, ph=None) | {"faults": {"ph": "crc"}, "gateway": "g", "received": iso(at)}
    canonical |= {"time_source": "board", "late": True}
    main = {"humidity": 50.1, "temperature": 20.3, "ph": 6.4, "whc": 31.2}
    flat = {"id": 1851632, "date": f"{tokyo:%Y/%m/%d %H:%M:%S}", "coord": {"lon": 139.36, "lat": 35.33}}
    world.app.send([canonical, flat | {"main": main}])
    [row] = until(lambda: world.stored("n2", at))
    came = at.replace(tzinfo=None)
    values = {"temperature": 20.5, "humidity": 50.25, "ph": None, "moisture": 30.125, "lon": 1.5, "lat": 2.5}
    assert {name: row[name] for name in values} == values
    assert (row["date"], row["received"], row["boot"], row["seq"]) == (came, came, 1, 1)
    assert (row["field_id"], row["gateway"], row["time_source"], row["late"]) == ("north", "g", "board", True)
    assert dict(row["faults"]) == {"ph": "crc"}
    [row] = until(lambda: world.stored("1851632", at))
    assert (row["date"], row["boot"], row["seq"], row["field_id"]) == (came, -1, -1, "north")
    assert (row["moisture"], row["ph"], row["lon"], row["late"]) == (31.2, 6.4, 139.36, False)
    joined = dict(world.app.messages(JOINED))
    assert joined["1851632"]["main"] == {"temperature": 20.3, "humidity": 50.1, "ph": 6.4, "moisture": 31.2}
    assert joined["n2"] == canonical | {"field_id": "north", "field_name": "North"}


def test_a_change_in_the_master_is_seen_without_a_restart(world: World) -> None:
    at = world.hour()
    world.app.send([reading("new", 0, at)])
    [row] = until(lambda: world.stored("new", at))
    assert row["field_id"] is None
    assert row["moisture"] == 30.125
    place(world.app.tables, {"new": "lake"})
    seqs = iter(range(1, 1000))

    def placed() -> list[Row]:
        world.app.send([reading("new", seq := next(seqs), at + seq * MINUTE / 60)])
        return [row for row in world.stored("new", at) if row["field_id"] == "lake"]

    first = until(placed)[0]
    windows = until(lambda: [row for (field, _), row in world.windows(at).items() if field == "lake"])
    assert all(row["count"] <= next(seqs) - first["seq"] for row in windows)
    assert world.stored("new", at)[0]["field_id"] is None


def test_readings_carry_their_quality(world: World) -> None:
    at = world.hour()
    moisture = [30.0, 30.0, 30.0, 60.0, 30.0, 30.0]
    sent = [reading("q1", seq, at + seq * MINUTE / 6, moisture=value) for seq, value in enumerate(moisture)]
    world.app.send(sent)
    until(lambda: [row["quality"] for row in world.stored("q1", at)] == [1, 1, 3, 4, 4, 1])
    spiked = world.stored("q1", at)[3]
    assert decode(spiked["quality_tests"])["moisture"] == {
        "gross_range": 1, "climatology": 2, "spike": 4, "rate_of_change": 4, "flat_line": 1, "anomaly": 2
    }  # fmt: skip
    assert spiked["moisture"] == 60.0


def test_what_is_refused_is_kept_with_its_reason_and_the_windows_go_on(world: World) -> None:
    at = world.hour()
    good = reading("s1", 1, at)
    refused: dict[bytes | None, str] = {
        b"\xff\x00 not JSON": "not JSON: not UTF-8",
        b"{" * 2000: "not JSON",
        None: "the record has no value",
        json.dumps(good | {"date": "2035-01-01T00:00:00Z"}).encode(): "is more than 10m after its arrival",
        json.dumps(good | {"date": "1970-01-01T00:00:01Z"}).encode(): "is before 2000",
        b'{"id":7,"date":"2035/01/01 00:00:00","main":{"whc":1}}': "is more than 10m after its arrival",
        b'{"id":7,"date":"1970/01/02 00:00:00","main":{"whc":1}}': "is before 2000",
        json.dumps(good | {"main": {"ph": "6"}}).encode(): "a value is of the wrong type",
        json.dumps(good | {"id": {"a": [1]}}).encode(): "id is missing or is no board's id",
        b"x" * 9000: "payload of 9000 bytes is longer than 4096",
    }
    before = {row["reject_id"] for row in world.app.rows("rejected")}
    world.app.send([*refused, good, reading("s1", 2, at + MINUTE)])
    rows = until(lambda: len(now := _since(world, before)) == len(refused) and now)
    found = {row["raw"]: row for row in rows}
    for raw, reason in refused.items():
        row = found[(raw or b"")[:4096]]
        assert reason in row["reason"]
        assert (row["stage"], row["source"]) == ("stream", "kafka:sensor-data")
    told = {key: message["reason"] for key, message in world.app.messages(REJECTED)}
    assert all(told[row["reject_id"]] == row["reason"] for row in rows)
    topic, partition, offset = rows[0]["reject_id"].split("/")
    assert (topic, partition.isdigit(), offset.isdigit()) == ("sensor-data", True, True)
    wanted = expected_windows([good, reading("s1", 2, at + MINUTE)])
    assert until(lambda: same(world.windows(at), wanted))


def _since(world: World, before: set[str]) -> list[Row]:
    return [row for row in world.app.rows("rejected") if row["reject_id"] not in before]


def test_foreign_records_in_our_own_topics_stop_no_query(world: World) -> None:
    foreign = [b"\xff", b"[]", b'{"id":"' + b"x" * 70_000 + b'","date":"2026-01-01T00:00:00Z"}', None]
    ours = rejected_record("mqtt:farm/7/reading", b"from the gateway", "not JSON", world.hour())
    world.app.send(foreign, JOINED)
    world.app.send([*foreign, ours | {"id": 0}], REJECTED)
    rows = until(lambda: [row for row in world.app.rows("rejected") if row["raw"] == b"from the gateway"])
    assert (rows[0]["reject_id"], rows[0]["stage"]) == (ours["reject_id"], "gateway")
    assert until(lambda: len(_foreign(world)) == len(foreign))


def _foreign(world: World) -> list[Row]:
    return [row for row in world.app.rows("rejected") if row["reason"] == "not a rejected record"]


def test_windows_count_each_reading_once_leave_nulls_out_and_take_late_ones(world: World) -> None:
    at = world.hour()
    early = [reading("n2", seq, at + seq * MINUTE / 4, moisture=20 + seq / 8) for seq in range(20)]
    early += [reading("1851632", seq, at + seq * MINUTE, ph=None, moisture=None) for seq in range(6)]
    world.app.send([*early, *early[:7]])
    assert until(lambda: same(world.windows(at), expected_windows(early)))
    world.app.send(early[3:9])
    ahead, late = reading("n2", 50, at + 9 * MINUTE), reading("1851632", 51, at + 2 * MINUTE, ph=7.5)
    world.app.send([ahead])

    def moved_on() -> bool:
        world.app.send(early[:1])  # the watermark moves with the next batch
        return bool((world.app.query("windows").get("watermark") or "") >= iso(at - MINUTE))

    until(moved_on)
    world.app.send([late, *early])
    assert until(lambda: same(world.windows(at), expected_windows([*early, ahead, late])))


def test_an_alert_is_opened_and_withdrawn(world: World) -> None:
    at = world.hour()
    dry = [reading("w1", seq, at + seq * MINUTE / 60, moisture=17.0) for seq in (1, 2)]
    world.app.send([*dry, reading("w1", 3, at + 6 * MINUTE, moisture=25.0)])
    [alert] = until(lambda: world.alerts("west"))
    first = at - 4 * MINUTE
    assert alert["alert_id"] == alert_id("west", first)
    assert (alert["state"], alert["severity"], alert["value"]) == ("open", "warning", 17.0)
    assert alert["opened"] == (at + MINUTE).replace(tzinfo=None)
    assert (alert["threshold"], alert["rule"], alert["closed"]) == (20.0, "soil-moisture-low", None)
    world.app.send([reading("w1", 4, at + MINUTE / 10, moisture=95.0)])
    until(lambda: world.alerts("west")[0]["state"] == "withdrawn")
    states = [message["state"] for key, message in world.app.messages(ALERTS) if key == alert["alert_id"]]
    assert (states[0], states[-1]) == ("open", "withdrawn")
    told = [value for key, value in world.app.messages(DRY_WINDOWS) if key == f"west|{iso(first)}"]
    assert [value["dry"] for value in told] == [True, False]
    assert told[0]["mean_moisture"] == 17.0


def test_a_cassandra_that_is_away_is_caught_up_with(world: World) -> None:
    at, process = world.hour(), world.app.process
    before = world.app.count(JOINED)
    sent = [reading("e1", seq, at + seq * MINUTE / 30) for seq in range(300)]
    world.network.cut()
    world.app.send(sent)
    until(lambda: world.app.count(JOINED) >= before + len(sent))
    assert world.stored("e1", at) == []
    world.network.mend()
    assert until(lambda: len(world.stored("e1", at)) == len(sent))
    assert until(lambda: same(world.windows(at), expected_windows(sent)))
    assert process is world.app.process
    assert process
    assert process.poll() is None


def test_a_replay_on_the_wheel_changes_nothing(world: World, wheel_java_home: Path) -> None:
    tables = ["reading", "field_window", "alert", "rejected", "reading_latest"]
    tables += [each.table for each in RESOLUTIONS]
    at = world.hour()
    world.app.send([reading("n2", 900 + n, at + n * MINUTE) for n in range(3)])  # for where it runs alone
    until(lambda: world.windows(at))
    until(world.app.settled)
    assert until(lambda: world.app.query("windows"))["dropped"] == 0
    before = {table: _kept(world, table) for table in tables}
    assert world.app.stop() == 0
    shutil.rmtree(world.app.checkpoints)
    world.app.start(wheel_java_home)
    until(world.app.settled)
    for table in tables:
        assert _kept(world, table) == before[table], table


def test_a_query_whose_state_no_longer_fits_starts_anew_and_the_others_go_on(world: World) -> None:
    minutes, checkpoints = world.app.rows("reading_1m"), world.app.checkpoints
    begun = {name: (checkpoints / name / "metadata").read_text() for name in ("windows", "downsample")}
    assert world.app.stop() == 0
    world.app.start(world.java_home, window="10m", queries=["windows", "downsample"])
    until(lambda: "Query windows starts anew from what Kafka holds" in world.app.log.read_text())
    until(world.app.settled)
    (aside,) = checkpoints.glob("windows.*")
    assert (
        (aside / "metadata").read_text()
        == begun["windows"]
        != (checkpoints / "windows" / "metadata").read_text()
    )
    assert (checkpoints / "downsample" / "metadata").read_text() == begun["downsample"]
    readings = [value for _, value in world.app.messages(JOINED) if value.get("field_id")]
    rows = {(row["field_id"], row["window_start"]): row for row in world.app.rows("field_window")}
    assert same(rows, expected_windows(readings, 10))
    assert all(row["window_end"] - row["window_start"] == 10 * MINUTE for row in rows.values())
    assert world.app.rows("reading_1m") == minutes
    assert world.app.stop() == 0


def _kept(world: World, table: str) -> list[Row]:
    """The table but for the sensor whose field was changed: a replay finds it there from the start."""
    return [r for r in world.app.rows(table) if r.get("sensor_id") != "new" and r.get("field_id") != "lake"]
