"""What table `reading` holds of some sensors' days: keys, when each was measured, received and written."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import pandas as pd

from storage.collect import collect
from storage.farm import Farm
from storage.session import plain_errors

__all__ = ["COLUMNS", "days_stored", "rejected_since", "stored_readings"]

COLUMNS = ("sensor_id", "date", "boot", "seq", "received", "late", "after_watermark")
_WRITTEN = "writetime(late) AS written"  # of a column that is never null


def days_stored(farm: Farm, since: date) -> list[tuple[str, date]]:
    """Every sensor and UTC day that has readings, from `since` on: a look at the partitions alone."""
    query = f"SELECT DISTINCT sensor_id, day FROM {farm.settings.table('reading')}"  # noqa: S608
    with plain_errors(farm.settings):
        rows = farm.session.execute(query, timeout=None)
        found = [(row.sensor_id, row.day.date()) for row in rows]
    return sorted(pair for pair in found if pair[1] >= since)


def stored_readings(
    farm: Farm, days: Iterable[tuple[str, date]], columns: Sequence[str] = COLUMNS
) -> pd.DataFrame:
    """These columns and `written` (µs since 1970) of all readings of these sensors' days.

    A row of which only the flags are there is none yet: query `quality` was before query `readings`.
    """
    select = f"SELECT {', '.join(columns)}, {_WRITTEN} FROM {farm.settings.table('reading')}"  # noqa: S608
    with plain_errors(farm.settings):
        found = collect(farm.session, f"{select} WHERE sensor_id = ? AND day = ?", days)
    frame: pd.DataFrame = found.to_pandas()
    return frame[frame["written"].notna()]


def rejected_since(farm: Farm, since: datetime) -> pd.DataFrame:
    """`source` and `stage` of what was refused from `since` on."""
    query = f"SELECT source, stage, received FROM {farm.settings.table('rejected')}"  # noqa: S608
    with plain_errors(farm.settings):
        rows = farm.session.execute(query, timeout=None)
        kept = [(r.source, r.stage) for r in rows if r.received.timestamp() >= since.timestamp()]
    return pd.DataFrame(kept, columns=["source", "stage"])
