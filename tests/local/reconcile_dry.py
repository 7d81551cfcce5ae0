"""Dry windows and spells from a manifest's windows, against topic, table and alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose

from tests.local.reconcile_facts import Farm, Found, Key, Row, iso
from tests.local.reconcile_windows import Windows, same, text

__all__ = ["dry_differences"]


@dataclass
class _Spell:
    """A run of dry windows of one field."""

    opened: datetime
    updated: datetime
    value: float
    lowest: float
    closed: datetime | None = None


def dry_differences(windows: Windows, farm: Farm, found: Found) -> Iterator[str]:
    """Dry windows whose end has passed are told one by one, runs of them as alerts."""
    dry: dict[str, float] = {}
    spells: dict[Key, _Spell] = {}
    for name, threshold in farm.thresholds.items():
        ended = sorted(start for f, start in windows if f == name and start + farm.window <= found.newest)
        means = [(start, windows[name, start].mean("moisture")) for start in ended]
        judged = [(start, mean) for start, mean in means if mean is not None]
        dry |= {f"{name}|{iso(start)}": mean for start, mean in judged if mean < threshold}
        spells |= {(name, s.opened): s for s in _spells(judged, threshold, farm.window)}
    yield from _dry_messages(dry, found.dry_messages)
    yield from _alerts(spells, farm, found)


def _spells(judged: list[tuple[datetime, float]], threshold: float, window: timedelta) -> list[_Spell]:
    spells: list[_Spell] = []
    for start, mean in judged:
        current = spells[-1] if spells and spells[-1].closed is None else None
        end = start + window
        if mean >= threshold:
            if current:
                current.closed = current.updated = end
        elif current:
            current.updated, current.value, current.lowest = end, mean, min(current.lowest, mean)
        else:
            spells.append(_Spell(end, end, mean, mean))
    return spells


def _dry_messages(dry: dict[str, float], messages: dict[str, Row]) -> Iterator[str]:
    told = {key: value["mean_moisture"] for key, value in messages.items() if value["dry"]}
    yield from (f"dry window {key} is not in whc-less-sensor-data" for key in dry.keys() - told.keys())
    yield from (f"whc-less-sensor-data has {key}, which is not dry" for key in told.keys() - dry.keys())
    for key in dry.keys() & told.keys():
        if not isclose(told[key], dry[key], rel_tol=1e-9):
            yield f"whc-less-sensor-data has {key} with mean {told[key]}, expected {dry[key]}"


def _alerts(spells: dict[Key, _Spell], farm: Farm, found: Found) -> Iterator[str]:
    alerts = [row for row in found.alerts if row["state"] != "withdrawn"]
    stored = {(row["field_id"], row["opened"]): row for row in alerts}
    yield from (f"alert of {text(key)} is not stored" for key in spells.keys() - stored.keys())
    yield from (f"alert of {text(key)} has no dry windows" for key in stored.keys() - spells.keys())
    for key in spells.keys() & stored.keys():
        row, spell = stored[key], spells[key]
        expected = {
            "rule": "soil-moisture-low",
            "state": "closed" if spell.closed else "open",
            "updated": spell.updated,
            "closed": spell.closed,
            "value": spell.value,
            "threshold": farm.thresholds[key[0]],
        }
        wrong = {name: (row[name], value) for name, value in expected.items() if not same(row[name], value)}
        if wrong:
            yield f"alert of {text(key)} is stored with (found, expected): {wrong}"
    yield from _alert_messages(found)


def _alert_messages(found: Found) -> Iterator[str]:
    """The topic's newest message of each alert says what its row says."""
    rows = {row["alert_id"]: row for row in found.alerts}
    told = found.alert_messages
    yield from (f"alert {i} is not in sensor-alerts" for i in rows.keys() - told.keys())
    yield from (f"sensor-alerts has {i}, the table has not" for i in told.keys() - rows.keys())
    for i in rows.keys() & told.keys():
        row, message = rows[i], told[i]
        times = {name: row[name] and iso(row[name]) for name in ("opened", "updated", "closed")}
        expected = times | {name: row[name] for name in ("rule", "state", "severity", "value", "field_id")}
        wrong = {name: (message[name], value) for name, value in expected.items() if message[name] != value}
        if wrong:
            yield f"sensor-alerts has {i} with (found, in the table): {wrong}"
