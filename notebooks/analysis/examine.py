"""From rows to models that were picked and tested: nothing is chosen by what they are tested on."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

from notebooks.analysis.choose import Chosen, choose
from notebooks.analysis.labels import FALLS
from notebooks.analysis.rows import thinned
from notebooks.analysis.splits import Split, folds, holdout
from notebooks.analysis.train import CLASSIFIERS, REGRESSORS, Candidate, Validated, to_spark, validate
from notebooks.analysis.trial import Outcomes, Picked, outcomes
from streaming.features import FEATURES

__all__ = ["Examined", "Say", "best_of", "examine"]

_CHOSEN_BY = "after_24"

Say = Callable[[str], None]


class Examined(NamedTuple):
    """What was picked, by which scores, and how it did on the test."""

    split: Split
    picked: Picked
    regressors: list[Validated]
    classifiers: list[Validated]
    outcomes: Outcomes


def examine(spark: SparkSession, rows: pd.DataFrame, say: Say) -> Examined:
    """Of `notebooks.analysis.rows.rows_of`; `say` is told each step."""
    split = holdout(rows)
    trained = thinned(split.train)
    say("choosing features: principal components and importances")
    chosen, of_falls = (_chosen(spark, trained, label) for label in (_CHOSEN_BY, FALLS))
    parts = list(folds(trained))
    say(f"cross-validating {len(REGRESSORS)} models of moisture on {_CHOSEN_BY.removeprefix('after_')} h")
    regressors = validate(spark, REGRESSORS, parts, FEATURES, _CHOSEN_BY)
    say(f"cross-validating {len(CLASSIFIERS)} models of falling below the threshold")
    classifiers = validate(spark, CLASSIFIERS, parts, FEATURES, FALLS)
    best = best_of(REGRESSORS, [-each.mean for each in regressors])
    sure = best_of(CLASSIFIERS, [each.mean for each in classifiers])
    picked = Picked(best, chosen, sure, of_falls)
    say(f"testing {best.title} and {sure.title} on the last quarter of the time")
    found = outcomes(spark, Split(trained, split.test), picked)
    return Examined(split, picked, regressors, classifiers, found)


def best_of(candidates: Sequence[Candidate], means: Sequence[float]) -> Candidate:
    """The one with the greatest mean.

    The first where none is known: of classifiers the logistic one, which can learn that nothing ever falls.
    """
    return candidates[int(np.argmax(np.nan_to_num(means, nan=-np.inf)))]


def _chosen(spark: SparkSession, rows: pd.DataFrame, label: str) -> Chosen:
    train = to_spark(spark, rows, label)
    try:
        return choose(train, FEATURES, label)
    finally:
        train.unpersist()
