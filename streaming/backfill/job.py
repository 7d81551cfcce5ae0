"""The backfill of one UTC day after the other; run again, it finds nothing more to do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
from msgspec import Struct
from pyspark.sql import SparkSession

from storage import master
from storage.farm import Farm
from storage.session import plain_errors
from storage.writer import write_batches
from streaming.audit.stored import days_stored, stored_readings
from streaming.backfill.compare import WINDOW_KEY, differing, in_windows, late
from streaming.backfill.hours import hours_lacking, newest_hour, write_hours
from streaming.backfill.spans import newest_minute, spans_lacking, write_spans
from streaming.rows import window_rows
from streaming.schema import MEASURED
from streaming.settings import Settings
from streaming.windows import window_means
from telemetry.clock import duration

__all__ = ["Backfilled", "backfill"]

_KEY = ("sensor_id", "date", "boot", "seq")
_COLUMNS = (*_KEY, "field_id", *MEASURED)
_MARK = pa.schema([
    ("sensor_id", pa.string()), ("day", pa.date32()), ("date", pa.timestamp("us", "UTC")),
    ("boot", pa.int32()), ("seq", pa.int32()), ("after_watermark", pa.bool_()),
])  # fmt: skip

Session = Callable[[], AbstractContextManager[SparkSession]]
"""Opens Spark, which is needed only where a window differs."""


class Backfilled(Struct, frozen=True, kw_only=True):
    """One UTC day: windows, and rows by sensor (downsampled, hourly), computed again; readings marked."""

    day: date
    windows: int
    spans: int
    readings: int


def backfill(
    farm: Farm, settings: Settings, since: datetime, open_spark: Session, *, dry_run: bool = False
) -> Iterator[Backfilled]:
    """Go through the days from `since` on; those without a difference give nothing.

    A window is looked at when it is settled: the watermark, by the newest window stored, is past its end; so
    is a minute, hour or day.
    """
    span, patience = since.astimezone(UTC).date(), pd.Timedelta(seconds=duration(settings.watermark))
    stored, partitions = _windows(farm, span), days_stored(farm, span)
    settled = stored["window_start"].max() - patience
    minutes, hour = (newest(farm, partitions) - patience for newest in (newest_minute, newest_hour))
    before = set[tuple[object, ...]]()
    for day in sorted({day for _, day in partitions}):
        both = [pair for pair in partitions if pair[1] in (day, day + timedelta(days=1))]
        readings = stored_readings(farm, both, _COLUMNS)
        placed = _placed(readings, settings, day, settled)
        own = readings[readings["date"].dt.date == day]
        lacking, spans = differing(placed, stored), spans_lacking(farm, own, day, minutes)
        hours, marked = hours_lacking(farm, own, day, hour), late(placed, lacking)
        keys = set(marked[[*_KEY]].itertuples(index=False, name=None))
        count, before = len(keys - before), keys  # windows of two days have what is after midnight
        rows = len(spans) + len(hours)
        if not dry_run and len(lacking) + rows:
            _mark(farm, marked)
            with open_spark() as spark:
                if len(lacking):
                    _compute(farm, settings, spark, placed, lacking)
                if len(spans):
                    write_spans(farm, spark, own, spans)
                if len(hours):
                    write_hours(farm, spark, own, hours)
        if len(lacking) + rows:
            yield Backfilled(day=day, windows=len(lacking), spans=rows, readings=count)


def _windows(farm: Farm, since: date) -> pd.DataFrame:
    start = datetime(since.year, since.month, since.day, tzinfo=UTC)
    return farm.windows(start=start, columns=("field_id", "window_start", "count")).pandas()


def _placed(readings: pd.DataFrame, settings: Settings, day: date, settled: pd.Timestamp) -> pd.DataFrame:
    """Readings in the settled windows that start on this day; the last of these reach into the next."""
    placed = in_windows(readings[readings["field_id"].notna()], settings.window, settings.slide)
    begins, length = placed["window_start"], pd.Timedelta(seconds=duration(settings.window))
    kept: pd.DataFrame = placed[(begins.dt.date == day) & (begins + length <= settled)]
    return kept


def _mark(farm: Farm, marked: pd.DataFrame) -> None:
    """Set the mark; the row's other columns are not touched."""
    rows = marked[[*_KEY]].assign(day=marked["date"].dt.date, after_watermark=True)
    table = pa.Table.from_pandas(rows[_MARK.names], _MARK, preserve_index=False)
    write_batches(farm.settings, "reading", table.to_batches())


def _compute(
    farm: Farm, settings: Settings, spark: SparkSession, placed: pd.DataFrame, lacking: pd.DataFrame
) -> None:
    """The transform of the stream, over all readings of these windows; it comes last, after the marks."""
    wanted = placed.merge(lacking[WINDOW_KEY], on=WINDOW_KEY).drop_duplicates([*_KEY])
    readings = spark.createDataFrame(pa.Table.from_pandas(wanted[[*_COLUMNS]], preserve_index=False))
    means = window_means(readings, settings.window, settings.slide).toArrow()
    keys = pa.Table.from_pandas(lacking[WINDOW_KEY], preserve_index=False)
    keys = keys.cast(pa.schema([means.schema.field(name) for name in WINDOW_KEY]))
    whole = means.join(keys, WINDOW_KEY, join_type="inner")
    with plain_errors(farm.settings):
        fields = {field.field_id: field for field in master.read_fields(farm.session, farm.settings)}
    write_batches(farm.settings, "field_window", window_rows(whole, fields).to_batches())
