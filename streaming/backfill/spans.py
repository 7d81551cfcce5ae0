"""Which rows of the downsampled tables hold fewer readings than table `reading`, and the same rows anew.

Query `downsample` has a watermark as the windows have: what comes after it is in no minute, hour or day. A
row is looked at when it is settled, each table's for itself: a day long after its minutes.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from storage.collect import collect
from storage.farm import Farm
from storage.resolutions import RESOLUTIONS, Resolution
from storage.session import plain_errors
from storage.writer import write_batches
from streaming.backfill.compare import differing
from streaming.downsample import downsampled
from streaming.schema import MEASURED

__all__ = ["SPAN_KEY", "newest_minute", "spans_lacking", "write_spans"]

SPAN_KEY = ["sensor_id", "start"]
_TABLE = "table"


def newest_minute(farm: Farm, days: Iterable[tuple[str, date]]) -> pd.Timestamp:
    """The last minute that query `downsample` has written for one of these sensors' days; NaT if none."""
    minutes = RESOLUTIONS[0]
    partitions = sorted({(sensor, minutes.period(day)) for sensor, day in days})
    last = "WHERE sensor_id = ? AND period = ? ORDER BY start DESC LIMIT 1"
    with plain_errors(farm.settings):
        query = f"SELECT start FROM {farm.settings.table(minutes.table)} {last}"  # noqa: S608
        found: pd.DataFrame = collect(farm.session, query, partitions).to_pandas()
    newest: pd.Timestamp = found["start"].max()
    return newest


def spans_lacking(farm: Farm, readings: pd.DataFrame, day: date, settled: pd.Timestamp) -> pd.DataFrame:
    """`table`, SPAN_KEY and `lacking`: rows of this UTC day, all tables, that end before `settled`.

    `readings` are all those of the day that table `reading` holds.
    """
    each = [_of_one(farm, readings, day, settled, resolution) for resolution in RESOLUTIONS]
    return pd.concat(each, ignore_index=True)


def _of_one(
    farm: Farm, readings: pd.DataFrame, day: date, settled: pd.Timestamp, resolution: Resolution
) -> pd.DataFrame:
    length = pd.Timedelta(seconds=resolution.seconds)
    placed = readings[["sensor_id"]].assign(start=readings["date"].dt.floor(length))
    placed = placed[placed["start"] + length <= settled]
    stored = _stored(farm, sorted(set(placed["sensor_id"])), day, resolution)
    return differing(placed, stored, SPAN_KEY).assign(**{_TABLE: resolution.table})


def _stored(farm: Farm, sensors: list[str], day: date, resolution: Resolution) -> pd.DataFrame:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    keys = [(name, resolution.period(day), begin, begin + timedelta(days=1)) for name in sensors]
    where = "WHERE sensor_id = ? AND period = ? AND start >= ? AND start < ?"
    with plain_errors(farm.settings):
        query = f"SELECT sensor_id, start, count FROM {farm.settings.table(resolution.table)} {where}"  # noqa: S608
        found: pd.DataFrame = collect(farm.session, query, keys).to_pandas()
    return found


def write_spans(farm: Farm, spark: SparkSession, readings: pd.DataFrame, lacking: pd.DataFrame) -> None:
    """The transform of the stream over all readings of the day of these sensors; rows of `lacking` alone."""
    columns = ["sensor_id", "date", *MEASURED]
    wanted = readings.loc[readings["sensor_id"].isin(set(lacking["sensor_id"])), columns]
    frame = spark.createDataFrame(pa.Table.from_pandas(wanted, preserve_index=False))
    rows = downsampled(frame).toArrow()
    keys = pa.Table.from_pandas(lacking[[_TABLE, *SPAN_KEY]], preserve_index=False)
    keys = keys.cast(pa.schema([rows.schema.field(name) for name in (_TABLE, *SPAN_KEY)]))
    rows = rows.join(keys, [_TABLE, *SPAN_KEY], join_type="inner")
    for resolution in RESOLUTIONS:
        own = rows.filter(pc.equal(rows[_TABLE], resolution.table)).drop_columns([_TABLE])
        if own.num_rows:
            write_batches(farm.settings, resolution.table, own.to_batches())
