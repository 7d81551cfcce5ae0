"""From boards to tables with mosquitto: whatever is killed, each reading is stored exactly once.

One pipeline for all of this file, a fleet with ids of its own for each test; `tests.local.spine` compares
every reading, refused frame, window and alert with the fleet's manifest.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

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


def test_five_thousand_readings_with_faults_and_one_of_2035(spine: Pipeline) -> None:
    run = Run(spine, Scenario("31", boards=350, span=150, speed=12, fields=6)).start()
    run.wait_sent(0.3)
    now = datetime.now(UTC)
    run.feed.readings(40, now - timedelta(seconds=140), now - timedelta(seconds=10))
    run.feed.malformed()
    run.feed.future()
    run.finish()
    assert run.scenario.expected > 5000
    assert {alert["field_id"] for alert in run.found.alerts} == {run.dry_field}
    assert run.found.dry_messages and run.found.alert_messages
    refused = messages(spine.bootstrap, "sensor-data-rejected").values()
    (told,) = [value for value in refused if "2035" in value["reason"]]
    assert told["reason"].startswith("date 2035-01-01 00:00:00 is more than 10m after its arrival")
    assert (told["stage"], told["source"]) == ("stream", "kafka:sensor-data")


def test_kill_9_of_each_part_in_the_middle_changes_nothing(spine: Pipeline) -> None:
    """One by one, with boards of its own each; the readings of one may be on their way at the next."""
    runs = [
        Run(spine, Scenario(name, flat=flat)).interrupted(partial(spine.kill_and_wait, component))
        for name, component, flat in (
            ("32", "gateway", 0.3),
            ("33", "mqtt", 0.0),  # a board without an acknowledgement of its own is covered up to the broker
            ("34", "fluentd", 0.3),
            ("35", "streaming", 0.3),
        )
    ]
    for run in reversed(runs):  # the last one first: what comes in moves the farm's newest reading
        run.reconcile()


def test_down_and_kill_9_of_everything_in_the_middle_and_up_go_on(spine: Pipeline) -> None:
    def down_and_up() -> None:
        spine.down()
        spine.up()

    def kill_and_up() -> None:
        spine.kill_all_but("fluentd")
        told = farmstream(spine.home, "status", "--json")
        assert told.returncode == 3
        states = {name: part["state"] for name, part in json.loads(told.stdout)["components"].items()}
        assert states.pop("fluentd") == "left over"
        assert set(states.values()) == {"stopped"}
        spine.up()

    runs = [
        Run(spine, Scenario("37", boards=100)).interrupted(down_and_up),
        Run(spine, Scenario("38", boards=100, flat=0.0)).interrupted(kill_and_up),
    ]
    for run in reversed(runs):  # the last one first: what comes in moves the farm's newest reading
        run.reconcile()
