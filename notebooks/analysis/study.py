"""The study from the tables to the saved model. Every number of its result comes from this run."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pandas as pd
from msgspec import Struct
from pyspark.sql import SparkSession

from notebooks.analysis.choose import Chosen
from notebooks.analysis.examine import Examined, Say, examine
from notebooks.analysis.labels import HORIZONS, LABELS, WITHIN
from notebooks.analysis.rows import rows_of, thinned
from notebooks.analysis.train import Validated
from notebooks.analysis.trial import Falls, Forecast, errors, falls, forecasts
from storage.farm import Farm
from streaming.features import FEATURES
from streaming.model import CARD, ModelCard
from streaming.stored_hours import hours_of, places_of
from telemetry.clock import duration, utc_now

__all__ = ["Study", "study"]


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
    chosen_for_falls: Chosen
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
    now = utc_now()
    stored = hours_of(spark, farm, now - timedelta(seconds=duration(since)), now)
    rows = rows_of(stored, places_of(spark, farm), since)
    found = examine(spark, rows, say)
    say("fitting both to all the data, and saving them")
    result = _result(rows, found, models)
    _save(spark, result, rows, found)
    return result


def _result(rows: pd.DataFrame, found: Examined, models: Path) -> Study:
    split, picked, made = found.split, found.picked, utc_now()
    return Study(
        made=made,
        begins=rows["hour"].min().to_pydatetime(), ends=rows["hour"].max().to_pydatetime(),
        fields=sorted(rows["field_id"].unique()), hours=len(rows),
        train_until=split.train["hour"].max().to_pydatetime(),
        test_from=split.test["hour"].min().to_pydatetime(),
        test_days=split.test["hour"].dt.floor("D").nunique(),
        chosen=picked.chosen, chosen_for_falls=picked.chosen_for_falls,
        regressors=found.regressors, regressor=picked.regressor.title,
        classifiers=found.classifiers, classifier=picked.classifier.title,
        forecasts=forecasts(found.outcomes), falls=falls(found.outcomes),
        model=str(models / f"{made:%Y%m%dT%H%M%SZ}"),
    )  # fmt: skip


def _save(spark: SparkSession, result: Study, rows: pd.DataFrame, found: Examined) -> None:
    """The pipelines, fitted to all there is, and last of all `model.json`: the folder counts from then on."""
    folder, all_of_it = Path(result.model), thinned(rows)
    folder.mkdir(parents=True)
    for label in LABELS:
        found.picked.fit(spark, all_of_it, label).write().overwrite().save(str(folder / label))
    card = ModelCard(
        name=folder.name, made=result.made, begins=result.begins, ends=result.ends, fields=result.fields,
        features=[*FEATURES], horizons=[*HORIZONS], within=WITHIN, errors=errors(found.outcomes),
        regressor={"title": result.regressor, "selected": result.chosen.selected},
        classifier={"title": result.classifier, "selected": result.chosen_for_falls.selected},
        scores=msgspec.to_builtins({"forecasts": result.forecasts, "falls": result.falls}),
    )  # fmt: skip
    draft = folder / f"{CARD}.new"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2))
    draft.replace(folder / CARD)
