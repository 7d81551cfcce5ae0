"""Alerts about sensors on real Kafka and Cassandra: opened, closed, not flapping, killed and replayed."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from compose.local.java import Java, spark_java_home
from storage.migrate import migrate
from storage.rules import write_rules
from storage.session import connect
from streaming.facts import event_id
from telemetry.clock import utc_now
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS, ALERTS, JOINED, READINGS
from tests.local.storage_tables import own_keyspace
from tests.local.streaming_application import Application, Row, until
from tests.local.streaming_farm import plant, reading
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers

SECOND = timedelta(seconds=1)
RULES = (
    Rule(rule="cold", quantity="temperature", comparison="below", threshold=5.0, clear=7.0),
    Rule(rule="lasting", quantity="ph", comparison="above", threshold=8.0, minimum=60.0),
    Rule(rule="dry", scope="soil", target="loam", quantity="moisture", comparison="below", threshold=16.0),
)
_OFTEN = {name: "200ms" for name in ("join", "silence", "alert-book")}


class Farm:
    """The application, and alerts by rule."""

    def __init__(self, app: Application, java_home: Path) -> None:
        self.app, self.java_home = app, java_home

    def alerts(self, rule: str, sensor: str) -> list[Row]:
        rows = [r for r in self.app.rows("alert") if (r["rule"], r["sensor_id"]) == (rule, sensor)]
        return sorted(rows, key=lambda row: row["opened"])

    def states(self, rule: str, sensor: str) -> list[str]:
        return [row["state"] for row in self.alerts(rule, sensor)]

    def settled(self) -> bool:
        """Whether all that was sent has been joined and judged."""
        done = self.app.done("alert-book") == self.app.count(ALERT_EVENTS) + self.app.count(JOINED)
        return done and self.app.count(JOINED) >= self.app.count(READINGS)


@pytest.fixture(scope="module")
def farm(
    kafka: Server, cassandra: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Farm]:
    folder = tmp_path_factory.mktemp("book")
    java_home = spark_java_home(java, folder / "java")
    with own_keyspace(cassandra) as tables:
        migrate(tables)
        plant(tables)
        with connect(tables) as session:
            write_rules(session, tables, RULES)
        more: dict[str, Any] = {
            "jars": [str(jar) for jar in jars["spark"].files], "triggers": _OFTEN,
            "queries": ["events", "join", "silence", "alert-book"], "silence_delay": "1s",
        }  # fmt: skip
        app = Application(folder, kafka, tables, **more)
        app.started_for(java_home)
        yield Farm(app, java_home)
        app.close()


def naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None, microsecond=at.microsecond // 1000 * 1000)


def test_one_alert_for_a_spell_with_the_id_of_its_first_reading(farm: Farm) -> None:
    at = utc_now() - timedelta(minutes=30)
    values = [9.0, 4.0, 6.0, 3.0, 6.5, 4.5]
    farm.app.send(reading("e1", n, at + n * SECOND, temperature=v) for n, v in enumerate(values))
    [alert] = until(lambda: farm.alerts("cold", "e1"), 300)  # the application is just starting
    assert alert["alert_id"] == event_id("cold", "e1", 1, 1, at + SECOND)
    assert (alert["state"], alert["severity"], alert["field_id"]) == ("open", "warning", "east")
    assert (alert["opened"], alert["threshold"]) == (naive(at + SECOND), 5.0)
    farm.app.send([reading("e1", 10, at + 10 * SECOND, temperature=7.0)])
    until(lambda: farm.states("cold", "e1") == ["closed"])
    [alert] = farm.alerts("cold", "e1")
    assert (alert["closed"], alert["value"]) == (naive(at + 10 * SECOND), 4.5)
    evidence = json.loads(alert["evidence"])
    assert (evidence["readings"], evidence["worst"], evidence["field_name"]) == (3, 3.0, "East")
    told = [value for key, value in farm.app.messages(ALERTS) if key == alert["alert_id"]]
    assert [message["state"] for message in told] == ["open", "closed"]


def test_what_does_not_last_is_no_alert(farm: Farm) -> None:
    at = utc_now() - timedelta(minutes=30)
    values = {0: 9.0, 30: 9.0, 50: 7.0, 60: 9.0, 110: 9.0}
    farm.app.send(reading("e2", n, at + n * SECOND, ph=v) for n, v in values.items())
    until(farm.settled)
    assert farm.alerts("lasting", "e2") == []
    farm.app.send([reading("e2", 120, at + 120 * SECOND, ph=9.0)])
    [alert] = until(lambda: farm.alerts("lasting", "e2"))
    assert alert["opened"] == naive(at + 120 * SECOND)
    assert json.loads(alert["evidence"])["seq"] == 60


def test_dry_soil_says_how_much_water_is_missing(farm: Farm) -> None:
    farm.app.send([reading("w1", 1, utc_now() - timedelta(minutes=30), moisture=15.5)])
    [alert] = until(lambda: farm.alerts("dry", "w1"))
    evidence = json.loads(alert["evidence"])
    assert evidence["missing_mm"] == 77.5
    assert evidence["message"].endswith("Missing to field capacity: 78 mm.")


def test_a_board_that_falls_silent_and_is_heard_again(farm: Farm) -> None:
    at = utc_now()
    farm.app.send(reading("s1", n, at + n * SECOND / 5) for n in range(6))
    seqs = iter(range(1, 100_000))

    def silent() -> bool:  # event time goes on with what other boards send
        farm.app.send([reading("n2", next(seqs), utc_now())])
        return farm.states("board-silent", "s1") == ["open"]

    until(silent, 300)
    [alert] = farm.alerts("board-silent", "s1")
    assert alert["opened"] == naive(at + SECOND) + 5 * SECOND / 5
    assert (alert["field_id"], alert["threshold"]) == ("south", 5.0)
    farm.app.send([reading("s1", 10, utc_now())])
    until(lambda: farm.states("board-silent", "s1") == ["closed"])


def test_a_rule_that_is_removed_closes_its_alerts(farm: Farm) -> None:
    assert farm.states("dry", "w1") == ["open"]
    tables = farm.app.tables
    with connect(tables) as session:
        write_rules(session, tables, [Rule(rule="dry", quantity="ph", comparison="missing", enabled=False)])
    seqs = iter(range(1, 100_000))

    def closed() -> bool:
        farm.app.send([reading("n2", next(seqs), utc_now())])
        return farm.states("dry", "w1") == ["closed"]

    until(closed, 300)


def test_killed_and_replayed_the_alerts_are_the_same(farm: Farm) -> None:
    app, at = farm.app, utc_now() - timedelta(minutes=20)
    rows = [
        reading(sensor, 1000 + n, at + n * SECOND, temperature=3.0 if n % 40 >= 30 else 9.0)
        for n in range(400)
        for sensor in ("e1", "1851632")
    ]
    app.send(rows[:400])
    until(lambda: farm.alerts("cold", "1851632"))
    app.kill()
    app.send(rows[400:])
    app.started_for(farm.java_home)
    until(lambda: len(farm.alerts("cold", "1851632")) == 10, 300)
    until(farm.settled)
    ids = {event_id("cold", "1851632", 1, 1030 + 40 * n, at + (30 + 40 * n) * SECOND) for n in range(10)}
    assert {row["alert_id"] for row in farm.alerts("cold", "1851632")} == ids
    before, joined = alerts_of(farm), app.count(JOINED)
    assert app.stop() == 0
    shutil.rmtree(app.checkpoints)
    app.started_for(farm.java_home)
    until(lambda: app.count(JOINED) >= joined + app.count(READINGS), 300)
    until(farm.settled, 300)
    assert alerts_of(farm) == before
    assert app.stop() == 0


def alerts_of(farm: Farm) -> list[Row]:
    """But for silence: it goes on in wall time between the two looks."""
    return [row for row in farm.app.rows("alert") if row["rule"] != "board-silent"]
