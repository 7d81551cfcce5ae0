"""Part `throughput`: what is fed, and how a rate is told."""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from benchmarks.streaming.filling import DENSE, SPARSE, readings
from benchmarks.streaming.throughput import pace
from telemetry.errors import FarmstreamError
from telemetry.payload import decode_payload

END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("shape", "each"), [(DENSE, 25), (SPARSE, 1)])
def test_a_batch_holds_as_many_readings_of_a_sensor_as_are_to_be_in_a_partition(shape, each) -> None:  # type: ignore[no-untyped-def]
    batch = islice(readings(shape, 2 * shape.batch, END), shape.batch)
    assert set(Counter(sensor for sensor, _ in batch).values()) == {each}


def test_what_is_fed_is_readings_of_the_contract_up_to_now() -> None:
    fed = [json.loads(value) for _, value in readings(DENSE, 4001, END)]
    assert [fed[n]["date"] for n in (0, 2000, 4000)] == [
        "2026-02-28T23:59:30.000Z", "2026-02-28T23:59:40.000Z", "2026-02-28T23:59:50.000Z",
    ]  # fmt: skip
    assert len({(each["id"], each["boot"], each["seq"]) for each in fed}) == 4001
    assert decode_payload(json.dumps(fed[7]).encode()).id == "bench-7"


def test_the_first_batch_does_not_count_but_pauses_do() -> None:
    assert pace([(500, 0.0, 10.0), (100, 10.0, 1.0), (300, 12.0, 2.0)]) == 100.0
    with pytest.raises(FarmstreamError, match="measure more rows"):
        pace([(500, 0.0, 10.0)])
