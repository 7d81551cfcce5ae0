"""What a forecast must beat: that nothing changes, and what is usual at that time."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["usual_falls", "usual_moisture"]


def usual_moisture(train: pd.DataFrame, test: pd.DataFrame, horizon: int) -> NDArray[np.float64]:
    """Climatology: the field's mean moisture in the month and at the hour forecast for, from the training.

    Where the training has no such month, its mean at that hour.
    """
    then = test["hour"] + pd.Timedelta(hours=horizon)
    known = train.assign(month=train["hour"].dt.month, clock=train["hour"].dt.hour)
    asked = test[["field_id"]].assign(month=then.dt.month, clock=then.dt.hour)
    return _looked_up(known, asked, "moisture", (["field_id", "month", "clock"], ["field_id", "clock"]))


def usual_falls(train: pd.DataFrame, test: pd.DataFrame) -> NDArray[np.float64]:
    """How often the field fell below its threshold in that month, from the training; else ever."""
    known = train.dropna(subset=["falls"])
    known = known.assign(month=known["hour"].dt.month)
    asked = test[["field_id"]].assign(month=test["hour"].dt.month)
    return _looked_up(known, asked, "falls", (["field_id", "month"], ["field_id"]))


def _looked_up(
    known: pd.DataFrame, asked: pd.DataFrame, column: str, keys: tuple[list[str], ...]
) -> NDArray[np.float64]:
    found = pd.Series(np.nan, index=asked.index)
    for key in keys:
        means = known.groupby(key)[column].mean().rename("usual").reset_index()
        found = found.fillna(asked.merge(means, on=key, how="left").set_index(asked.index)["usual"])
    return np.asarray(found.fillna(known[column].mean()), dtype=np.float64)
