"""The audit: what came into Kafka against what is stored, board by board."""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from msgspec import Struct

from storage.farm import Farm
from streaming.audit.boards import Board, boards
from streaming.audit.kafka_log import Identity, Log, read_log
from streaming.audit.stored import days_stored, rejected_since, stored_readings
from telemetry.clock import from_epoch_ms, iso
from telemetry.topics import READINGS

__all__ = ["Audit", "audit"]

_LOOK_AGAIN = 1.0


class Audit(Struct, frozen=True, kw_only=True):
    """`not_stored` came into Kafka and is in no table; `missing` numbers were never received.

    `rejected` counts by stage. `complete`: nothing is missing, and nothing that came is not stored.
    """

    since: str
    boards: list[Board]
    received: int
    missing: int
    duplicates: int
    late: int
    after_watermark: int
    rejected: dict[str, int]
    refused_in_kafka: int
    not_stored: list[Identity]
    lag_p50_s: float | None
    lag_p99_s: float | None
    complete: bool


def audit(  # noqa: PLR0913 - two places to look at, and how
    farm: Farm, bootstrap: str, since: datetime, *, prefix: str = "", zone: ZoneInfo, max_ahead: timedelta,
    patience: float = 30.0,
) -> Audit:  # fmt: skip
    """Compare; what has come but is not stored is looked for again for up to `patience` seconds."""
    log = read_log(bootstrap, prefix + READINGS.name, since, zone=zone, max_ahead=max_ahead)
    deadline = time.monotonic() + patience
    while True:
        stored = stored_readings(farm, _days(farm, log, since))
        left = sorted(log.came.keys() - _keys(stored))
        if not left or time.monotonic() > deadline:
            return _audit(farm, log, stored, left, since)
        time.sleep(_LOOK_AGAIN)


def _audit(farm: Farm, log: Log, stored: pd.DataFrame, left: list[Identity], since: datetime) -> Audit:
    rejected = rejected_since(farm, since)
    found = boards(stored, log.came, Counter(rejected["sensor"]), since)
    inside = stored[stored["date"] >= since]
    lag = (pd.to_datetime(inside["written"], unit="us", utc=True) - inside["date"]).dt.total_seconds()
    missing = sum(board.missing for board in found)
    return Audit(
        since=iso(since),
        boards=found,
        received=len(inside),
        missing=missing,
        duplicates=log.came.total() - len(log.came),
        late=sum(board.late for board in found),
        after_watermark=sum(board.after_watermark for board in found),
        rejected={str(stage): int(n) for stage, n in rejected["stage"].value_counts().items()},
        refused_in_kafka=log.refused,
        not_stored=left,
        lag_p50_s=round(float(lag.quantile(0.5)), 3) if len(lag) else None,
        lag_p99_s=round(float(lag.quantile(0.99)), 3) if len(lag) else None,
        complete=not missing and not left,
    )


def _days(farm: Farm, log: Log, since: datetime) -> Iterable[tuple[str, date]]:
    came = {(one.sensor, from_epoch_ms(one.date_ms).date()) for one in log.came}
    return sorted(came.union(days_stored(farm, since.astimezone(UTC).date())))


def _keys(stored: pd.DataFrame) -> set[Identity]:
    dates = stored["date"].astype("datetime64[ms, UTC]").astype("int64")
    return set(map(Identity, stored["sensor_id"], stored["boot"], stored["seq"], dates))
