"""Faults on request: which kinds there are, how often each begins, and the text form of the rates.

A rate is the chance that the fault begins at a reading; at most one begins at a time. What lasts
(stuck, jump, drift, noise, clock-loss, offline) goes on over the readings that follow.
"""

from collections.abc import Mapping
from itertools import accumulate

from firmware.simulator.errors import SimulatorError

__all__ = ["KINDS", "Faults", "check_faults", "parse_faults"]

KINDS = {
    "dropout": "one value is missing, with its reason",
    "spike": "one value jumps far off, for one reading",
    "stuck": "one value repeats itself for 10 to 40 readings",
    "reboot": "the board restarts: boot goes up by one, seq begins at 0",
    "clock-loss": "a reboot after which 3 to 10 readings have an age and no date",
    "duplicate": "the same frame is sent twice",
    "malformed": "a broken frame goes out beside the reading",
    "offline": "the board cannot be reached for a while and then sends what it kept",
    "jump": "one value is off by the same amount for 60 to 240 readings",
    "drift": "one value goes farther and farther off over 60 to 240 readings",
    "noise": "one value is off by another amount each time for 20 to 60 readings",
}


class Faults:
    """Draws the fault that begins at a reading, if any; one comparison where none does."""

    def __init__(self, rates: Mapping[str, float]) -> None:
        self._kinds = [kind for kind in KINDS if rates.get(kind)]
        self._upto = list(accumulate(rates[kind] for kind in self._kinds))
        self._any = self._upto[-1] if self._upto else 0.0

    def draw(self, chance: float) -> str | None:
        """The kind for a number in [0, 1)."""
        if chance >= self._any:
            return None
        return next(kind for kind, upto in zip(self._kinds, self._upto, strict=True) if chance < upto)


def parse_faults(text: str) -> dict[str, float]:
    """`dropout=0.01,spike=0.005`; `all=0.002` gives each kind that rate; SimulatorError where wrong."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, _, number = part.partition("=")
        rates |= dict.fromkeys(KINDS if kind == "all" else [kind], _rate(number, part))
    return check_faults(rates)


def check_faults(rates: dict[str, float]) -> dict[str, float]:
    """The same rates; SimulatorError where a kind is unknown or they do not add up to a chance."""
    if unknown := sorted(set(rates) - set(KINDS)):
        raise SimulatorError(f"There is no fault '{unknown[0]}': choose among {', '.join(KINDS)} or all.")
    if not all(0 <= rate <= 1 for rate in rates.values()) or sum(rates.values()) > 1:
        raise SimulatorError("The rates of faults must lie between 0 and 1 and add up to at most 1.")
    return rates


def _rate(number: str, part: str) -> float:
    try:
        return float(number)
    except ValueError as why:
        raise SimulatorError(f"'{part}' is not a fault with a rate: write for example dropout=0.01.") from why
