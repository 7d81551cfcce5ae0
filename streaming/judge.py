"""Which rules a reading breaks, by Spark's built-ins alone: the real-time query may use nothing else.

`streaming.facts.judged` is its twin in plain Python; a test holds the two equal.
"""

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.schema import MEASURED
from telemetry.quantities import QUANTITIES
from telemetry.rule import Rule

__all__ = ["RULE_SCHEMA", "broken", "event_id", "rule_table", "scoped"]

RULE_SCHEMA = pa.schema([
    ("scope", pa.string()), ("rule", pa.string()), ("quantity", pa.string()), ("comparison", pa.string()),
    ("threshold", pa.float64()), ("severity", pa.string()),
])  # fmt: skip
"""The rules as `broken` takes them; `scope` is `scope|target`, what a reading's own scopes are joined by."""

_ISO = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"


def rule_table(rules: tuple[Rule, ...]) -> pa.Table:
    """Rows of RULE_SCHEMA for the enabled rules about values; never none, as Spark would drop the stream."""
    names = RULE_SCHEMA.names[1:]
    rows = [
        {"scope": f"{rule.scope}|{rule.target}"} | {name: getattr(rule, name) for name in names}
        for rule in rules
        if rule.enabled and rule.comparison != "silent"
    ]
    return pa.Table.from_pylist(rows or [{"scope": "nowhere|"}], RULE_SCHEMA)


def scoped(readings: DataFrame) -> DataFrame:
    """A row for each scope of a reading with `id, field_id, soil`: everywhere, its sensor, field and soil."""
    scopes = [F.lit("everywhere|"), *(_scope(n, of) for n, of in (("sensor", "id"), ("field", "field_id")))]
    return readings.withColumn("scope", F.explode(F.array(*scopes, _scope("soil", "soil"))))


def broken(readings: DataFrame, rules: DataFrame) -> DataFrame:
    """Rows of `scoped`, with `faults` and the values, once for each rule that they break."""
    ruled = scoped(readings).join(F.broadcast(rules), "scope")
    return ruled.withColumn("measured", _value()).where(_breaks())


def event_id() -> Column:
    """32 hex digits of sha256 over rule, sensor, boot, seq and date: the same after a replay."""
    counters = (F.coalesce(name, F.lit(-1)) for name in ("boot", "seq"))
    words = F.concat_ws("|", "rule", "id", *counters, F.date_format("date", _ISO))
    return F.substring(F.sha2(words, 256), 1, 32)


def _scope(name: str, of: str) -> Column:
    return F.concat(F.lit(f"{name}|"), F.col(of))


def _value() -> Column:
    return F.coalesce(*(F.when(F.col("quantity") == name, F.col(name)) for name in MEASURED))


def _breaks() -> Column:
    value, threshold, kind = F.col("measured"), F.col("threshold"), F.col("comparison")
    reason = F.try_element_at("faults", F.col("quantity"))
    outside = [
        (F.col("quantity") == q.name) & ((value < q.low) | (value > q.high)) for q in QUANTITIES
    ]  # nothing else: null compares to null, and `where` leaves it out
    return (
        ((kind == "below") & (value < threshold))
        | ((kind == "above") & (value > threshold))
        | ((kind == "missing") & value.isNull() & (reason != "absent"))
        | ((kind == "impossible") & F.coalesce(*(F.when(each, True) for each in outside), F.lit(False)))
    )
