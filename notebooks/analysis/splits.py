"""Training comes before testing, and between them lies a gap as long as the longest forecast.

Without the gap the label of the last hour trained on would be a value of the hours tested on.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from notebooks.analysis.labels import LONGEST
from telemetry.errors import FarmstreamError

__all__ = ["Leak", "Split", "check", "folds", "holdout"]

_GAP = pd.Timedelta(hours=LONGEST)
_TESTED = 0.25
_VALIDATED = 0.6


class Leak(FarmstreamError):
    """What is trained on knows of what is tested on."""


class Split(NamedTuple):
    """Rows to train on and rows to test on, each with `hour`."""

    train: pd.DataFrame
    test: pd.DataFrame


def holdout(rows: pd.DataFrame) -> Split:
    """The last quarter of the time is for the test, which nothing is chosen by."""
    begin, end = rows["hour"].min(), rows["hour"].max()
    return _split(rows, (end - (end - begin) * _TESTED).floor("D"), end)


def folds(rows: pd.DataFrame, count: int = 3) -> Iterator[Split]:
    """Forward in time: each validates the next stretch with a model of all that came before it."""
    begin, end = rows["hour"].min(), rows["hour"].max()
    stretch = (end - begin) * _VALIDATED / count
    for number in range(count):
        first = end - stretch * (count - number)
        yield _split(rows, first, first + stretch)


def check(split: Split) -> Split:
    """The same split; Leak where a label of the training reaches into the test."""
    if not len(split.train) or not len(split.test):
        raise FarmstreamError("There is too little time in the data to train before it and test after it.")
    known, tested = split.train["hour"].max() + _GAP, split.test["hour"].min()
    if known > tested:
        raise Leak(f"Training knows moisture up to {known}, and the test begins at {tested}.")
    return split


def _split(rows: pd.DataFrame, first: pd.Timestamp, end: pd.Timestamp) -> Split:
    train = rows[rows["hour"] + _GAP <= first]
    return check(Split(train, rows[(rows["hour"] >= first) & (rows["hour"] <= end)]))
