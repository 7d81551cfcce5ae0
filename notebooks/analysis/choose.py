"""How many features, and which: PCA says how many directions there are, a forest which columns matter."""

import numpy as np
from msgspec import Struct
from pyspark.ml import Pipeline
from pyspark.ml.feature import PCA, StandardScaler, VectorAssembler
from pyspark.ml.regression import RandomForestRegressor
from pyspark.sql import DataFrame

__all__ = ["Chosen", "choose"]

_EXPLAINED = 0.95


class Chosen(Struct, frozen=True):
    """`explained` is the share of variance of each principal component, `components` how many hold 95 %.

    `importances` is of all features, the greatest first; `selected` the first `components` of them.
    """

    explained: list[float]
    components: int
    importances: dict[str, float]
    selected: list[str]


def choose(train: DataFrame, names: tuple[str, ...], label: str) -> Chosen:
    """From rows to train on alone."""
    assemble = VectorAssembler(inputCols=[*names], outputCol="all")
    scale = StandardScaler(inputCol="all", outputCol="scaled", withMean=True)
    pca = PCA(k=len(names), inputCol="scaled", outputCol="scores")
    forest = RandomForestRegressor(
        featuresCol="all", labelCol=label, numTrees=20, maxDepth=7, seed=1, subsamplingRate=0.7
    )
    fitted = Pipeline(stages=[assemble, scale, pca, forest]).fit(train.select(*names, label))
    explained = np.asarray(fitted.stages[2].explainedVariance.toArray())  # type: ignore[attr-defined]
    components = int(np.searchsorted(np.cumsum(explained), _EXPLAINED) + 1)
    weights = fitted.stages[3].featureImportances.toArray()  # type: ignore[attr-defined]
    order = sorted(zip(names, map(float, weights), strict=True), key=lambda pair: -pair[1])
    return Chosen(
        [float(share) for share in explained],
        components,
        dict(order),
        [name for name, _ in order][:components],
    )
