"""Windows and alerts as rows of `field_window` and `alert`, as Kafka messages, and back from the tables."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from streaming.alerts import RULE, Alert, Window
from streaming.told import Told, told_message
from telemetry.clock import iso
from telemetry.master import Field
from telemetry.soil import ROOT_DEPTH, TEXTURES

__all__ = ["alert_message", "alert_of", "parted", "told", "window_message", "window_of", "window_rows"]


def window_rows(changed: pa.Table, fields: Mapping[str, Field]) -> pa.Table:
    """Rows of table `field_window` from what `streaming.windows.field_windows` gives."""
    known = [fields.get(name) for name in changed["field_id"].to_pylist()]
    thresholds = pa.array([field and field.moisture_threshold for field in known], pa.float64())
    day = changed["window_start"].cast(pa.date32())
    return changed.drop_columns(["newest"]).append_column("day", day).append_column("threshold", thresholds)


def parted(rows: pa.Table, stored: Iterable[Mapping[str, Any]]) -> tuple[pa.Table, list[Mapping[str, Any]]]:
    """Rows of `field_window` that count no fewer readings than stored; and the others, as they are stored.

    A stored window of another length is another one, though it is under the same key.
    """
    known = {_span(row): row for row in stored}
    own = rows.select(["field_id", "window_start", "window_end", "count"]).to_pylist()
    pairs = [(row["count"], known.get(_span(row))) for row in own]
    better = [found if found and found["count"] > count else None for count, found in pairs]
    return rows.filter(pa.array([row is None for row in better], pa.bool_())), [row for row in better if row]


def _span(row: Mapping[str, Any]) -> tuple[str, datetime, datetime]:
    return row["field_id"], _utc(row["window_start"]), _utc(row["window_end"])


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
        soil=field.soil if field else "",
        root_depth=field.root_depth if field else ROOT_DEPTH,
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


def told(alert: Alert) -> Told:
    """The alert as all alerts are told."""
    evidence = {
        "message": alert.message,
        "field_name": alert.field_name,
        "lowest": alert.lowest,
        "missing_mm": alert.missing_mm,
    }
    return Told(
        alert_id=alert.alert_id, rule=RULE, severity=alert.severity, state=alert.state,
        field_id=alert.field_id, opened=alert.opened, updated=alert.updated, closed=alert.closed,
        value=alert.value, threshold=alert.threshold, evidence=evidence,
    )  # fmt: skip


def alert_message(alert: Alert) -> tuple[str, dict[str, Any]]:
    """Key and value for `sensor-alert-events`: query `alert-book` tells it."""
    key, value = told_message(told(alert))
    return key, {"kind": "alert"} | value


def alert_of(row: Told) -> Alert:
    """The alert that `told` made into this."""
    evidence = row.evidence
    assert row.field_id is not None and row.value is not None and row.threshold is not None  # noqa: S101
    return Alert(
        alert_id=row.alert_id, severity=row.severity, state=row.state, field_id=row.field_id,
        field_name=evidence["field_name"], opened=row.opened, updated=row.updated, closed=row.closed,
        value=row.value, lowest=evidence["lowest"], threshold=row.threshold,
        missing_mm=evidence.get("missing_mm"),
    )  # fmt: skip


def _utc(at: datetime) -> datetime:
    """Cassandra's instants come without a zone; they are UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
