"""A spell as an alert that people read: what is wrong, where, since when, and what to do."""

from collections.abc import Mapping
from typing import Any

from streaming.alerts import advice
from streaming.facts import Event
from streaming.spells import Spell
from streaming.told import Told
from telemetry.clock import iso
from telemetry.master import Field
from telemetry.quantities import quantity
from telemetry.rule import Rule
from telemetry.soil import TEXTURES, missing_water

__all__ = ["told_spell"]


def told_spell(spell: Spell, rule: Rule | None, fields: Mapping[str, Field]) -> Told:
    """The alert; `rule` None where it has been taken away since."""
    first, last = spell.first, spell.last
    assert spell.opened is not None  # noqa: S101 - one that is too short is not told
    water = _missing(last, rule, fields)
    more = {} if water is None else {"missing_mm": water}
    return Told(
        alert_id=first.event_id, rule=first.rule, severity=first.severity, state=spell.state,
        field_id=first.field_id, sensor_id=first.sensor_id, opened=spell.opened,
        updated=spell.closed or last.date, closed=spell.closed, value=last.value, threshold=last.threshold,
        evidence=_evidence(spell) | more | {"message": _sentence(spell, rule) + advice(water)},
    )  # fmt: skip


def _missing(last: Event, rule: Rule | None, fields: Mapping[str, Field]) -> float | None:
    field = fields.get(last.field_id or "")
    if last.quantity != "moisture" or last.value is None or field is None or field.soil not in TEXTURES:
        return None
    if rule is None or rule.comparison != "below":
        return None
    return round(missing_water(TEXTURES[field.soil], last.value, field.root_depth), 1)


def _evidence(spell: Spell) -> dict[str, Any]:
    first = spell.first
    return {
        "field_name": first.field_name, "quantity": first.quantity, "since": iso(first.date),
        "boot": first.boot, "seq": first.seq, "readings": spell.count, "worst": spell.worst,
        "fault": spell.last.fault,
    }  # fmt: skip


def _sentence(spell: Spell, rule: Rule | None) -> str:
    first = spell.first
    field = first.field_name or first.field_id
    where = f"{field}, sensor {first.sensor_id}" if field else f"Sensor {first.sensor_id}"
    until = f" until {iso(spell.closed)}" if spell.closed else ""
    return f"{where}: {_what(spell.last, rule)} since {iso(first.date)}{until}."


def _what(event: Event, rule: Rule | None) -> str:
    if event.quantity == "board":
        return f"nothing heard of the board for {event.threshold or 0:g} of its intervals, silent"
    comparison = rule.comparison if rule else "broken"
    unit = quantity(event.quantity).unit
    if comparison == "missing":
        return f"no {event.quantity} ({event.fault})"
    shown = f"{event.quantity} {event.value:.2f} {unit}" if event.value is not None else event.quantity
    if comparison == "impossible" or event.threshold is None:
        return f"{shown}, which cannot be,"
    return f"{shown}, {comparison} {event.threshold:g} {unit}"
