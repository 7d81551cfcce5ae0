"""The study from the tables to the saved model. Every number of its result comes from this run."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
from msgspec import Struct
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from notebooks.analysis.baselines import usual_falls, usual_moisture
from notebooks.analysis.choose import Chosen, choose
from notebooks.analysis.evaluate import Interval, auc_interval, rmse_interval, skill_interval
from notebooks.analysis.labels import HORIZONS, WITHIN, labelled
from notebooks.analysis.leakage import require_none
from notebooks.analysis.splits import Split, folds, holdout
from notebooks.analysis.train import (
    CLASSIFIERS,
    REGRESSORS,
    Candidate,
    Validated,
    fit,
    predicted,
    to_spark,
    validate,
)
from storage.farm import Farm
from streaming.features import FEATURES, features
from streaming.model import CARD, ModelCard
from streaming.stored_hours import hours_of, places_of
from telemetry.clock import duration, utc_now
from telemetry.errors import FarmstreamError

__all__ = ["Forecast", "Study", "study"]

_LEAST_DAYS = 21
_MOST_ROWS = 8_000
_CHOSEN_BY = "after_24"
_LEVELS = (0.05, 0.95)

Say = Callable[[str], None]


class NoData(FarmstreamError):
    """The tables hold too little for a study; the text says what to do."""


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


class Study(Struct, frozen=True, kw_only=True):
    """The result; `model` is the folder with the saved model."""

    made: datetime
    begins: datetime
    ends: datetime
    fields: list[str]
    hours: int
    train_until: datetime
    test_from: datetime
    test_days: int
    chosen: Chosen
    regressors: list[Validated]
    regressor: str
    classifiers: list[Validated]
    classifier: str
    forecasts: list[Forecast]
    falls: Falls
    model: str


def study(
    spark: SparkSession, farm: Farm, models: Path, since: str = "1y", say: Say = lambda step: None
) -> Study:
    """Run it on the last `since` of all fields; `say` is told each step. NoData where there is too little."""
    say("reading hours from the tables, and making features")
    rows = _rows(spark, farm, since)
    split = holdout(rows)
    trained = _thinned(split.train)
    say("choosing features: principal components and importances")
    chosen = choose(to_spark(spark, trained, _CHOSEN_BY), FEATURES, _CHOSEN_BY)
    say(f"cross-validating {len(REGRESSORS)} models of moisture on {_CHOSEN_BY.removeprefix('after_')} h")
    parts = list(folds(trained))
    regressors = validate(spark, REGRESSORS, parts, FEATURES, _CHOSEN_BY)
    say(f"cross-validating {len(CLASSIFIERS)} models of falling below the threshold")
    classifiers = validate(spark, CLASSIFIERS, parts, FEATURES, "falls")
    best = REGRESSORS[int(np.argmin([each.mean for each in regressors]))]
    sure = CLASSIFIERS[int(np.nanargmax([each.mean for each in classifiers]))]
    say(f"testing {best.title} and {sure.title} on the last quarter of the time")
    tested = _tested(spark, Split(trained, split.test), best, sure, chosen)
    say("fitting both to all the data, and saving them")
    made = utc_now()
    result = Study(
        made=made,
        begins=rows["hour"].min().to_pydatetime(), ends=rows["hour"].max().to_pydatetime(),
        fields=sorted(rows["field_id"].unique()), hours=len(rows),
        train_until=split.train["hour"].max().to_pydatetime(),
        test_from=split.test["hour"].min().to_pydatetime(),
        test_days=split.test["hour"].dt.floor("D").nunique(),
        chosen=chosen, regressors=regressors, regressor=best.title, classifiers=classifiers,
        classifier=sure.title, forecasts=tested.forecasts, falls=tested.falls,
        model=str(models / f"{made:%Y%m%dT%H%M%SZ}"),
    )  # fmt: skip
    _save(spark, result, rows, (best, sure), tested.errors)
    return result


def _rows(spark: SparkSession, farm: Farm, since: str) -> pd.DataFrame:
    """Features and labels by field and hour, checked for features that know the future."""
    now = utc_now()
    stored = hours_of(spark, farm, now - timedelta(seconds=duration(since)), now)
    hours, places = stored.coalesce(1).cache(), places_of(spark, farm)
    made = labelled(features(hours, places)).toPandas()
    made["hour"] = pd.to_datetime(made["hour"], utc=True)
    rows = made.dropna(subset=[*FEATURES])
    days = rows["hour"].dt.floor("D").nunique()
    if days < _LEAST_DAYS:
        raise NoData(
            f"There are whole hours of {days} days in the last {since}, and a study needs {_LEAST_DAYS}: "
            f"let the pipeline run on, or fill the tables with `farmstream simulate --history 60d`."
        )
    middle = rows["hour"].min() + (rows["hour"].max() - rows["hour"].min()) / 2
    require_none(features, made, hours, places, middle.floor("h").to_pydatetime())
    hours.unpersist()
    return rows.sort_values(["hour", "field_id"], ignore_index=True)


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """Neighbouring hours say much the same: of a long past every second, third … of them is enough."""
    step = -(-len(rows) // _MOST_ROWS)
    return rows.iloc[::step] if step > 1 else rows


class _Tested(Struct, frozen=True):
    forecasts: list[Forecast]
    falls: Falls
    errors: dict[str, tuple[float, float]]


def _tested(spark: SparkSession, split: Split, best: Candidate, sure: Candidate, chosen: Chosen) -> _Tested:
    forecasts, errors = [], {}
    for horizon in HORIZONS:
        label = f"after_{horizon}"
        model = fit(best, chosen, to_spark(spark, split.train, label), FEATURES, label)
        test = split.test.dropna(subset=[label])
        guess, truth = predicted(spark, model, test, FEATURES, label), test[label].to_numpy()
        still = np.zeros_like(truth)
        usual = usual_moisture(split.train, test, horizon) - test["moisture"].to_numpy()
        ours, theirs, mean = (rmse_interval(test["hour"], truth, each) for each in (guess, still, usual))
        forecasts.append(
            Forecast(horizon, ours, theirs, mean, skill_interval(test["hour"], truth, guess, still))
        )
        low, high = np.quantile(truth - guess, _LEVELS)
        errors[str(horizon)] = (float(low), float(high))
    model = fit(sure, chosen, to_spark(spark, split.train, "falls"), FEATURES, "falls")
    return _Tested(forecasts, _falls(spark, split, model), errors)


def _falls(spark: SparkSession, split: Split, model: PipelineModel) -> Falls:
    test = split.test.dropna(subset=["falls"])
    truth = test["falls"].to_numpy()
    scores = (
        predicted(spark, model, test, FEATURES, "falls"),
        -test["margin"].to_numpy(),  # that nothing changes: the nearer to the threshold, the likelier
        usual_falls(split.train, test),
    )
    ours, theirs, usual = (auc_interval(test["hour"], truth, score) for score in scores)
    return Falls(ours, theirs, usual, hours=len(test), cases=int(truth.sum()))


def _save(
    spark: SparkSession, result: Study, rows: pd.DataFrame, models: tuple[Candidate, Candidate],
    errors: dict[str, tuple[float, float]],
) -> None:  # fmt: skip
    """The pipelines, fitted to all there is, and last of all `model.json`: the folder counts from then on."""
    folder, all_of_it = Path(result.model), _thinned(rows)
    folder.mkdir(parents=True)
    for label in (*(f"after_{k}" for k in HORIZONS), "falls"):
        candidate = models[label == "falls"]
        fitted = fit(candidate, result.chosen, to_spark(spark, all_of_it, label), FEATURES, label)
        fitted.write().overwrite().save(str(folder / label))
    card = ModelCard(
        name=folder.name, made=result.made, begins=result.begins, ends=result.ends, fields=result.fields,
        features=[*FEATURES], horizons=[*HORIZONS], within=WITHIN, errors=errors,
        regressor={"title": result.regressor, "selected": result.chosen.selected},
        classifier={"title": result.classifier, "selected": result.chosen.selected},
        scores=msgspec.to_builtins({"forecasts": result.forecasts, "falls": result.falls}),
    )  # fmt: skip
    draft = folder / f"{CARD}.new"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2))
    draft.replace(folder / CARD)
