"""An alert as it is told: the value in `sensor-alerts`, the row in table `alert`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
from msgspec import Struct

from streaming.facts import Key
from telemetry.clock import iso
from telemetry.reading import Instant

__all__ = ["ALERT_ROWS", "Told", "told_message", "told_of", "told_rows"]

_TIME = pa.timestamp("us", tz="UTC")
ALERT_ROWS = pa.schema([
    ("day", pa.date32()), ("opened", _TIME), ("alert_id", pa.string()), ("rule", pa.string()),
    ("severity", pa.string()), ("state", pa.string()), ("field_id", pa.string()), ("sensor_id", pa.string()),
    ("updated", _TIME), ("closed", _TIME), ("value", pa.float64()), ("threshold", pa.float64()),
    ("evidence", pa.string()),
])  # fmt: skip
"""Table `alert` without the columns that are not the stream's to write: who acknowledged it, and when."""


class Told(Struct, frozen=True, kw_only=True):
    """`state` is open, closed or withdrawn; times are event time; `evidence` holds a `message` for people."""

    alert_id: Key
    rule: str
    severity: str
    state: str
    field_id: str | None = None
    sensor_id: str | None = None
    opened: Instant
    updated: Instant
    closed: Instant | None = None
    value: float | None = None
    threshold: float | None = None
    evidence: dict[str, Any] = {}


def told_message(alert: Told) -> tuple[str, dict[str, Any]]:
    """Key and value for Kafka; instants as all topics have them."""
    value = msgspec.structs.asdict(alert)
    times = {name: iso(at) for name in ("opened", "updated", "closed") if (at := value[name]) is not None}
    return alert.alert_id, value | times


def told_rows(alerts: Iterable[Told]) -> pa.Table:
    """Rows of ALERT_ROWS."""
    return pa.Table.from_pylist([_row(alert) for alert in alerts], ALERT_ROWS)


def told_of(row: Mapping[str, Any]) -> Told:
    """The alert in a row of table `alert`."""
    values = {name: row[name] for name in Told.__struct_fields__}
    times = {name: _utc(at) for name in ("opened", "updated", "closed") if (at := values[name]) is not None}
    return Told(**values | times | {"evidence": msgspec.json.decode(row["evidence"] or "{}")})


def _row(alert: Told) -> dict[str, Any]:
    evidence = msgspec.json.encode(alert.evidence).decode()
    day = alert.opened.astimezone(UTC).date()
    return msgspec.structs.asdict(alert) | {"evidence": evidence, "day": day}


def _utc(at: datetime) -> datetime:
    """Cassandra's instants come without a zone; they are UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
