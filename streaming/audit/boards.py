"""Per board and boot: how many readings are stored, which numbers are missing between them, and how late."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct
from msgspec.structs import replace

from streaming.audit.kafka_log import Identity
from streaming.tables import ABSENT

__all__ = ["Board", "Gap", "boards", "gaps"]

Boot = tuple[str, int]
"""Sensor and boot."""

Gap = tuple[int, int]
"""First and last number of a run of readings that are missing."""


class Board(Struct, frozen=True, kw_only=True):
    """One boot of one board; boot and numbers are None where it counts neither.

    `duplicates` came again in Kafka and are stored once; `lag_*` is seconds from measured to stored.
    """

    sensor: str
    boot: int | None
    received: int
    first_seq: int | None
    last_seq: int | None
    missing: int
    gaps: list[Gap]
    duplicates: int
    rejected: int
    late: int
    after_watermark: int
    lag_p50_s: float
    lag_p99_s: float


def boards(
    stored: pd.DataFrame, came: Mapping[Identity, int], rejected: Mapping[str, int], since: datetime
) -> list[Board]:
    """Boards and boots with a reading dated `since` or later, in their order.

    `stored` as of streaming.audit.stored, whole days of it: a number that was dated before `since` is no gap.
    `rejected` counts by sensor what was refused; a board's newest boot bears it.
    """
    twice = _duplicates(came)
    found = [
        _board(key, rows, since, twice.get(key, 0))
        for key, rows in _by_boot(stored)
        if (rows["date"] >= since).any()
    ]
    newest = {board.sensor: number for number, board in enumerate(found)}
    return [
        replace(board, rejected=rejected.get(board.sensor, 0)) if newest[board.sensor] == number else board
        for number, board in enumerate(found)
    ]


def gaps(numbers: Iterable[int]) -> list[Gap]:
    """The runs of numbers that are missing between the least and the greatest."""
    known: npt.NDArray[np.int64] = np.unique(np.fromiter(numbers, np.int64))
    holes = np.flatnonzero(np.diff(known) > 1)
    return [(int(known[at]) + 1, int(known[at + 1]) - 1) for at in holes]


def _by_boot(stored: pd.DataFrame) -> Iterator[tuple[Boot, pd.DataFrame]]:
    for (sensor, boot), rows in stored.groupby(["sensor_id", "boot"], sort=True):
        yield (str(sensor), int(boot)), rows  # type: ignore[call-overload]


def _board(key: Boot, rows: pd.DataFrame, since: datetime, duplicates: int) -> Board:
    sensor, boot = key
    counted = boot != ABSENT
    inside = rows[rows["date"] >= since]
    holes = gaps(rows["seq"]) if counted else []
    lag = pd.to_datetime(inside["written"], unit="us", utc=True) - inside["date"]
    p50, p99 = lag.dt.total_seconds().quantile([0.5, 0.99])
    return Board(
        sensor=sensor,
        boot=boot if counted else None,
        received=len(inside),
        first_seq=int(inside["seq"].min()) if counted else None,
        last_seq=int(inside["seq"].max()) if counted else None,
        missing=sum(last - first + 1 for first, last in holes),
        gaps=holes,
        duplicates=duplicates,
        rejected=0,
        late=int(inside["late"].eq(True).sum()),
        after_watermark=int(inside["after_watermark"].eq(True).sum()),
        lag_p50_s=round(float(p50), 3),
        lag_p99_s=round(float(p99), 3),
    )


def _duplicates(came: Mapping[Identity, int]) -> dict[Boot, int]:
    found: dict[Boot, int] = {}
    for identity, times in came.items():
        if times > 1:
            key = identity.sensor, identity.boot
            found[key] = found.get(key, 0) + times - 1
    return found
