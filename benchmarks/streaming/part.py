"""What a person may choose for a part, and what it gives back."""

from typing import Any

from msgspec import Struct

from streaming.settings import Triggers

__all__ = ["Options", "Part"]


class Options(Struct, frozen=True, kw_only=True):
    """What a person may choose.

    Part `alerts`: the `rates` (readings/s) and its query's `trigger`, which is the application's own. `rows`
    are those of a case of the parts `source`, `throughput` and `quality`; `rounds` of part `source` count;
    `minutes` is how long `soak` lasts.
    """

    rates: tuple[float, ...] = (100.0, 1000.0, 5000.0)
    trigger: str = Triggers().events
    rows: int = 100_000
    rounds: int = 3
    with_connector: bool = True
    minutes: float = 15.0


class Part(Struct, frozen=True, kw_only=True):
    """`figures` by their lasting names; `rows` a table for people, its header first; `details` all of it."""

    figures: dict[str, float]
    rows: list[tuple[str, ...]]
    details: Any = None
    notes: tuple[str, ...] = ()
