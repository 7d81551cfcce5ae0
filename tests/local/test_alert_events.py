"""The real-time query on real Kafka and Cassandra: which events, how fast, and the same after a replay."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from compose.local.java import Java, spark_java_home
from storage.migrate import migrate
from storage.rules import write_rules
from storage.session import connect
from telemetry.clock import utc_now
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS
from tests.local.storage_tables import own_keyspace
from tests.local.streaming_application import Application, Row, until
from tests.local.streaming_farm import plant, reading
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers

RULES = (
    Rule(rule="t-all", quantity="temperature", comparison="above", threshold=30.0),
    Rule(
        rule="t-sensor",
        scope="sensor",
        target="n2",
        quantity="temperature",
        comparison="above",
        threshold=25.0,
    ),
    Rule(rule="t-field", scope="field", target="south", quantity="ph", comparison="below", threshold=5.0),
    Rule(rule="t-soil", scope="soil", target="loam", quantity="moisture", comparison="below", threshold=12.0),
    Rule(rule="t-off", quantity="temperature", comparison="above", threshold=-40.0, enabled=False),
)


@pytest.fixture(scope="module")
def app(
    kafka: Server, cassandra: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Application, Path]]:
    folder = tmp_path_factory.mktemp("events")
    java_home = spark_java_home(java, folder / "java")
    with own_keyspace(cassandra) as tables:
        migrate(tables)
        plant(tables)
        with connect(tables) as session:
            write_rules(session, tables, RULES)
        paths = [str(jar) for jar in jars["spark"].files]
        app = Application(folder, kafka, tables, jars=paths, queries=["events"])
        app.started_for(java_home)
        yield app, java_home
        app.close()


def events(app: Application) -> dict[str, Row]:
    """Event id → event; the same id always has the same content."""
    found: dict[str, Row] = {}
    for key, value in app.messages(ALERT_EVENTS):
        assert found.setdefault(key, value) == value
    return found


def rules_of(app: Application, sensor: str) -> set[str]:
    return {e["rule"] for e in events(app).values() if e["sensor_id"] == sensor}


def test_each_broken_rule_is_an_event_of_its_own_within_moments(app: tuple[Application, Path]) -> None:
    it, at = app[0], utc_now() - timedelta(minutes=5)
    it.send([reading("e1", 1, at, temperature=31.0)])
    until(lambda: rules_of(it, "e1") == {"t-all"}, 300)  # the application is just starting
    it.send([
        reading("n2", 1, at, temperature=26.0), reading("n2", 2, at, temperature=25.0),
        reading("s1", 1, at, ph=4.5), reading("w1", 1, at, ph=4.5, moisture=11.0),
        reading("stranger", 1, at, temperature=31.0, moisture=11.0),
        reading("e2", 1, at, ph=14.5, humidity=None) | {"faults": {"humidity": "crc"}},
        reading("e2", 2, at, temperature=None) | {"faults": {"temperature": "absent"}},
        reading("e2", 3, at, temperature=35.0) | {"date": "1999-01-01T00:00:00Z"},
    ])  # fmt: skip
    expected = {
        "n2": {"t-sensor"}, "s1": {"t-field"}, "w1": {"t-soil", "wilting-loam"}, "stranger": {"t-all"},
        "e2": {"ph-impossible", "soil-too-alkaline", "humidity-missing"},
    }  # fmt: skip
    until(lambda: {sensor: rules_of(it, sensor) for sensor in expected} == expected)
    assert len(events(it)) == 1 + sum(map(len, expected.values()))
    [one] = [e for e in events(it).values() if e["rule"] == "t-soil"]
    assert (one["value"], one["threshold"], one["field_id"], one["field_name"]) == (
        11.0,
        12.0,
        "west",
        "West",
    )
    [one] = [e for e in events(it).values() if e["rule"] == "humidity-missing"]
    assert (one["value"], one["fault"], one["seq"], one["severity"]) == (None, "crc", 1, "warning")


def test_a_changed_rule_is_live_without_a_restart_of_the_application(app: tuple[Application, Path]) -> None:
    it = app[0]
    with connect(it.tables) as session:
        write_rules(session, it.tables, [Rule(rule="new", quantity="ph", comparison="above", threshold=8.0)])
    seqs = iter(range(10, 100_000))

    def live() -> bool:
        it.send([reading("e1", next(seqs), utc_now(), ph=8.5)])
        return "new" in rules_of(it, "e1")

    until(live, 300)


def test_a_replay_gives_the_same_ids(app: tuple[Application, Path]) -> None:
    it, java_home = app
    before, count = events(it), it.count(ALERT_EVENTS)
    assert it.stop() == 0
    shutil.rmtree(it.checkpoints)
    it.started_for(java_home)
    until(lambda: it.count(ALERT_EVENTS) >= count + len(before))
    assert events(it).keys() == before.keys() | {k for k, e in events(it).items() if e["rule"] == "new"}
