"""The newest values of each field: how many of its boards send, and their means."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import fmean
from typing import NamedTuple

from notebooks.live.model import Model
from telemetry.quantities import QUANTITIES
from telemetry.reading import Main

__all__ = ["Now", "figures"]


class Now(NamedTuple):
    """One field; a mean is None where no board of it has such a value."""

    sending: int
    boards: int
    means: Mapping[str, float | None]


def figures(model: Model, now: datetime) -> dict[str, Now]:
    """Field → its figures; silent boards count for no mean."""
    boards, mains = defaultdict[str, int](int), defaultdict(list)
    for board in model.boards.values():
        if board.newest and board.newest.field_id:
            boards[board.newest.field_id] += 1
            if not board.silent(now):
                mains[board.newest.field_id].append(board.newest.main)
    return {name: Now(len(mains[name]), count, _means(mains[name])) for name, count in boards.items()}


def _means(mains: Sequence[Main]) -> dict[str, float | None]:
    found = {}
    for q in QUANTITIES:
        values = [value for main in mains if (value := getattr(main, q.name)) is not None]
        found[q.name] = fmean(values) if values else None
    return found
