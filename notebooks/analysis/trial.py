"""The test: what the models that were picked say of the last quarter of the time, beside what happened."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from msgspec import Struct
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from notebooks.analysis.baselines import usual_falls, usual_moisture
from notebooks.analysis.choose import Chosen
from notebooks.analysis.evaluate import Interval, auc_interval, rmse_interval, skill_interval
from notebooks.analysis.labels import FALLS, HORIZONS, LABELS
from notebooks.analysis.splits import Split
from notebooks.analysis.train import Candidate, fit, predicted, to_spark
from streaming.features import FEATURES

__all__ = ["Falls", "Forecast", "Outcomes", "Picked", "errors", "falls", "forecasts", "outcomes"]

_LEVELS = (0.05, 0.95)
_SAID = ("model", "persistence", "climatology")

Outcomes = Mapping[str, pd.DataFrame]
"""By label the rows of the test: `day`, `truth`, and what `model`, `persistence`, `climatology` said."""


class Forecast(Struct, frozen=True):
    """RMSE on the test, in % of volume; `skill` is the share by which the model's is below persistence's."""

    horizon: int
    model: Interval
    persistence: Interval
    climatology: Interval
    skill: Interval


class Falls(Struct, frozen=True):
    """AUC on the test of: will the field fall below its threshold within 24 h? Of hours when it is not."""

    model: Interval
    persistence: Interval
    climatology: Interval
    hours: int
    cases: int


class Picked(NamedTuple):
    """What the cross-validation has picked, with the features chosen for it."""

    regressor: Candidate
    chosen: Chosen
    classifier: Candidate
    chosen_for_falls: Chosen

    def fit(self, spark: SparkSession, rows: pd.DataFrame, label: str) -> PipelineModel:
        """The one for `label`, its parameters estimated from `rows`."""
        candidate, chosen = self[2:] if label == FALLS else self[:2]
        train = to_spark(spark, rows, label)
        try:
            return fit(candidate, chosen, train, FEATURES, label)
        finally:
            train.unpersist()


def outcomes(spark: SparkSession, split: Split, picked: Picked) -> Outcomes:
    """Of every label, with models that know the training alone."""
    return {label: _outcome(spark, split, picked, label) for label in LABELS}


def _outcome(spark: SparkSession, split: Split, picked: Picked, label: str) -> pd.DataFrame:
    test = split.test.dropna(subset=[label])
    guess = predicted(spark, picked.fit(spark, split.train, label), test, FEATURES, label)
    if label == FALLS:  # that nothing changes: the nearer to the threshold, the likelier
        still, usual = -test["margin"].to_numpy(), usual_falls(split.train, test)
    else:
        ahead = int(label.removeprefix("after_"))
        still = np.zeros(len(test))
        usual = usual_moisture(split.train, test, ahead) - test["moisture"].to_numpy()
    columns = {"model": guess, "persistence": still, "climatology": usual}
    return pd.DataFrame({"day": test["hour"].dt.floor("D"), "truth": test[label], **columns})


def forecasts(found: Outcomes) -> list[Forecast]:
    """By horizon."""
    return [_forecast(horizon, found[f"after_{horizon}"]) for horizon in HORIZONS]


def _forecast(horizon: int, rows: pd.DataFrame) -> Forecast:
    truth, (ours, still, usual) = rows["truth"].to_numpy(), (rows[name].to_numpy() for name in _SAID)
    model, theirs, mean = (rmse_interval(rows["day"], truth, guess) for guess in (ours, still, usual))
    return Forecast(horizon, model, theirs, mean, skill_interval(rows["day"], truth, ours, still))


def falls(found: Outcomes) -> Falls:
    """Of the chance to fall below the threshold."""
    rows = found[FALLS]
    truth = rows["truth"].to_numpy()
    ours, still, usual = (auc_interval(rows["day"], truth, rows[name].to_numpy()) for name in _SAID)
    return Falls(ours, still, usual, hours=len(rows), cases=int(truth.sum()))


def errors(found: Outcomes) -> dict[str, tuple[float, float]]:
    """By horizon, between what nine of ten errors lay: observed less expected."""
    return {str(horizon): _between(found[f"after_{horizon}"]) for horizon in HORIZONS}


def _between(rows: pd.DataFrame) -> tuple[float, float]:
    low, high = np.quantile(rows["truth"] - rows["model"], _LEVELS)
    return float(low), float(high)
