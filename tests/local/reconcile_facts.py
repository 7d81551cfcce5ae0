"""What a reconciliation compares: the manifest's entries, what they do not say, and what was found stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["QUANTITIES", "Farm", "Found", "Key", "Row", "instant", "iso", "read_manifest"]

QUANTITIES = ("temperature", "humidity", "ph", "moisture")
Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Farm:
    """What the manifest does not say: thresholds (% by field), the windows, and when a reading is late."""

    thresholds: Mapping[str, float]
    window: timedelta
    slide: timedelta
    late_after: timedelta


@dataclass(frozen=True, kw_only=True)
class Found:
    """Rows of the tables, and the newest message of each key of the two topics of dry fields.

    `newest` is how far event time is: the latest date of any board in a field, of other fleets too.
    """

    newest: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    readings: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)
    windows: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    dry_messages: dict[str, Row] = field(default_factory=dict)
    alert_messages: dict[str, Row] = field(default_factory=dict)


def read_manifest(path: Path) -> list[Row]:
    """Readings and malformed frames; the summary left out."""
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    return [entry for entry in entries if entry["kind"] != "summary"]


def instant(text: str) -> datetime:
    """An RFC 3339 text as an aware instant."""
    return datetime.fromisoformat(text)


def iso(at: datetime) -> str:
    """The text that every topic has: UTC, three decimals."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
