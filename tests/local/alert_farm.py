"""An application that raises alerts about sensors, with rules of its own; its events and alerts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from compose.local.java import Java, spark_java_home
from storage.migrate import migrate
from storage.rules import write_rules
from storage.session import connect
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS, JOINED, READINGS, REJECTED
from tests.local.storage_tables import own_keyspace
from tests.local.streaming_application import Application, Row
from tests.local.streaming_farm import place, plant
from tests.servers import Jars, Server

__all__ = ["SECOND", "Farm", "alert_farm"]

SECOND = timedelta(seconds=1)
_OTHERS = {"e3": "east", "e4": "east", "n3": "north", "s2": "south", "w2": "west"}
"""Sensors of the tests of events: their alerts are not in the way of those of the others."""
_RULES = (
    Rule(rule="cold", quantity="temperature", comparison="below", threshold=5.0, clear=7.0),
    Rule(rule="lasting", quantity="ph", comparison="above", threshold=8.0, minimum=60.0),
    Rule(rule="dry", scope="soil", target="loam", quantity="moisture", comparison="below", threshold=16.0),
    Rule(rule="t-all", quantity="temperature", comparison="above", threshold=30.0),
    Rule(
        rule="t-sensor", scope="sensor", target="n3", quantity="temperature", comparison="above",
        threshold=25.0,
    ),
    Rule(rule="t-field", scope="field", target="south", quantity="ph", comparison="below", threshold=5.0),
    Rule(rule="t-soil", scope="soil", target="loam", quantity="moisture", comparison="below", threshold=12.0),
    Rule(rule="t-off", quantity="temperature", comparison="above", threshold=-40.0, enabled=False),
)  # fmt: skip
_OFTEN = {name: "500ms" for name in ("join", "silence", "alert-book")}


class Farm:
    """The application, events by id, and alerts by rule."""

    def __init__(self, app: Application, java_home: Path) -> None:
        self.app, self.java_home = app, java_home

    def events(self) -> dict[str, Row]:
        """Event id → event; the same id of a reading always has the same content."""
        found: dict[str, Row] = {}
        for key, value in self.app.messages(ALERT_EVENTS):
            assert found.setdefault(key, value) == value or value["rule"] == "board-silent"
        return found

    def broken(self, sensor: str) -> set[str]:
        """The rules that the sensor's readings have broken."""
        return {event["rule"] for event in self.events().values() if event["sensor_id"] == sensor}

    def alerts(self, rule: str, sensor: str) -> list[Row]:
        """In the order in which they were opened."""
        rows = [r for r in self.app.rows("alert") if (r["rule"], r["sensor_id"]) == (rule, sensor)]
        return sorted(rows, key=lambda row: row["opened"])

    def states(self, rule: str, sensor: str) -> list[str]:
        """Of these alerts."""
        return [row["state"] for row in self.alerts(rule, sensor)]

    def settled(self) -> bool:
        """Whether all that was sent has been joined, or refused, and judged."""
        done = self.app.done("alert-book") == self.app.count(ALERT_EVENTS) + self.app.count(JOINED)
        return done and self.joined() >= self.app.count(READINGS)

    def joined(self) -> int:
        """How many records query `join` has written; each reading is one of them, or more."""
        return self.app.count(JOINED) + self.app.count(REJECTED)


@contextmanager
def alert_farm(folder: Path, kafka: Server, cassandra: Server, java: Java, jars: Jars) -> Iterator[Farm]:
    """It is just starting."""
    java_home = spark_java_home(java, folder / "java")
    with own_keyspace(cassandra) as tables:
        migrate(tables)
        plant(tables)
        place(tables, _OTHERS)
        with connect(tables) as session:
            write_rules(session, tables, _RULES)
        more: dict[str, Any] = {
            "jars": [str(jar) for jar in jars["spark"].files], "triggers": _OFTEN,
            "queries": ["events", "join", "silence", "alert-book"], "silence_delay": "1s",
            "master_refresh": "1s",
        }  # fmt: skip
        app = Application(folder, kafka, tables, **more)
        app.started_for(java_home)
        try:
            yield Farm(app, java_home)
        finally:
            app.close()
