"""Kafka records of `sensor-data` to typed columns: canonical JSON, and the flat JSON of older boards.

Built-ins only, and it refuses what `telemetry.payload.decode_payload` refuses (the golden vectors hold
both to it). Nothing here raises on any bytes: what does not parse becomes nulls, for `validate` to name.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.faults import faults
from streaming.schema import MEASURED, PAYLOAD
from telemetry.payload import MAX_PAYLOAD
from telemetry.quantities import quantity

__all__ = ["EVIDENCE", "MAX_AGE", "READING", "STRICT", "instant", "parse"]

STRICT = {
    "columnNameOfCorruptRecord": "misfit",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
}
"""JSON as the standard has it, none of Jackson's leniencies."""

EVIDENCE = ("partition", "offset", "timestamp", "value")
"""Where a record lies in Kafka, when it came and its bytes."""

READING = (
    "id", "boot", "seq", "date", "lon", "lat", *MEASURED, "faults",
    "gateway", "received", "time_source", "late",
)  # fmt: skip
"""A reading as flat columns; of `table reading`, all but the key columns made from them."""

MAX_AGE = 2**40
"""Milliseconds since measured, as `telemetry.reading` bounds them."""

_RFC3339 = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$"
_LEGACY = r"^\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}$"


def parse(records: DataFrame, legacy_time_zone: str = "UTC") -> DataFrame:
    """EVIDENCE, READING and what `validate` judges: `text`, `whole`, `r` (as it came), `legacy`."""
    text = F.when(F.length("value") <= MAX_PAYLOAD, F.col("value").cast("string"))
    raw = records.select(*EVIDENCE, F.try_validate_utf8(text).alias("text"))
    parsed = raw.select(
        *EVIDENCE,
        "text",
        _values().alias("whole"),
        F.from_json("text", PAYLOAD, STRICT).alias("r"),
    )
    legacy = parsed.select("*", _is_legacy().alias("legacy"))
    return legacy.select(
        *EVIDENCE, "text", "whole", "r", "legacy",
        F.try_variant_get("r.id", "$", "string").alias("id"),
        F.when(~F.col("legacy"), F.col("r.boot")).alias("boot"),
        F.when(~F.col("legacy"), F.col("r.seq")).alias("seq"),
        F.when(F.col("legacy"), _legacy_date(legacy_time_zone)).otherwise(_date()).alias("date"),
        F.col("r.coord.lon").alias("lon"),
        F.col("r.coord.lat").alias("lat"),
        *(_value(name).alias(name) for name in MEASURED),
        faults(_can_miss(), F.col("r.faults"), F.col("legacy")).alias("faults"),
        F.col("r.gateway").alias("gateway"),
        instant(F.col("r.received")).alias("received"),
        F.coalesce("r.time_source", F.when(_dateless(), F.lit("gateway"))).alias("time_source"),
        F.coalesce("r.late", F.lit(False)).alias("late"),
    )  # fmt: skip


def instant(text: Column) -> Column:
    """The instant of RFC 3339 `text` in whole milliseconds; null where it is none or bears no zone."""
    common = (F.length(text) == 24) & (F.substring(text, 11, 1) == "T") & F.endswith(text, F.lit("Z"))
    usual = F.when(common, text.try_cast("timestamp"))  # a tenth of the cost of a regular expression
    other = F.when(~common & text.rlike(_RFC3339), F.upper(text).try_cast("timestamp"))
    return _whole_ms(F.coalesce(usual, other))


def _values() -> Column:
    """How many JSON values the text is, null where it is no JSON: 1 for a payload.

    Counted as the elements of an array. A text that closes this array itself (`{}],[`) gives itself away,
    because an element that is added at the end then does not count.
    """
    count = F.json_array_length(F.concat(F.lit("["), "text", F.lit("]")))
    more = F.json_array_length(F.concat(F.lit("["), "text", F.lit(",0]")))
    return F.when(~F.contains("text", F.lit("]")) | (more == count + 1), count)


def _is_legacy() -> Column:
    """Older boards send the id as a number."""
    kind = F.schema_of_variant("r.id")
    return F.coalesce(kind == "BIGINT", F.lit(False))


def _dateless() -> Column:
    return ~F.col("legacy") & F.col("r.date").isNull()


def _date() -> Column:
    """The board's date, else when the record came less its age: the rule of the serial line."""
    age = F.coalesce("r.age", F.lit(0))
    come = F.when(age.between(0, MAX_AGE), F.timestamp_millis(F.unix_millis("timestamp") - age))
    return F.when(F.col("r.date").isNull(), come).otherwise(instant(F.col("r.date")))


def _legacy_date(zone: str) -> Column:
    date = F.when(F.col("r.date").rlike(_LEGACY), F.col("r.date"))
    return F.to_utc_timestamp(F.try_to_timestamp(date, F.lit("yyyy/M/d H:m:s")), zone)


def _whole_ms(at: Column) -> Column:
    return F.timestamp_millis(F.unix_millis(at))


def _value(name: str) -> Column:
    key = quantity(name).legacy_key
    if key == name:
        return F.col(f"r.main.{name}")
    return F.when(F.col("legacy"), F.col(f"r.main.{key}")).otherwise(F.col(f"r.main.{name}"))


def _can_miss() -> dict[str, Column]:
    return {name: _value(name) for name in MEASURED} | {"coord": F.col("r.coord")}
