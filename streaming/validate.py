"""Why a parsed record is no reading: the first reason that applies, or null.

Refused are only what does not parse, what is no finite number, a position off the globe and an
impossible date; a value outside of its quantity's bounds is carried (docs/decisions/0001).
"""

from functools import reduce
from typing import get_args

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.parse import EVIDENCE, MAX_AGE, READING
from streaming.schema import MEASURED
from telemetry.clock import duration
from telemetry.payload import MAX_PAYLOAD
from telemetry.reading import BoardId

__all__ = ["EARLIEST", "validate"]

EARLIEST = "2000-01-01T00:00:00Z"
"""Earlier dates are clocks that were never set."""

_ID = str(get_args(BoardId)[1].pattern)


def validate(parsed: DataFrame, max_ahead: str = "10m") -> DataFrame:
    """EVIDENCE, READING and `reason`: null for a reading, else a sentence for the rejected record.

    A `received` that is further ahead than a date may be is left out: a gateway whose clock is wrong says
    nothing of when a reading came, and by event time no board would be heard of any more.
    """
    reasons = [*_not_json(), *_not_a_reading(), *_impossible_date(max_ahead)]
    reason = reduce(lambda chain, rule: chain.when(*rule), reasons[1:], F.when(*reasons[0]))
    received = F.when(~_ahead("received", max_ahead), F.col("received"))
    return parsed.select(*EVIDENCE, *READING, reason.alias("reason")).withColumn("received", received)


Rule = tuple[Column, Column]


def _rule(broken: Column, reason: str) -> Rule:
    return broken, F.lit(reason)


def _not_json() -> list[Rule]:
    size = F.length("value")
    too_long = F.concat(F.lit("payload of "), size, F.lit(f" bytes is longer than {MAX_PAYLOAD}"))
    return [
        _rule(F.col("value").isNull(), "the record has no value"),
        (size > MAX_PAYLOAD, too_long),
        _rule(F.col("text").isNull(), "not JSON: not UTF-8"),
        _rule(F.coalesce("whole", F.lit(0)) == 0, "not JSON"),
    ]


def _not_a_reading() -> list[Rule]:
    one_of_two = F.col("boot").isNull() != F.col("seq").isNull()
    return [
        _rule((F.col("whole") != 1) | F.col("r").isNull(), "not a reading: not one JSON object"),
        _rule(F.col("r.misfit").isNotNull(), "not a reading: a value is of the wrong type"),
        _rule(~F.coalesce(_good_id(), F.lit(False)), "not a reading: id is missing or is no board's id"),
        _rule(F.col("r.main").isNull(), "not a reading: main is missing"),
        _rule(F.col("r.received").isNotNull() & ~_came(), "not a reading: received is no RFC 3339 instant"),
        _rule(~F.col("legacy") & ~F.col("r.age").between(0, MAX_AGE), "not a reading: age is out of range"),
        _rule(one_of_two, "boot and seq come together or not at all"),
        _rule((F.col("boot") < 0) | (F.col("seq") < 0), "not a reading: boot and seq are not negative"),
        _rule(~_on_the_globe(), "not a reading: coord is not a position on the globe"),
        _rule(~_finite(), "not a reading: a value is not a finite number"),
    ]


def _impossible_date(max_ahead: str) -> list[Rule]:
    shown = F.substring("r.date", 1, 40)
    old = F.concat(F.lit("date '"), F.coalesce(shown, F.lit("")), F.lit("' is not yyyy/MM/dd HH:mm:ss"))
    new = F.concat(
        F.lit("not a reading: date '"), F.coalesce(shown, F.lit("")), F.lit("' is no RFC 3339 instant")
    )
    ahead = F.concat(F.lit("date "), F.col("date"), F.lit(f" is more than {max_ahead} after its arrival"))
    return [
        (F.col("date").isNull(), F.when(F.col("legacy"), old).otherwise(new)),
        (
            F.col("date") < F.lit(EARLIEST).cast("timestamp"),
            F.concat(F.lit("date "), "date", F.lit(" is before 2000")),
        ),
        (_ahead("date", max_ahead), ahead),
    ]


def _ahead(name: str, max_ahead: str) -> Column:
    """Whether the instant lies too far after the record's arrival in Kafka."""
    return F.col(name) > F.col("timestamp") + F.make_dt_interval(secs=F.lit(duration(max_ahead)))


def _good_id() -> Column:
    is_text = F.schema_of_variant("r.id") == "STRING"
    return (is_text & F.col("id").rlike(_ID)) | (F.col("legacy") & (F.substring("id", 1, 1) != "-"))


def _came() -> Column:
    """In the years that Python has too."""
    return F.coalesce(F.col("received").between("0001-01-02", "9999-12-31T23:59:59Z"), F.lit(False))


def _on_the_globe() -> Column:
    lon, lat = F.col("lon"), F.col("lat")
    there = lon.isNotNull() & lat.isNotNull() & lon.between(-180, 180) & lat.between(-90, 90)
    return F.col("r.coord").isNull() | there


def _finite() -> Column:
    infinity = float("inf")
    return reduce(
        Column.__and__, (F.col(name).isNull() | (F.abs(F.col(name)) < infinity) for name in MEASURED)
    )
