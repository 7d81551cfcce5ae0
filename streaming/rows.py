"""Windows and alerts as rows of `field_window` and `alert`, as Kafka messages, and back from the tables."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa

from streaming.alerts import RULE, Alert, Window
from telemetry.clock import iso
from telemetry.master import Field
from telemetry.soil import TEXTURES

__all__ = [
    "ALERT_ROWS",
    "alert_message",
    "alert_of",
    "alert_rows",
    "window_message",
    "window_of",
    "window_rows",
]

_TIME = pa.timestamp("us", tz="UTC")
ALERT_ROWS = pa.schema([
    ("day", pa.date32()), ("opened", _TIME), ("alert_id", pa.string()), ("rule", pa.string()),
    ("severity", pa.string()), ("state", pa.string()), ("field_id", pa.string()), ("updated", _TIME),
    ("closed", _TIME), ("value", pa.float64()), ("threshold", pa.float64()), ("evidence", pa.string()),
])  # fmt: skip
"""Table `alert` without the columns that are not the stream's to write: who acknowledged it, and when."""


def window_rows(changed: pa.Table, fields: Mapping[str, Field]) -> pa.Table:
    """Rows of table `field_window` from what `streaming.windows.field_windows` gives."""
    known = [fields.get(name) for name in changed["field_id"].to_pylist()]
    thresholds = pa.array([field and field.moisture_threshold for field in known], pa.float64())
    day = changed["window_start"].cast(pa.date32())
    return changed.drop_columns(["newest"]).append_column("day", day).append_column("threshold", thresholds)


def window_of(row: Mapping[str, Any], fields: Mapping[str, Field]) -> Window:
    """The window in a row of table `field_window`."""
    field = fields.get(row["field_id"])
    texture = TEXTURES.get(field.soil) if field else None
    return Window(
        field_id=row["field_id"],
        field_name=field.name if field else "",
        start=_utc(row["window_start"]),
        end=_utc(row["window_end"]),
        count=row["count"],
        moisture=row["mean_moisture"],
        threshold=row["threshold"],
        wilting_point=100.0 * texture.wilting_point if texture else 0.0,
    )


def window_message(window: Window) -> tuple[str, dict[str, Any]]:
    """Key and value for `whc-less-sensor-data`; `dry` is false where a late reading has lifted the mean."""
    value = {
        "field_id": window.field_id,
        "field_name": window.field_name,
        "window_start": iso(window.start),
        "window_end": iso(window.end),
        "count": window.count,
        "mean_moisture": window.moisture,
        "threshold": window.threshold,
        "dry": window.dry,
    }
    return f"{window.field_id}|{iso(window.start)}", value


def alert_rows(alerts: Iterable[Alert]) -> pa.Table:
    """Rows of ALERT_ROWS."""
    return pa.Table.from_pylist([_alert(alert) for alert in alerts], ALERT_ROWS)


def alert_message(alert: Alert) -> tuple[str, dict[str, Any]]:
    """Key and value for `sensor-alerts`."""
    value = _alert(alert) | {"evidence": _evidence(alert)}
    times = {name: iso(at) for name in ("opened", "updated", "closed") if (at := value[name]) is not None}
    return alert.alert_id, {name: cell for name, cell in value.items() if name != "day"} | times


def alert_of(row: Mapping[str, Any]) -> Alert:
    """The alert in a row of table `alert` that `alert_rows` made."""
    told = msgspec.json.decode(row["evidence"])
    return Alert(
        alert_id=row["alert_id"], severity=row["severity"], state=row["state"], field_id=row["field_id"],
        field_name=told["field_name"], opened=_utc(row["opened"]), updated=_utc(row["updated"]),
        closed=row["closed"] and _utc(row["closed"]), value=row["value"], lowest=told["lowest"],
        threshold=row["threshold"],
    )  # fmt: skip


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "day": alert.opened.astimezone(UTC).date(), "opened": alert.opened, "alert_id": alert.alert_id,
        "rule": RULE, "severity": alert.severity, "state": alert.state, "field_id": alert.field_id,
        "updated": alert.updated, "closed": alert.closed, "value": alert.value, "threshold": alert.threshold,
        "evidence": msgspec.json.encode(_evidence(alert)).decode(),
    }  # fmt: skip


def _evidence(alert: Alert) -> dict[str, Any]:
    return {"message": alert.message, "field_name": alert.field_name, "lowest": alert.lowest}


def _utc(at: datetime) -> datetime:
    """Cassandra's instants come without a zone; they are UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
