"""Windows and means from a manifest's readings, against table `field_window`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose
from typing import Any

from tests.local.reconcile_facts import QUANTITIES, Farm, Row

__all__ = ["Windows", "same", "text", "window_differences", "windows_of"]


@dataclass
class _Window:
    count: int = 0
    values: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in QUANTITIES})

    def mean(self, name: str) -> float | None:
        """None where no reading has the value."""
        values = self.values[name]
        return sum(values) / len(values) if values else None


Windows = dict[tuple[str, datetime], _Window]


def windows_of(dated: Iterable[tuple[datetime, Row]], farm: Farm) -> Windows:
    """Field and start → the readings in it, of windows that have any."""
    windows: Windows = defaultdict(_Window)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for date, entry in dated:
        start = epoch + (date - epoch) // farm.slide * farm.slide
        while start + farm.window > date:
            window = windows[entry["field_id"], start]
            window.count += 1
            for name, value in entry["main"].items():
                if value is not None:
                    window.values[name].append(value)
            start -= farm.slide
    return dict(windows)


def window_differences(windows: Windows, farm: Farm, rows: list[Row]) -> Iterator[str]:
    """One line for each difference."""
    found = {(row["field_id"], row["window_start"]): row for row in rows}
    yield from (f"window {text(key)} is not stored" for key in windows.keys() - found.keys())
    yield from (f"window {text(key)} has no readings" for key in found.keys() - windows.keys())
    for key in windows.keys() & found.keys():
        row = found[key]
        wrong = {
            name: (row[name], value)
            for name, value in _window_cells(key, windows[key], farm)
            if not same(row[name], value)
        }
        if wrong:
            yield f"window {text(key)} is stored with (found, expected): {wrong}"


def _window_cells(key: tuple[str, datetime], window: _Window, farm: Farm) -> Iterator[tuple[str, Any]]:
    yield "day", key[1].date()
    yield "window_end", key[1] + farm.window
    yield "threshold", farm.thresholds[key[0]]
    yield "count", window.count
    for name in QUANTITIES:
        yield f"count_{name}", len(window.values[name])
        yield f"mean_{name}", window.mean(name)


def same(found: Any, value: Any) -> bool:
    """Whether two cells are equal, floats to nine digits."""
    if isinstance(found, float) and isinstance(value, float):
        return isclose(found, value, rel_tol=1e-9)
    return bool(found == value)


def text(key: tuple[str, datetime]) -> str:
    """Field and time of day, for a person."""
    return f"{key[0]} {key[1]:%H:%M:%S}"
