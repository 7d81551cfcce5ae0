"""Query `predictions`: for each full hour, what the newest model expects of each field, and its error later.

The clock starts it, not the data: hours are read from the table `reading_1h`, as the study reads them, so
the model meets the features that it was made with. Without a model under `models` it waits for one.
"""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from storage.farm import Farm
from storage.settings import Cassandra
from storage.writer import write_batches
from streaming.features import MEMORY_HOURS, features
from streaming.model import NoModel, SavedModel, newest
from streaming.stored_hours import hours_of, places_of
from telemetry.clock import utc_now

__all__ = ["Predictor", "predict", "settle"]

_log = logging.getLogger(__name__)
_HOUR = timedelta(hours=1)
_STALE = 6 * _HOUR
"""A field whose newest hour is older is not forecast: nobody knows how it is now."""

_TRUTH = pa.schema([
    ("field_id", pa.string()), ("day", pa.date32()), ("made_at", pa.timestamp("us", "UTC")),
    ("horizon", pa.int32()), ("observed", pa.float64()), ("error", pa.float64()),
])  # fmt: skip


class Predictor:
    """For `foreachBatch` of a stream that only ticks; does something once in an hour and model."""

    def __init__(self, spark: SparkSession, cassandra: Cassandra, models: Path | None) -> None:
        self._spark, self._cassandra, self._models = spark, cassandra, models
        self._model: SavedModel | None = None
        self._folder: Path | None = None
        self._done: tuple[Path, datetime] | None = None

    def __call__(self, batch: DataFrame, epoch: int) -> None:
        now, folder = _full_hour(utc_now()), newest(self._models) if self._models else None
        if folder is None or self._done == (folder, now):
            return
        try:
            model = self._load(folder)
        except NoModel as why:
            _log.warning("No predictions: %s", why)
            return
        with Farm(self._cassandra) as farm:
            made, settled = predict(self._spark, farm, model, now), settle(farm, now)
        self._done = (folder, now) if made else None
        _log.info("Model %s: %s predictions made, %s met the truth.", model.card.name, made, settled)

    def _load(self, folder: Path) -> SavedModel:
        if self._model is None or self._folder != folder:
            self._model, self._folder = SavedModel(folder), folder
        return self._model


def predict(spark: SparkSession, farm: Farm, model: SavedModel, now: datetime) -> int:
    """Rows of `prediction` from each field's newest full hour before `now`; how many.

    The row of each field is taken out of Spark before the models get it. With both in one plan the
    condition that its features are known meets all their definitions, and Spark's optimizer lists every
    mixture of names and definitions: twice as many with each feature, until its heap was full.
    """
    hours = hours_of(spark, farm, now - MEMORY_HOURS * _HOUR, now).coalesce(1)
    last = hours.groupBy("field_id").agg(F.max("hour").alias("hour"))
    fresh = last.where(F.col("hour") >= F.lit(now - _STALE))
    rows = features(hours, places_of(spark, farm)).join(F.broadcast(fresh), ["field_id", "hour"]).toArrow()
    expected = model.expect(spark.createDataFrame(rows)).toArrow()
    return write_batches(farm.settings, "prediction", expected.to_batches())


def settle(farm: Farm, now: datetime, days: int = 7) -> int:
    """Add what was observed to predictions of the last `days` whose hour has come; how many."""
    open_ones = farm.predictions(start=now - timedelta(days=days), end=now + _HOUR).pandas()
    due = open_ones[open_ones["observed"].isna() & (open_ones["target"] <= now)]
    if due.empty:
        return 0
    truth = _observed(farm, due["target"].min() - _HOUR, now)
    known = due.drop(columns="observed").merge(truth, on=["field_id", "target"])
    known["error"] = known["mean"] - known["observed"]
    known["day"] = known["made_at"].dt.date
    rows = pa.Table.from_pandas(known[_TRUTH.names], _TRUTH, preserve_index=False)
    return write_batches(farm.settings, "prediction", rows.to_batches())


def _observed(farm: Farm, start: datetime, end: datetime) -> pd.DataFrame:
    """`field_id, target, observed`: a field's hour by the median of its sensors, as in its features."""
    hours = farm.series(start=start, end=end, resolution="1h").pandas()
    placed = hours.merge(farm.sensors().pandas()[["sensor_id", "field_id"]], on="sensor_id")
    medians = placed.groupby(["field_id", "date"])["mean_moisture"].median().rename("observed").dropna()
    found: pd.DataFrame = medians.reset_index()
    found["target"] = found["date"] + _HOUR
    return found[["field_id", "target", "observed"]]


def _full_hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
