"""Stored readings as records of `sensor-data` again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from storage.collect import collect
from storage.days import Span
from storage.farm import READING, Farm
from storage.session import plain_errors
from streaming.audit.stored import days_stored
from streaming.records import Record
from streaming.schema import MEASURED
from streaming.tables import ABSENT
from telemetry.clock import iso, to_epoch_ms

__all__ = ["stored_records"]


def stored_records(farm: Farm, span: Span) -> Iterator[Record]:
    """The stored readings dated in the span, in the order in which they were once received."""
    days = [pair for pair in days_stored(farm, span.since.date()) if pair[1] <= span.until.date()]
    select = f"SELECT {', '.join(READING)} FROM {farm.settings.table('reading')}"  # noqa: S608
    query = f"{select} WHERE sensor_id = ? AND day = ?"
    with plain_errors(farm.settings):
        rows = collect(farm.session, query, days).to_pylist(maps_as_pydicts="strict")
    inside = [row for row in rows if span.since <= row["date"] < span.until]
    for row in sorted(inside, key=_came):
        yield Record(to_epoch_ms(_came(row)), row["sensor_id"].encode(), msgspec.json.encode(_canonical(row)))


def _came(row: dict[str, Any]) -> datetime:
    came: datetime = row["received"] or row["date"]
    return came.astimezone(UTC)


def _canonical(row: dict[str, Any]) -> dict[str, Any]:
    """`telemetry.reading.record` of what is stored."""
    out: dict[str, Any] = {"id": row["sensor_id"], "date": iso(row["date"])}
    if row["boot"] != ABSENT:
        out |= {"boot": row["boot"], "seq": row["seq"]}
    out["coord"] = None if row["lon"] is None else {"lon": row["lon"], "lat": row["lat"]}
    out["main"] = {name: row[name] for name in MEASURED}
    out["faults"] = row["faults"] or {}
    if row["received"]:
        out |= {"gateway": row["gateway"], "received": iso(row["received"])}
    return out | {"time_source": row["time_source"], "late": row["late"]}
