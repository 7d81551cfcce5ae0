"""What the alert book folds: events, and readings judged by a rule, in plain Python."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from telemetry.clock import iso
from telemetry.quantities import QUANTITIES, quantity
from telemetry.reading import Counter, Instant
from telemetry.rule import BOARD, Rule

__all__ = ["Event", "Key", "applies", "event_id", "event_of", "judged", "value_of"]

_KNOWN = f"^({'|'.join([BOARD, *(each.name for each in QUANTITIES)])})$"

Key = Annotated[str, Meta(max_length=256)]


class Event(Struct, frozen=True, kw_only=True):
    """A record of `sensor-alert-events` about one sensor: a rule broken (`breach`), or good again (`clear`).

    `boot`, `seq` and `date` are those of the reading that showed it; `threshold` in the unit of `value`.
    """

    kind: Literal["breach", "clear"]
    event_id: Key
    rule: str
    severity: str
    sensor_id: Key
    boot: Counter | None
    seq: Counter | None
    date: Instant
    field_id: str | None = None
    field_name: str | None = None
    quantity: Annotated[str, Meta(pattern=_KNOWN)]
    value: float | None = None
    threshold: float | None = None
    fault: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What the book keeps apart."""
        return self.rule, self.sensor_id


def event_id(rule: str, sensor: str, boot: int | None, seq: int | None, date: datetime) -> str:
    """The twin of `streaming.judge.event_id`."""
    counters = (-1 if count is None else count for count in (boot, seq))
    words = "|".join(map(str, (rule, sensor, *counters, iso(date))))
    return sha256(words.encode()).hexdigest()[:32]


def event_of(rule: Rule, row: Mapping[str, Any], broken: bool) -> Event:
    """The event of a joined reading: `id, boot, seq, date, field_id, field_name, main, faults`."""
    date = row["date"].replace(tzinfo=UTC) if row["date"].tzinfo is None else row["date"]
    return Event(
        kind="breach" if broken else "clear",
        event_id=event_id(rule.rule, row["id"], row["boot"], row["seq"], date),
        rule=rule.rule, severity=rule.severity, sensor_id=row["id"], boot=row["boot"], seq=row["seq"],
        date=date, field_id=row["field_id"], field_name=row["field_name"], quantity=rule.quantity,
        value=row["main"][rule.quantity], threshold=rule.threshold, fault=row["faults"].get(rule.quantity),
    )  # fmt: skip


def value_of(event: Event) -> dict[str, Any]:
    """The value in Kafka; the instant as all topics have it."""
    return msgspec.structs.asdict(event) | {"date": iso(event.date)}


def applies(rule: Rule, sensor: str, field_id: str | None, soil: str | None) -> bool:
    """Whether the rule is switched on and about this sensor."""
    if not rule.enabled:
        return False
    return rule.target == {"everywhere": "", "sensor": sensor, "field": field_id, "soil": soil}[rule.scope]


def judged(rule: Rule, value: float | None, fault: str | None) -> bool | None:
    """Whether the rule is broken (True), good again (False), or neither: between threshold and clear."""
    if rule.comparison == "missing":
        return False if value is not None else None if fault in (None, "absent") else True
    if value is None:
        return None
    if rule.comparison == "impossible":
        bounds = quantity(rule.quantity)
        return not bounds.low <= value <= bounds.high
    assert rule.threshold is not None  # noqa: S101 - telemetry.rule sees to it
    clear = rule.threshold if rule.clear is None else rule.clear
    if rule.comparison == "below":
        return True if value < rule.threshold else False if value >= clear else None
    return True if value > rule.threshold else False if value <= clear else None
