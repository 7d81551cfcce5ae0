"""Every schema of the stream, projected from `telemetry.quantities`: payload, joined record, tables.

Spark DDL strings, because `from_json` takes them as they are and they read like the tables.
"""

from telemetry.quantities import QUANTITIES

__all__ = ["JOINED", "JUDGED", "MEASURED", "PAYLOAD", "REJECTED_RECORD", "WINDOWED", "duplicates_by"]

MEASURED = tuple(q.name for q in QUANTITIES)
"""Names of the values, in the order of every table."""

_VALUES = ", ".join(f"{q.name} DOUBLE" for q in QUANTITIES)
_OLD_VALUES = ", ".join(f"{q.legacy_key} DOUBLE" for q in QUANTITIES if q.legacy_key != q.name)
_COORD = "STRUCT<lon: DOUBLE, lat: DOUBLE>"
_GATEWAY = "gateway STRING, received {}, time_source STRING, late BOOLEAN"

PAYLOAD = (
    f"id VARIANT, boot INT, seq INT, date STRING, age BIGINT, coord {_COORD}, "
    f"main STRUCT<{_VALUES}, {_OLD_VALUES}>, faults MAP<STRING, STRING>, {_GATEWAY.format('STRING')}, "
    "misfit STRING"
)
"""Both shapes of `sensor-data` at once. `id` is a variant to tell text from number; `misfit` is set
where a value has another type than its column."""

JOINED = (
    f"id STRING, boot INT, seq INT, date TIMESTAMP, coord {_COORD}, main STRUCT<{_VALUES}>, "
    f"faults MAP<STRING, STRING>, {_GATEWAY.format('TIMESTAMP')}, field_id STRING, field_name STRING"
)
"""`joined-sensor-data`: the reading with its field."""

WINDOWED = f"id STRING, boot INT, seq INT, date TIMESTAMP, main STRUCT<{_VALUES}>, field_id STRING"
"""What the windows need of it; the rest is skipped while parsing."""

JUDGED = (
    f"id STRING, boot INT, seq INT, date TIMESTAMP, main STRUCT<{_VALUES}>, faults MAP<STRING, STRING>, "
    "field_id STRING, field_name STRING"
)
"""What rules need of it."""

REJECTED_RECORD = (
    "reject_id STRING, stage STRING, source STRING, reason STRING, raw STRING, received STRING, misfit STRING"
)
"""`sensor-data-rejected`, of both stages."""

duplicates_by = ("id", "boot", "seq", "date")
"""Columns that are equal for a reading that came twice."""
