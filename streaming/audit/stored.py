"""What table `reading` holds of some sensors' days: keys, when each was measured, received and written."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
import pandas as pd

from storage.collect import collect
from storage.farm import Farm
from storage.session import plain_errors
from telemetry.topics import board_of

__all__ = ["COLUMNS", "days_stored", "rejected_since", "sensor_of", "stored_readings"]

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
    """`stage` of what was refused from `since` on, and the `sensor` that it names (empty: none)."""
    query = f"SELECT source, stage, raw, received FROM {farm.settings.table('rejected')}"  # noqa: S608
    with plain_errors(farm.settings):
        rows = farm.session.execute(query, timeout=None)
        late = (r for r in rows if r.received.timestamp() >= since.timestamp())
        kept = [(sensor_of(r.source, r.raw), r.stage) for r in late]
    return pd.DataFrame(kept, columns=["sensor", "stage"])


class _Named(msgspec.Struct):
    id: str | int


def sensor_of(source: str, raw: bytes | None) -> str:
    """The board that a refused input names, by its MQTT topic or where it still is JSON; empty: none."""
    if board := board_of(source.removeprefix("mqtt:")):
        return board
    try:
        return str(msgspec.json.decode(raw or b"", type=_Named).id)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
