"""The `--boards` specification: `12`, `0`, `simulated:8`, `avr:2,simulated:8`."""

import re
from collections.abc import Collection

from telemetry.errors import SettingsError

__all__ = ["KINDS", "parse_boards"]

KINDS = ("simulated", "avr", "micropython")
"""What `up` can run: the simulator's boards, and real firmware on simulated Arduinos or on MicroPython."""

_ITEM = re.compile(r"(?:([A-Za-z][\w-]*):)?(\d{1,6})")


def parse_boards(text: str, kinds: Collection[str] = KINDS) -> dict[str, int]:
    """Boards wanted by kind, kinds with none left out; SettingsError says what is wrong."""
    wanted: dict[str, int] = {}
    for item in text.split(","):
        found = _ITEM.fullmatch(item.strip())
        if not found:
            raise SettingsError(f"--boards {text}: '{item}' is neither a number nor kind:count.")
        kind, count = found[1] or "simulated", int(found[2])
        if kind not in kinds:
            known = ", ".join(sorted(kinds))
            raise SettingsError(f"--boards {text}: there are no boards of kind '{kind}', only of: {known}.")
        wanted[kind] = wanted.get(kind, 0) + count
    return {kind: count for kind, count in wanted.items() if count}
