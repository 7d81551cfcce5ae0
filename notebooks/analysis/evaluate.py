"""Scores, and how sure they are: RMSE and AUC with intervals from a bootstrap over whole days.

Hours of one day are alike, so resampling hours would make the intervals far too narrow (block bootstrap:
Künsch, Ann. Statist. 17 (1989) 1217–1241). AUC is the chance that a case scores above a non-case, ties half
(Hanley and McNeil, Radiology 143 (1982) 29–36).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from msgspec import Struct
from numpy.typing import NDArray

__all__ = ["Interval", "area_under_curve", "auc_interval", "rmse", "rmse_interval", "skill_interval"]

Floats = NDArray[np.float64]

_TIMES = 1000
_SEED = 1
_LEVELS = (0.025, 0.975)


class Interval(Struct, frozen=True):
    """A score with its 95 % interval; `low` and `high` are null where resampling gives none."""

    value: float
    low: float | None
    high: float | None


def rmse(truth: Floats, guess: Floats) -> float:
    """In the unit of `truth`."""
    return float(np.sqrt(np.mean((truth - guess) ** 2)))


def area_under_curve(truth: Floats, score: Floats, weight: Floats | None = None) -> float:
    """Of the ROC; NaN where there are only cases or none."""
    weight = np.ones_like(truth) if weight is None else weight
    _, place = np.unique(score, return_inverse=True)
    cases = np.bincount(place, weight * truth)
    others = np.bincount(place, weight * (1.0 - truth))
    below = np.cumsum(others) - others
    both = cases.sum() * others.sum()
    return float((cases * (below + 0.5 * others)).sum() / both) if both else float("nan")


def rmse_interval(days: "pd.Series[Any]", truth: Floats, guess: Floats) -> Interval:
    """`days` says by a day, or any other label, which values are drawn together."""
    squares = (truth - guess) ** 2
    return _interval(days, rmse(truth, guess), lambda w: np.sqrt(np.average(squares, weights=w)))


def skill_interval(days: "pd.Series[Any]", truth: Floats, guess: Floats, baseline: Floats) -> Interval:
    """By what share the RMSE is below the baseline's; both are resampled together."""
    ours, theirs = (truth - guess) ** 2, (truth - baseline) ** 2
    whole = 1.0 - rmse(truth, guess) / rmse(truth, baseline)
    return _interval(days, whole, lambda w: 1.0 - np.sqrt((w * ours).sum() / (w * theirs).sum()))


def auc_interval(days: "pd.Series[Any]", truth: Floats, score: Floats) -> Interval:
    """As `area_under_curve`."""
    return _interval(days, area_under_curve(truth, score), lambda w: area_under_curve(truth, score, w))


def _interval(days: "pd.Series[Any]", value: float, statistic: Callable[[Floats], float]) -> Interval:
    day, labels = pd.factorize(days)
    random, found = np.random.default_rng(_SEED), []
    for _ in range(_TIMES):
        drawn = np.bincount(random.integers(len(labels), size=len(labels)), minlength=len(labels))
        found.append(statistic(drawn[day].astype(np.float64)))
    known = np.asarray(found)[np.isfinite(found)]
    if not len(known) or not np.isfinite(value):
        return Interval(value, None, None)
    low, high = np.quantile(known, _LEVELS)
    return Interval(value, float(low), float(high))
