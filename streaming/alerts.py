"""Dry spells: from window means to alerts, in plain Python.

A grower wants one alert for a dry field, not one for each of the overlapping windows of a dry hour. So an
alert is a run of consecutive dry windows: the first one opens it and names it, further ones update it,
the first window that is no longer dry closes it. Which alerts there are depends on the windows alone, not
on the order or the batches in which they came: a repeat or a replay gives the same ones.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from telemetry.clock import iso
from telemetry.soil import ROOT_DEPTH, TEXTURES, missing_water

__all__ = ["RULE", "Alert", "Window", "advice", "alert_id", "spells"]

RULE = "soil-moisture-low"


class Window(Struct, frozen=True, kw_only=True):
    """A field's window: `moisture` (mean), `threshold` and `wilting_point` in % volumetric water content.

    `soil` is a texture class; what is missing is worked out over `root_depth` (m).
    """

    field_id: str
    field_name: str
    start: datetime
    end: datetime
    count: int
    moisture: float | None
    threshold: float | None
    wilting_point: float = 0.0
    soil: str = ""
    root_depth: float = ROOT_DEPTH

    @property
    def dry(self) -> bool | None:
        """Below the threshold; None where there is no mean or no threshold to judge by."""
        if self.moisture is None or self.threshold is None:
            return None
        return self.moisture < self.threshold

    @property
    def missing_mm(self) -> float | None:
        """Water up to field capacity; None where the soil is not known."""
        texture = TEXTURES.get(self.soil)
        if texture is None or self.moisture is None:
            return None
        return round(missing_water(texture, self.moisture, self.root_depth), 1)


class Alert(Struct, frozen=True, kw_only=True):
    """A run of dry windows of one field.

    `value` is the latest mean, `lowest` the least of the run, `updated` the event time of the last change.
    `severity` is `critical` once a mean was at the wilting point of the field's soil or below. `missing_mm`
    is what an irrigation is to bring, by the latest mean (telemetry.soil.missing_water).
    """

    alert_id: str
    severity: str
    state: str = "open"
    field_id: str
    field_name: str
    opened: datetime
    updated: datetime
    closed: datetime | None = None
    value: float
    lowest: float
    threshold: float
    missing_mm: float | None = None

    @property
    def message(self) -> str:
        """One sentence for a grower."""
        name = self.field_name or self.field_id
        until = f" until {iso(self.closed)}" if self.closed else ""
        return (
            f"{name}: soil moisture {self.value:.1f} %, below {self.threshold:.1f} % "
            f"since {iso(self.opened)}{until} (lowest {self.lowest:.1f} %).{advice(self.missing_mm)}"
        )


def advice(missing_mm: float | None) -> str:
    """What to do about dry soil; nothing where the soil is not known."""
    return "" if missing_mm is None else f" Missing to field capacity: {missing_mm:.0f} mm."


def alert_id(field_id: str, start: datetime) -> str:
    """sha256 over rule, field and the start of the first dry window; 32 hex digits of it."""
    return sha256(f"{RULE}|{field_id}|{iso(start)}".encode()).hexdigest()[:32]


def spells(windows: Iterable[Window], before: Alert | None = None) -> Iterator[Alert]:
    """The alerts that ended windows of one field, oldest first, amount to; `before` is one still open."""
    current = before
    for window in windows:
        if window.dry:
            current = _continued(current, window) if current else _opened(window)
        elif window.dry is False and current:
            yield _closed(current, window)
            current = None
    if current:
        yield current


def _opened(window: Window) -> Alert:
    moisture, threshold = _measured(window)
    return Alert(
        alert_id=alert_id(window.field_id, window.start),
        severity=_severity(moisture, window),
        field_id=window.field_id,
        field_name=window.field_name,
        opened=window.end,
        updated=window.end,
        value=moisture,
        lowest=moisture,
        threshold=threshold,
        missing_mm=window.missing_mm,
    )


def _continued(alert: Alert, window: Window) -> Alert:
    moisture, threshold = _measured(window)
    worse = _severity(moisture, window)
    return msgspec.structs.replace(
        alert,
        severity=alert.severity if alert.severity == "critical" else worse,
        updated=window.end,
        value=moisture,
        lowest=min(alert.lowest, moisture),
        threshold=threshold,
        missing_mm=window.missing_mm,
    )


def _closed(alert: Alert, window: Window) -> Alert:
    return msgspec.structs.replace(alert, state="closed", updated=window.end, closed=window.end)


def _severity(moisture: float, window: Window) -> str:
    return "critical" if moisture <= window.wilting_point else "warning"


def _measured(window: Window) -> tuple[float, float]:
    assert window.moisture is not None and window.threshold is not None  # noqa: S101 - it is dry
    return window.moisture, window.threshold
