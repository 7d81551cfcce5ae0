"""Candidates, each a spark.ml pipeline; cross-validation over time says which one is taken."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
from msgspec import Struct
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.base import Estimator
from pyspark.ml.classification import LogisticRegression, RandomForestClassifier
from pyspark.ml.feature import PCA, StandardScaler, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.regression import LinearRegression, RandomForestRegressor
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from notebooks.analysis.choose import Chosen, choose
from notebooks.analysis.evaluate import area_under_curve, rmse
from notebooks.analysis.labels import FALLS
from notebooks.analysis.splits import Split

__all__ = ["CLASSIFIERS", "REGRESSORS", "Candidate", "Validated", "fit", "predicted", "validate"]

_AT_A_TIME = 2


class Candidate(NamedTuple):
    """A model by its name, with the parameters tried, and how to build it for given features."""

    name: str
    parameters: Mapping[str, float]
    build: Callable[[Chosen, Sequence[str], str], Pipeline]

    @property
    def title(self) -> str:
        """The name with its parameters."""
        told = ", ".join(f"{key} {value:g}" for key, value in self.parameters.items())
        return f"{self.name} ({told})"


class Validated(Struct, frozen=True):
    """A candidate's score on each fold: RMSE in % of volume (less is better), or AUC (more is).

    An AUC is NaN where no field falls below its threshold in the fold, or none did before it.
    """

    name: str
    parameters: dict[str, float]
    scores: list[float]

    @property
    def mean(self) -> float:
        """Over the folds that have a score; NaN where none has."""
        known = [score for score in self.scores if np.isfinite(score)]
        return float(np.mean(known)) if known else float("nan")


def _linear(penalty: float, mixing: float) -> Candidate:
    def build(_: Chosen, names: Sequence[str], label: str) -> Pipeline:
        model = LinearRegression(
            featuresCol="scaled",
            labelCol=label,
            regParam=penalty,
            elasticNetParam=mixing,
            solver="normal" if not mixing else "auto",
        )
        return Pipeline(stages=[*_scaled(names), model])

    return Candidate("elastic net, all features", {"penalty": penalty, "mixing": mixing}, build)


def _on_components(penalty: float) -> Candidate:
    def build(chosen: Chosen, names: Sequence[str], label: str) -> Pipeline:
        pca = PCA(k=chosen.components, inputCol="scaled", outputCol="scores")
        model = LinearRegression(featuresCol="scores", labelCol=label, regParam=penalty, solver="normal")
        return Pipeline(stages=[*_scaled(names), pca, model])

    return Candidate("ridge on principal components", {"penalty": penalty}, build)


def _forest(depth: int, trees: int) -> Candidate:
    def build(chosen: Chosen, _: Sequence[str], label: str) -> Pipeline:
        model = RandomForestRegressor(
            featuresCol="all", labelCol=label, maxDepth=depth, numTrees=trees, seed=1,
            subsamplingRate=0.7, minInstancesPerNode=5, featureSubsetStrategy="0.5",
        )  # fmt: skip
        return Pipeline(stages=[_assembled(chosen.selected), model])

    return Candidate("random forest, selected features", {"depth": depth, "trees": trees}, build)


def _logistic(penalty: float) -> Candidate:
    def build(_: Chosen, names: Sequence[str], label: str) -> Pipeline:
        model = LogisticRegression(featuresCol="scaled", labelCol=label, regParam=penalty)
        return Pipeline(stages=[*_scaled(names), model])

    return Candidate("logistic, all features", {"penalty": penalty}, build)


def _classes(depth: int, trees: int) -> Candidate:
    def build(chosen: Chosen, _: Sequence[str], label: str) -> Pipeline:
        model = RandomForestClassifier(
            featuresCol="all", labelCol=label, maxDepth=depth, numTrees=trees, seed=1,
            subsamplingRate=0.7, minInstancesPerNode=5, featureSubsetStrategy="0.5",
        )  # fmt: skip
        return Pipeline(stages=[_assembled(chosen.selected), model])

    return Candidate("random forest, selected features", {"depth": depth, "trees": trees}, build)


REGRESSORS = (
    _linear(0.01, 0.0),
    _linear(0.05, 0.8),
    _on_components(0.01),
    _forest(6, 24),
)
CLASSIFIERS = (_logistic(0.01), _classes(6, 24))
"""Small grids: a run is to take minutes, on two cores."""


def validate(
    spark: SparkSession,
    candidates: Sequence[Candidate],
    folds: Sequence[Split],
    names: tuple[str, ...],
    label: str,
) -> list[Validated]:
    """Every candidate on every fold; features are chosen anew within each, from what is trained on."""
    parts = [(to_spark(spark, fold.train, label), fold.test.dropna(subset=[label])) for fold in folds]
    chosen = [choose(train, names, label) for train, _ in parts]
    alike = [fold.train[label].nunique() < 2 for fold in folds]

    def score(candidate: Candidate, number: int) -> float:
        train, test = parts[number]
        if alike[number]:
            return float("nan")
        model = fit(candidate, chosen[number], train, names, label)
        guess = predicted(spark, model, test, names, label)
        measure = area_under_curve if label == FALLS else rmse
        return measure(test[label].to_numpy(), guess)

    pairs = [(candidate, number) for candidate in candidates for number in range(len(folds))]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        scores = list(pool.map(lambda pair: score(*pair), pairs))
    for train, _ in parts:
        train.unpersist()
    size = len(folds)
    return [
        Validated(each.name, dict(each.parameters), scores[i * size : (i + 1) * size])
        for i, each in enumerate(candidates)
    ]


def fit(
    candidate: Candidate, chosen: Chosen, train: DataFrame, names: tuple[str, ...], label: str
) -> PipelineModel:
    """The candidate's parameters, estimated from `train`."""
    pipeline: Estimator[PipelineModel] = candidate.build(chosen, names, label)
    return pipeline.fit(train)


def predicted(
    spark: SparkSession, model: PipelineModel, rows: pd.DataFrame, names: tuple[str, ...], label: str
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """For each of `rows` the expected change, or the probability to fall."""
    frame = spark.createDataFrame(rows[[*names]].assign(row=np.arange(len(rows)))).coalesce(1)
    out = model.transform(frame)
    if label == FALLS:
        out = out.withColumn("prediction", vector_to_array(F.col("probability"))[1])
    found = out.select("row", "prediction").toPandas().sort_values("row")
    return np.asarray(found["prediction"], dtype=np.float64)


def to_spark(spark: SparkSession, rows: pd.DataFrame, label: str) -> DataFrame:
    """Rows whose label is known, at hand for many passes."""
    frame = spark.createDataFrame(rows.dropna(subset=[label])).coalesce(1).cache()
    frame.count()
    return frame


def _assembled(names: Sequence[str]) -> VectorAssembler:
    return VectorAssembler(inputCols=[*names], outputCol="all")


def _scaled(names: Sequence[str]) -> tuple[VectorAssembler, StandardScaler]:
    return _assembled(names), StandardScaler(inputCol="all", outputCol="scaled", withMean=True)
