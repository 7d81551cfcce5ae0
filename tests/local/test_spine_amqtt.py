"""The same with amqtt, shorter. It does not send again what the gateway did not acknowledge: boards do."""

from collections.abc import Iterator

import pytest

from tests.local.spine import Run, Scenario
from tests.local.spine_pipeline import Pipeline, pipeline

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def spine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with pipeline(tmp_path_factory.mktemp("spine"), "amqtt") as running:
        yield running


def test_readings_with_faults_and_kill_9_of_the_gateway(spine: Pipeline) -> None:
    undisturbed = Run(spine, Scenario("41")).start().end()
    run = Run(spine, Scenario("42", flat=0.0)).interrupted(lambda: spine.kill_and_wait("gateway"))
    for each in (run, undisturbed):
        each.reconcile()
