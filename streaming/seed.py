"""The alert book's state where its checkpoint is new: what table `alert` holds.

An open alert goes on; of one that has ended it is known up to where its sensor was settled. So a replay of
what Kafka still has raises nothing a second time.
"""

from collections.abc import Iterable
from datetime import datetime

from streaming.alerts import RULE
from streaming.facts import Event
from streaming.spells import Spell, State
from streaming.told import Told

__all__ = ["seeded"]


def seeded(alerts: Iterable[Told]) -> State:
    """The state after these alerts; those of windows are not the book's to judge."""
    spells: list[Spell] = []
    settled: dict[tuple[str, str], datetime] = {}
    for alert in alerts:
        if alert.rule == RULE or alert.sensor_id is None:
            continue
        if alert.state == "open":
            spells.append(_spell(alert))
        elif alert.closed is not None:
            key = alert.rule, alert.sensor_id
            settled[key] = max(alert.closed, settled.get(key, alert.closed))
    return State(spells=spells, settled=[(*key, at) for key, at in settled.items()])


def _spell(alert: Told) -> Spell:
    told = alert.evidence
    first = Event(
        kind="breach", event_id=alert.alert_id, rule=alert.rule, severity=alert.severity,
        sensor_id=alert.sensor_id or "", boot=told["boot"], seq=told["seq"],
        date=datetime.fromisoformat(told["since"]), field_id=alert.field_id, field_name=told["field_name"],
        quantity=told["quantity"], value=alert.value, threshold=alert.threshold, fault=told["fault"],
    )  # fmt: skip
    last = Event(**{n: getattr(first, n) for n in first.__struct_fields__} | {"date": alert.updated})
    return Spell(
        first=first, last=last, worst=told["worst"], count=told["readings"],
        opened=alert.opened, told=alert.updated,
    )  # fmt: skip
