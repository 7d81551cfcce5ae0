"""Readings of a manifest against table `reading`: each exactly once, each cell as it was sent."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.local.reconcile_facts import QUANTITIES, Farm, Key, Row, instant

__all__ = ["dated", "reading_differences"]

_CLOCKLESS = timedelta(seconds=90)
"""A reading without a clock is dated by its arrival less its age: late by what it waited on the line."""


def reading_differences(sent: list[Row], rows: list[Row], farm: Farm) -> Iterator[str]:
    """One line for each difference."""
    found = Counter(map(_identity_of_row, rows))
    wanted = Counter(map(_identity, sent))
    yield from (f"the manifest has reading {key} {n} times" for key, n in wanted.items() if n > 1)
    yield from (f"reading {key} is not stored" for key in wanted.keys() - found.keys())
    yield from (f"reading {key} was never sent" for key in found.keys() - wanted.keys())
    yield from (f"reading {key} is stored {n} times" for key, n in found.items() if n > 1)
    stored = {_identity_of_row(row): row for row in rows}
    for entry in sent:
        if row := stored.get(_identity(entry)):
            wrong = {name: (row[name], value) for name, value in _cells(entry) if row[name] != value}
            wrong |= _wrong_times(entry, row, farm)
            if wrong:
                yield f"reading {_identity(entry)} is stored with (found, expected): {wrong}"


def dated(sent: list[Row], rows: list[Row]) -> list[tuple[datetime, Row]]:
    """Readings of fields with their dates: of a board without a clock, the one that the gateway gave it."""
    stored = {_identity_of_row(row): row for row in rows}
    found = []
    for entry in sent:
        row = stored.get(_identity(entry))
        date = instant(entry["date"]) if entry["date"] else row and row["date"]
        if date and entry["field_id"] is not None:
            found.append((date, entry))
    return found


def _identity(entry: Row) -> Key:
    """`(id, boot, seq)`, or `(id, date)` of a board that counts neither."""
    if entry["seq"] is None:
        return entry["id"], instant(entry["date"])
    return entry["id"], entry["boot"], entry["seq"]


def _identity_of_row(row: Row) -> Key:
    if row["seq"] == -1:
        return row["sensor_id"], row["date"]
    return row["sensor_id"], row["boot"], row["seq"]


def _cells(entry: Row) -> Iterator[tuple[str, Any]]:
    yield "field_id", entry["field_id"]
    yield from ((name, entry["coord"] and entry["coord"][name]) for name in ("lon", "lat"))
    yield from ((name, entry["main"][name]) for name in QUANTITIES)
    yield "faults", entry["faults"]
    direct = entry["via"] == "kafka"
    yield "gateway", None if direct else "gateway-1"
    source = "gateway" if entry["date"] is None else None if direct else "board"
    yield "time_source", source


def _wrong_times(entry: Row, row: Row, farm: Farm) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    measured = instant(entry["date"] or entry["measured"])
    waited = entry["date"] is None and entry["via"] != "kafka"
    if not measured <= row["date"] <= measured + (_CLOCKLESS if waited else timedelta()):
        wrong["date"] = (row["date"], measured)
    if row["day"] != row["date"].date():
        wrong["day"] = (row["day"], row["date"].date())
    late = row["received"] is not None and row["received"] - row["date"] > farm.late_after
    if row["late"] != late:
        wrong["late"] = (row["late"], late)
    return wrong
