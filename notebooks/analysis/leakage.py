"""Whether features know of later hours: change all after an instant, and see what changes before it."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from notebooks.analysis.splits import Leak

__all__ = ["changed", "leaking", "require_none"]

Features = Callable[[DataFrame, DataFrame], DataFrame]


def leaking(make: Features, hours: DataFrame, places: DataFrame, at: datetime) -> list[str]:
    """Columns of `make(hours, places)` that differ at or before `at` when later hours are other ones."""
    made = make(hours, places).toPandas()
    return changed(make, made, hours, places, at)


def changed(
    make: Features, made: pd.DataFrame, hours: DataFrame, places: DataFrame, at: datetime
) -> list[str]:
    """The same where `make(hours, places)` is `made` already."""
    later = F.col("hour") > F.lit(at)
    other = {
        "moisture": F.when(later, 60.0 - F.col("moisture")).otherwise(F.col("moisture")),
        "temperature": F.when(later, 40.0 - F.col("temperature")).otherwise(F.col("temperature")),
        "humidity": F.when(later, 100.0 - F.col("humidity")).otherwise(F.col("humidity")),
    }
    one, two = (_until(at, rows) for rows in (made, make(hours.withColumns(other), places).toPandas()))
    return [name for name in two.columns if not one[name].equals(two[name])]


def require_none(
    make: Features, made: pd.DataFrame, hours: DataFrame, places: DataFrame, at: datetime
) -> None:
    """Leak names the features that know the future; `made` is `make(hours, places)`."""
    if names := changed(make, made, hours, places, at):
        raise Leak(f"These features know of hours that come later: {', '.join(names)}.")


def _until(at: datetime, rows: pd.DataFrame) -> pd.DataFrame:
    utc = rows.assign(hour=pd.to_datetime(rows["hour"], utc=True))
    return utc[utc["hour"] <= pd.Timestamp(at)].set_index(["field_id", "hour"]).sort_index()
