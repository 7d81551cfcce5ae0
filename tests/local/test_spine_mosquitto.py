"""From boards to tables with mosquitto: whatever is killed, each reading is stored exactly once.

One pipeline for all of this file, a fleet with ids of its own for each test; `tests.local.spine` compares
every reading, refused frame, window and alert with the fleet's manifest.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.local.pipeline import farmstream
from tests.local.spine import Run, Scenario
from tests.local.spine_farm import messages
from tests.local.spine_pipeline import Pipeline, pipeline
from tests.servers import mosquitto_program

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    mosquitto_program()
    with pipeline(tmp_path_factory.mktemp("spine"), "mosquitto") as running:
        yield running


def test_five_thousand_readings_with_faults(spine: Pipeline) -> None:
    run = Run(spine, Scenario("31", boards=350, span=150, speed=12, fields=6)).start()
    run.wait_sent(0.3)
    now = datetime.now(UTC)
    run.feed.readings(40, now - timedelta(seconds=140), now - timedelta(seconds=10))
    run.feed.malformed()
    run.finish()
    assert run.scenario.expected > 5000
    assert {alert["field_id"] for alert in run.found.alerts} == {run.dry_field}
    assert run.found.dry_messages and run.found.alert_messages


@pytest.mark.parametrize(
    ("name", "component", "flat"),
    [
        ("32", "gateway", 0.3),
        ("33", "mqtt", 0.0),  # a board without an acknowledgement of its own is covered up to the broker
        ("34", "fluentd", 0.3),
        ("35", "streaming", 0.3),
    ],
)
def test_kill_9_in_the_middle_changes_nothing(
    spine: Pipeline, name: str, component: str, flat: float
) -> None:
    run = Run(spine, Scenario(name, flat=flat)).start()
    run.wait_sent(0.3)
    spine.kill_and_wait(component)
    run.finish()


def test_a_reading_dated_2035_is_refused_and_the_windows_go_on(spine: Pipeline) -> None:
    run = Run(spine, Scenario("36", boards=8, fields=2))
    now = datetime.now(UTC)
    run.feed.readings(20, now - timedelta(seconds=100), now - timedelta(seconds=50))
    run.feed.future()
    run.reconcile()
    run.feed.readings(20, now - timedelta(seconds=50), now)
    run.reconcile()
    refused = messages(spine.bootstrap, "sensor-data-rejected").values()
    (told,) = [value for value in refused if "2035" in value["reason"]]
    assert told["reason"].startswith("date 2035-01-01 00:00:00 is more than 10m after its arrival")
    assert (told["stage"], told["source"]) == ("stream", "kafka:sensor-data")


def test_down_and_up_in_the_middle_go_on(spine: Pipeline) -> None:
    run = Run(spine, Scenario("37", boards=100)).start()
    run.wait_sent(0.3)
    spine.down()
    spine.up()
    run.finish()


def test_kill_9_of_everything_and_up_go_on(spine: Pipeline) -> None:
    run = Run(spine, Scenario("38", boards=100, flat=0.0)).start()
    run.wait_sent(0.3)
    spine.kill_all_but("fluentd")
    told = farmstream(spine.home, "status", "--json")
    assert told.returncode == 3
    states = {name: part["state"] for name, part in json.loads(told.stdout)["components"].items()}
    assert states.pop("fluentd") == "left over"
    assert set(states.values()) == {"stopped"}
    spine.up()
    run.finish()
