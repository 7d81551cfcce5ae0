"""The rules in Spark's built-ins and in plain Python say the same of the same readings."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from pyspark.sql import SparkSession

from streaming.facts import applies, event_id, judged
from streaming.judge import broken, rule_table
from streaming.judge import event_id as spark_event_id
from telemetry.rule import Rule

pytestmark = pytest.mark.servers

START = datetime(2026, 6, 1, 22, 0, 0, 123000, tzinfo=UTC)
PLACES = {"1": ("north", "loam"), "2": ("south", "sand"), "3": (None, None)}
SCOPES: tuple[tuple[Any, str], ...] = (
    ("everywhere", ""), ("sensor", "1"), ("field", "south"), ("soil", "loam"),
)  # fmt: skip
KINDS: tuple[tuple[Any, float | None], ...] = (
    ("below", 5.0), ("above", 60.0), ("missing", None), ("impossible", None), ("silent", 5.0),
)  # fmt: skip
VALUES = (-41.0, 0.0, 4.9, 5.0, 60.0, 60.1, 100.5, None)
SCHEMA = (
    "id STRING, boot INT, seq INT, date TIMESTAMP, field_id STRING, soil STRING, faults MAP<STRING, STRING>, "
    "temperature DOUBLE, humidity DOUBLE, ph DOUBLE, moisture DOUBLE"
)


def all_rules() -> tuple[Rule, ...]:
    both = enumerate(product(SCOPES, KINDS, ("temperature", "ph"), (True, False)))
    return tuple(
        Rule(
            rule=f"r{n}", scope=scope, target=target, comparison=kind, threshold=level, enabled=on,
            quantity="board" if kind == "silent" else quantity,
        )
        for n, ((scope, target), (kind, level), quantity, on) in both
    )  # fmt: skip


def all_readings() -> list[tuple[Any, ...]]:
    rows = []
    for n, (sensor, value, reason) in enumerate(product(PLACES, VALUES, (None, "crc", "absent"))):
        faults = {} if value is not None or reason is None else {"temperature": reason, "ph": reason}
        counters = (None, None) if n % 5 == 0 else (3, n)
        date = START + timedelta(seconds=n, milliseconds=n)
        rows.append((sensor, *counters, date, *PLACES[sensor], faults, value, 50.0, value, None))
    return rows


def test_both_judge_alike_and_give_the_same_ids(spark: SparkSession) -> None:
    rules, readings = all_rules(), all_readings()
    frame = spark.createDataFrame(readings, SCHEMA)
    found = broken(frame, spark.createDataFrame(rule_table(rules))).select(
        "rule", spark_event_id().alias("id")
    )
    expected = {
        (rule.rule, event_id(rule.rule, sensor, boot, seq, date))
        for sensor, boot, seq, date, field, soil, faults, temperature, _, ph, _ in readings
        for rule in rules
        if rule.quantity != "board" and applies(rule, sensor, field, soil)
        if judged(rule, ph if rule.quantity == "ph" else temperature, faults.get(rule.quantity))
    }
    got = [(row["rule"], row["id"]) for row in found.collect()]
    assert len(got) == len(set(got))
    assert set(got) == expected
    assert {rule for rule, _ in got} > {"r0", "r4"}


def test_what_real_time_mode_cannot_do_is_refused(spark: SparkSession) -> None:
    assert spark.conf.get("spark.sql.streaming.realTimeMode.allowlistCheck") == "true"
