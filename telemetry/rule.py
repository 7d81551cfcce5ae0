"""Rules: what of a reading, or of a board's silence, is an alert.

`comparison` says what is compared:

    below, above   the value with `threshold`, in the quantity's unit
    missing        the value is null for another reason than that the board has no such sensor
    impossible     the value lies outside of its quantity's bounds (telemetry.quantities)
    silent         nothing was heard of the board for `threshold` of its own intervals; quantity `board`

An alert opens once the rule has been broken for `minimum` of event time without a good reading between. It
closes at the first reading that is at `clear` or beyond: between `threshold` and `clear` it stays as it is.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from telemetry.quantities import QUANTITIES, quantity
from telemetry.soil import TEXTURES

__all__ = ["BOARD", "COMPARISONS", "SCOPES", "SEVERITIES", "Rule", "problems"]

BOARD = "board"
"""The quantity of a rule about the board itself."""

SCOPES = ("everywhere", "sensor", "field", "soil")
COMPARISONS = ("below", "above", "missing", "impossible", "silent")
SEVERITIES = ("info", "warning", "critical")


class Rule(Struct, frozen=True, kw_only=True):
    """One row of table `rule`; `target` is a sensor, a field or a soil texture, by `scope`.

    `threshold` and `clear` are None where nothing is compared with a number; `minimum` is in seconds.
    """

    rule: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
    scope: Literal["everywhere", "sensor", "field", "soil"] = "everywhere"
    target: str = ""
    quantity: str
    comparison: Literal["below", "above", "missing", "impossible", "silent"]
    threshold: float | None = None
    clear: float | None = None
    minimum: float = 0.0
    severity: Literal["info", "warning", "critical"] = "warning"
    enabled: bool = True


def problems(rule: Rule) -> list[str]:
    """What is wrong with a rule beyond the types of its cells: one sentence each, the column first."""
    found = [*_target(rule), *_quantity(rule), *_levels(rule)]
    return found if rule.minimum >= 0 else [*found, "minimum: it is not negative"]


def _target(rule: Rule) -> list[str]:
    if rule.scope == "everywhere":
        return ["target: leave it empty with scope everywhere"] if rule.target else []
    if not rule.target:
        return [f"target: name the {rule.scope} that scope {rule.scope} means"]
    if rule.scope == "soil" and rule.target not in TEXTURES:
        return [f"target: '{rule.target}' is no soil texture: use one of {', '.join(TEXTURES)}"]
    return []


def _quantity(rule: Rule) -> list[str]:
    names = [q.name for q in QUANTITIES]
    if rule.comparison == "silent":
        return [] if rule.quantity == BOARD else [f"quantity: write '{BOARD}' with comparison silent"]
    if rule.quantity not in names:
        return [f"quantity: '{rule.quantity}' is not measured: use one of {', '.join(names)}"]
    return []


def _levels(rule: Rule) -> list[str]:
    if rule.comparison in ("missing", "impossible"):
        given = [name for name in ("threshold", "clear") if getattr(rule, name) is not None]
        return [f"{name}: leave it empty with comparison {rule.comparison}" for name in given]
    if rule.threshold is None:
        return [f"threshold: comparison {rule.comparison} needs a number"]
    if rule.comparison == "silent":
        few = rule.threshold < 2
        return ["threshold: at least 2 intervals, as one may be late"] if few else []
    return [*_in_bounds(rule), *_clear_side(rule)]


def _in_bounds(rule: Rule) -> list[str]:
    try:
        bounds = quantity(rule.quantity)
    except KeyError:
        return []  # told of already
    low, high, unit = bounds.low, bounds.high, bounds.unit
    return [
        f"{name}: {level:g} is not between {low:g} and {high:g} {unit}"
        for name in ("threshold", "clear")
        if (level := getattr(rule, name)) is not None and not low <= level <= high
    ]


def _clear_side(rule: Rule) -> list[str]:
    if rule.clear is None or rule.threshold is None:
        return []
    wrong = rule.clear < rule.threshold if rule.comparison == "below" else rule.clear > rule.threshold
    side = "at or above" if rule.comparison == "below" else "at or below"
    return [f"clear: it lies {side} the threshold with comparison {rule.comparison}"] if wrong else []
