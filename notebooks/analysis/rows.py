"""What the study works on: features and labels by field and hour, and of a long past not every hour."""

from math import gcd

import pandas as pd
from pyspark.sql import DataFrame

from notebooks.analysis.labels import labelled
from notebooks.analysis.leakage import require_none
from streaming.features import FEATURES, features
from telemetry.errors import FarmstreamError

__all__ = ["NoData", "rows_of", "thinned"]

_LEAST_DAYS = 21
_MOST_ROWS = 8_000
_WEEK = 7 * 24


class NoData(FarmstreamError):
    """The tables hold too little for a study; the text says what to do."""


def rows_of(hours: DataFrame, places: DataFrame, since: str) -> pd.DataFrame:
    """Of `streaming.features.HOURS` and `PLACE`; checked for features that know the future.

    NoData where these hours of the last `since` are too few.
    """
    hours = hours.coalesce(1).cache()
    try:
        made = labelled(features(hours, places)).toPandas()
        made["hour"] = pd.to_datetime(made["hour"], utc=True)
        rows = made.dropna(subset=[*FEATURES])
        _require_days(rows, since)
        middle = rows["hour"].min() + (rows["hour"].max() - rows["hour"].min()) / 2
        require_none(features, made, hours, places, middle.floor("h").to_pydatetime())
    finally:
        hours.unpersist()
    return rows.sort_values(["hour", "field_id"], ignore_index=True)


def _require_days(rows: pd.DataFrame, since: str) -> None:
    days = rows["hour"].dt.floor("D").nunique()
    if days < _LEAST_DAYS:
        raise NoData(
            f"There are whole hours of {days} days in the last {since}, not counting each field's "
            f"first week, and a study needs {_LEAST_DAYS}: let the pipeline run on, or fill the tables with "
            f"`farmstream simulate --history 60d`."
        )


def thinned(rows: pd.DataFrame, most: int = _MOST_ROWS) -> pd.DataFrame:
    """Neighbouring hours say much the same: of a long past every fifth or so, of all fields, is enough.

    No step shares a divisor with a week's hours: each hour of the day and of the week stays in.
    """
    step = -(-len(rows) // most)
    while gcd(step, _WEEK) > 1:
        step += 1
    return rows[rows["hour"].isin(rows["hour"].drop_duplicates().sort_values().iloc[::step])]
