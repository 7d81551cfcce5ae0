"""Which hourly means of soil moisture count fewer values than table `reading` has, and these means anew.

Means alone are written. Query `hourly` judges from the last 30 days of the table each time that an hour of a
field is over: so it takes up what is here, and the flags of hours before and after that it changes.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from storage.collect import collect
from storage.farm import Farm
from storage.session import plain_errors
from storage.writer import write_batches
from streaming.backfill.compare import differing
from streaming.quality.hourly import hour_means

__all__ = ["hours_lacking", "newest_hour", "write_hours"]

_TABLE = "reading_hour_quality"
_KEY = ["sensor_id", "hour"]
_HOUR = pd.Timedelta(hours=1)


def newest_hour(farm: Farm, days: Iterable[tuple[str, date]]) -> pd.Timestamp:
    """The last hour that query `hourly` has written for one of these sensors' days; NaT if none."""
    months = sorted({(sensor, day.replace(day=1)) for sensor, day in days})
    newest: pd.Timestamp = _asked(farm, "hour", "LIMIT 1", months)["hour"].max()
    return newest


def hours_lacking(farm: Farm, readings: pd.DataFrame, day: date, settled: pd.Timestamp) -> pd.DataFrame:
    """_KEY and `lacking`: hours of this UTC day that end before `settled`.

    `readings` are all those of the day. An hour in which a sensor was moved is left alone: it has a mean in
    each field, and one row.
    """
    measured = readings[readings["field_id"].notna() & readings["moisture"].notna()]
    placed = measured[["sensor_id", "field_id"]].assign(hour=measured["date"].dt.floor(_HOUR))
    placed = placed[placed["hour"] + _HOUR <= settled]
    placed = placed[placed.groupby(_KEY)["field_id"].transform("nunique") == 1]
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    span = day.replace(day=1), begin, begin + timedelta(days=1)
    keys = [(sensor, *span) for sensor in sorted(set(placed["sensor_id"]))]
    stored = _asked(farm, "sensor_id, hour, count", "AND hour >= ? AND hour < ?", keys)
    return differing(placed, stored, _KEY)


def write_hours(farm: Farm, spark: SparkSession, readings: pd.DataFrame, lacking: pd.DataFrame) -> None:
    """The transform of the stream over all readings of the day of these sensors; rows of `lacking` alone."""
    wanted = readings.loc[
        readings["sensor_id"].isin(set(lacking["sensor_id"])) & readings["field_id"].notna()
    ]
    named = wanted[["sensor_id", "field_id", "date", "moisture"]].rename(columns={"sensor_id": "id"})
    means = hour_means(spark.createDataFrame(pa.Table.from_pandas(named, preserve_index=False)))
    rows = means.withColumn("month", F.trunc("hour", "month")).toArrow()
    keys = pa.Table.from_pandas(lacking[_KEY], preserve_index=False)
    keys = keys.cast(pa.schema([rows.schema.field(name) for name in _KEY]))
    write_batches(farm.settings, _TABLE, rows.join(keys, _KEY, join_type="inner").to_batches())


def _asked(farm: Farm, columns: str, more: str, keys: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Rows of the partitions of these keys, newest first in each."""
    table = farm.settings.table(_TABLE)
    query = f"SELECT {columns} FROM {table} WHERE sensor_id = ? AND month = ? {more}"  # noqa: S608
    with plain_errors(farm.settings):
        found: pd.DataFrame = collect(farm.session, query, keys).to_pandas()
    return found
