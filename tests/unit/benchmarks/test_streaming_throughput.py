"""Part `throughput`: what is fed, and how a rate is told."""

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from benchmarks.streaming.filling import DENSE, SPARSE, readings, refusals
from benchmarks.streaming.throughput import CASES, Case, _part, pace
from streaming.settings import QUERIES
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


def test_rejected_records_are_those_of_the_contract_each_of_its_own() -> None:
    made = [json.loads(value) | {"key": key} for key, value in refusals(4001, END)]
    assert len({record["reject_id"] for record in made}) == 4001
    assert all(record["key"] == record["reject_id"] and record["stage"] == "gateway" for record in made)


def test_every_query_that_works_on_records_has_a_figure() -> None:
    measured = {name for _, _, queries in CASES for names in queries for name in names}
    assert {*QUERIES} - measured == {"events", "predictions"}  # one is part `alerts`, one reads no records


def test_where_parse_failed_the_others_are_told_all_the_same() -> None:
    found = [
        Case(topics=topics, queries=queries, rows_per_s=rate, us_cpu={"kafka": 1.0}, batches=[], failed=why)
        for topics, queries, rate, why in (
            ("dense", "parse", 0.0, "no memory"), ("dense", "join + readings", 9000.0, ""),
            ("sparse", "parse", 50_000.0, ""), ("sparse", "join + readings", 5000.0, ""),
        )
    ]  # fmt: skip
    part = _part(found)
    assert [row[3] for row in part.rows[1:]] == ["–", "–", "1.00", "0.10"]
    assert part.figures["ingest_rows_per_s"] == 9000.0
    assert part.notes == ("parse failed: no memory",)
