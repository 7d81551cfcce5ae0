"""From events to alerts about sensors, in plain Python: one alert for a spell of broken readings.

A spell begins with the first reading that breaks a rule and ends with the first that is good again; it is an
alert once it has lasted for the rule's `minimum`, and the reading that began it gives it its id. What counts
is the order in which a sensor's readings came: one that is dated before what was settled changes nothing. So
batches, restarts and replays make no difference.

Real-time events come before their readings have been joined. Such a `hint` may open an alert early, and no
more: the joined reading confirms it, or else it is withdrawn.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from streaming.facts import Event
from telemetry.rule import Rule

__all__ = ["Key", "Spell", "Spells", "State"]

Key = tuple[str, str]
_KEEP = timedelta(days=8)
"""How long it is known up to where a sensor was settled: Kafka keeps readings for a week."""
_QUIET = timedelta(minutes=5)
"""Between two updates that say nothing but that it lasts."""


class Spell(Struct, frozen=True, kw_only=True):
    """`first` began it, `last` is the newest that broke the rule; `opened` None while it is too short.

    `hinted`: known from a real-time event alone. `worst` is the value farthest from good. `state` and
    `closed` say how it ended; `told` when it was last told, in event time.
    """

    first: Event
    last: Event
    worst: float | None
    count: int = 1
    hinted: bool = False
    opened: datetime | None = None
    told: datetime | None = None
    state: str = "open"
    closed: datetime | None = None


class State(Struct, kw_only=True):
    """All that is to be kept between batches."""

    spells: list[Spell] = []
    settled: list[tuple[str, str, datetime]] = []


class Spells:
    """Takes events in the order in which they came; `news` are spells to be told, new or changed."""

    def __init__(self, state: State | None = None) -> None:
        state = state or State()
        self._spells = {spell.first.key: spell for spell in state.spells}
        self._settled: dict[Key, datetime] = {(rule, sensor): at for rule, sensor, at in state.settled}
        self._news: list[Spell] = []

    @property
    def sensors(self) -> set[str]:
        """Those whose every reading matters now."""
        return {sensor for _, sensor in self._spells}

    @property
    def state(self) -> State:
        """For the next start."""
        newest = max(self._settled.values(), default=None)
        kept = ((*key, at) for key, at in self._settled.items() if newest and at > newest - _KEEP)
        return State(spells=list(self._spells.values()), settled=sorted(kept))

    def open_rules(self, sensor: str) -> list[str]:
        """Rules of which this sensor has a spell."""
        return [rule for rule, of in self._spells if of == sensor]

    def news(self) -> list[Spell]:
        """What is to be told since the last call."""
        news, self._news = self._news, []
        return news

    def hint(self, event: Event, rule: Rule) -> None:
        """A real-time event."""
        if event.key not in self._spells and self._is_new(event):
            self._begin(event, rule, hinted=True)

    def breach(self, event: Event, rule: Rule) -> None:
        """A joined reading that breaks the rule."""
        spell = self._spells.get(event.key)
        if spell and spell.hinted:
            if spell.first.event_id == event.event_id:
                self._spells[event.key] = replace(spell, hinted=False, first=event, last=event)
                return
            self._end(spell, "withdrawn", None)
            spell = None
        if spell is None:
            if self._is_new(event):
                self._begin(event, rule)
        elif event.date > spell.last.date:
            self._go_on(spell, event, rule)

    def clear(self, event: Event) -> None:
        """A joined reading that is good again, or to which the rule no longer applies."""
        spell = self._spells.get(event.key)
        if spell is None or event.date <= spell.last.date:
            return
        if spell.hinted:
            self._end(spell, "withdrawn", None)
        else:
            self._end(spell, "closed", event.date)
            self._settled[event.key] = event.date

    def drop(self, rules: Iterable[str]) -> None:
        """These rules are no more: what is open of them is closed as of its last reading."""
        gone = set(rules)
        for spell in [spell for spell in self._spells.values() if spell.first.rule in gone]:
            self._end(spell, "closed", spell.last.date)
            self._settled[spell.first.key] = spell.last.date

    @property
    def rules(self) -> set[str]:
        """Rules of which there are spells."""
        return {rule for rule, _ in self._spells}

    def _is_new(self, event: Event) -> bool:
        settled = self._settled.get(event.key)
        return settled is None or event.date > settled

    def _begin(self, event: Event, rule: Rule, hinted: bool = False) -> None:
        spell = Spell(first=event, last=event, worst=event.value, hinted=hinted)
        self._spells[event.key] = self._lasting(spell, rule)

    def _go_on(self, spell: Spell, event: Event, rule: Rule) -> None:
        worst = _worse(spell.worst, event.value, rule)
        longer = replace(spell, last=event, worst=worst, count=spell.count + 1)
        self._spells[event.key] = self._lasting(longer, rule)

    def _lasting(self, spell: Spell, rule: Rule) -> Spell:
        """The spell, told where it is due."""
        at = spell.last.date
        if spell.opened is None:
            if (at - spell.first.date).total_seconds() < rule.minimum:
                return spell
            spell = replace(spell, opened=at)
        if spell.told is not None and at - spell.told < _QUIET:
            return spell
        spell = replace(spell, told=at)
        self._news.append(spell)
        return spell

    def _end(self, spell: Spell, state: str, closed: datetime | None) -> None:
        del self._spells[spell.first.key]
        if spell.opened is not None:
            self._news.append(replace(spell, state=state, closed=closed))


def _worse(before: float | None, value: float | None, rule: Rule) -> float | None:
    if before is None or value is None:
        return value if before is None else before
    return min(before, value) if rule.comparison == "below" else max(before, value)
