"""Alerts about sensors on real Kafka and Cassandra, in the order of this file.

First the events of the real-time query: which, and how soon. Then what the alert book makes of them: opened,
closed, not flapping. At last it is killed, and begins anew.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from compose.local.java import Java
from storage.rules import write_rules
from storage.session import connect
from streaming.facts import event_id
from telemetry.clock import utc_now
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS, ALERTS, READINGS
from tests.local.alert_farm import SECOND, Farm, alert_farm
from tests.local.streaming_application import Row, until
from tests.local.streaming_farm import reading
from tests.servers import Jars, Server

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def farm(
    kafka: Server, cassandra: Server, java: Java, jars: Jars, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Farm]:
    with alert_farm(tmp_path_factory.mktemp("book"), kafka, cassandra, java, jars) as farm:
        yield farm


def test_each_broken_rule_is_an_event_of_its_own_within_moments(farm: Farm) -> None:
    at = utc_now() - timedelta(minutes=5)
    farm.app.send([reading("e4", 1, at, temperature=31.0)])
    until(lambda: farm.broken("e4") == {"t-all"}, 300)  # the application is just starting
    farm.app.send([
        reading("n3", 1, at, temperature=26.0), reading("n3", 2, at, temperature=25.0),
        reading("s2", 1, at, ph=4.5), reading("w2", 1, at, ph=4.5, moisture=11.0),
        reading("stranger", 1, at, temperature=31.0, moisture=11.0),
        reading("e3", 1, at, ph=14.5, humidity=None) | {"faults": {"humidity": "crc"}},
        reading("e3", 2, at, temperature=None) | {"faults": {"temperature": "absent"}},
        reading("e3", 3, at, temperature=35.0) | {"date": "1999-01-01T00:00:00Z"},
    ])  # fmt: skip
    expected = {
        "n3": {"t-sensor"}, "s2": {"t-field"}, "w2": {"dry", "t-soil", "wilting-loam"},
        "stranger": {"t-all"}, "e3": {"ph-impossible", "soil-too-alkaline", "humidity-missing", "lasting"},
    }  # fmt: skip
    until(lambda: {sensor: farm.broken(sensor) for sensor in expected} == expected)
    assert len(farm.events()) == 1 + sum(map(len, expected.values()))
    [one] = [e for e in farm.events().values() if e["rule"] == "t-soil"]
    assert (one["value"], one["threshold"]) == (11.0, 12.0)
    assert (one["field_id"], one["field_name"]) == ("west", "West")
    [one] = [e for e in farm.events().values() if e["rule"] == "humidity-missing"]
    assert (one["value"], one["fault"], one["seq"], one["severity"]) == (None, "crc", 1, "warning")


def naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None, microsecond=at.microsecond // 1000 * 1000)


def test_one_alert_for_a_spell_with_the_id_of_its_first_reading(farm: Farm) -> None:
    at = utc_now() - timedelta(minutes=30)
    values = [9.0, 4.0, 6.0, 3.0, 6.5, 4.5]
    farm.app.send(reading("e1", n, at + n * SECOND, temperature=v) for n, v in enumerate(values))
    [alert] = until(lambda: farm.alerts("cold", "e1"))
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


def test_foreign_records_stop_no_query(farm: Farm) -> None:
    """Which the tests after this one show."""
    unlike = {
        "kind": "breach", "event_id": "x", "rule": "cold", "severity": "warning", "sensor_id": "e1",
        "boot": 1, "seq": 1, "quantity": "temperature", "date": "2026-01-01T00:00:00", "value": 1.0,
    }  # fmt: skip
    farm.app.send([b"\xff", b"[]", None, unlike], ALERT_EVENTS)
    farm.app.send([b"\xff", b"[]", None, b"x" * 9000])
    until(farm.settled)


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
    wrong = reading("n2", 0, at) | {"received": "2035-01-01T00:00:00Z"}  # by a gateway that does not know
    farm.app.send([wrong, *(reading("s1", n, at + n * SECOND / 5) for n in range(6))])
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


def test_a_changed_rule_is_live_without_a_restart_of_the_application(farm: Farm) -> None:
    with connect(farm.app.tables) as session:
        new = Rule(rule="new", quantity="ph", comparison="above", threshold=7.5)
        write_rules(session, farm.app.tables, [new])
    seqs = iter(range(10, 100_000))

    def live() -> bool:
        farm.app.send([reading("e4", next(seqs), utc_now(), ph=7.75)])
        return "new" in farm.broken("e4")

    until(live, 300)


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


def test_killed_and_begun_anew_events_and_alerts_are_the_same(farm: Farm) -> None:
    """No checkpoint is left: each query begins with what Kafka holds.

    That they go on from their checkpoints, the tests of each phase of a batch show.
    """
    app, at, sensors = farm.app, utc_now() - timedelta(minutes=20), ("e1", "1851632")
    cold = {n for n in range(200) if n % 40 >= 30}
    rows = [
        reading(sensor, 1000 + n, at + n * SECOND, temperature=3.0 if n in cold else 9.0)
        for n in range(200)
        for sensor in sensors
    ]
    ids = {(name, n): event_id("cold", name, 1, 1000 + n, at + n * SECOND) for n in cold for name in sensors}
    app.send(rows[:230])
    until(lambda: farm.states("cold", "1851632") == ["closed", "closed", "open"])
    until(farm.settled)
    before, joined, told, events = alerts_of(farm), farm.joined(), keys_told(farm), events_of(farm)
    app.kill_all()
    app.send(rows[230:])
    shutil.rmtree(app.checkpoints)
    app.started_for(farm.java_home)
    until(lambda: farm.joined() >= joined + app.count(READINGS), 300)
    until(farm.settled, 300)
    opened = {name: {ids[name, n] for n in range(30, 200, 40)} for name in sensors}
    assert {row["alert_id"] for row in farm.alerts("cold", "1851632")} == opened["1851632"]
    assert [farm.states("cold", name)[-5:] for name in sensors] == [["closed"] * 4 + ["open"]] * 2
    new = set.union(*opened.values()) - {row["alert_id"] for row in before if row["state"] == "closed"}
    assert [row for row in alerts_of(farm) if row["alert_id"] not in new] == [
        row for row in before if row["alert_id"] not in new
    ]
    until(lambda: events_of(farm) == events | set(ids.values()))
    assert not events - (keys_told(farm) - told).keys()  # each once more
    assert app.stop() == 0


def keys_told(farm: Farm) -> Counter[str]:
    """How often each event has been told."""
    return Counter(key for key, _ in farm.app.messages(ALERT_EVENTS))


def events_of(farm: Farm) -> set[str]:
    """Ids, but of what is foreign, of silence, which is told in wall time, and of rules that have changed."""
    others = ("board-silent", "new", "dry")
    return {key for key, event in farm.events().items() if key and event["rule"] not in others}


def alerts_of(farm: Farm) -> list[Row]:
    """But for silence, which goes on in wall time between the two looks, and for a rule that came later."""
    return [row for row in farm.app.rows("alert") if row["rule"] not in ("board-silent", "new")]
