"""The study's own arithmetic: splits that leak nothing, scores as others compute them, honest intervals."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from notebooks.analysis.baselines import usual_falls, usual_moisture
from notebooks.analysis.evaluate import area_under_curve, auc_interval, rmse, rmse_interval, skill_interval
from notebooks.analysis.labels import LONGEST
from notebooks.analysis.splits import Leak, Split, check, folds, holdout

HOURS = pd.date_range("2026-06-01", periods=24 * 60, freq="h", tz="UTC")
ROWS = pd.DataFrame({"field_id": "a", "hour": HOURS, "moisture": np.arange(len(HOURS)) % 24 / 1.0})
GAP = pd.Timedelta(hours=LONGEST)


def test_no_label_of_the_training_reaches_into_the_test() -> None:
    for split in (holdout(ROWS), *folds(ROWS)):
        assert split.train["hour"].max() + GAP <= split.test["hour"].min()


def test_folds_go_forward_and_cover_the_end() -> None:
    found = list(folds(ROWS))
    assert [len(fold.train) for fold in found] == sorted(len(fold.train) for fold in found)
    assert found[-1].test["hour"].max() == HOURS[-1]
    for one, next_one in pairwise(found):
        assert one.test["hour"].max() <= next_one.test["hour"].min()


def test_a_random_split_is_a_leak() -> None:
    chosen = np.random.default_rng(1).random(len(ROWS)) < 0.75
    with pytest.raises(Leak, match="Training knows moisture up to"):
        check(Split(ROWS[chosen], ROWS[~chosen]))


def test_a_split_without_the_gap_is_a_leak() -> None:
    at = HOURS[1000]
    with pytest.raises(Leak):
        check(Split(ROWS[ROWS["hour"] < at], ROWS[ROWS["hour"] >= at]))


def test_auc_is_scikit_learns_ties_and_weights_included() -> None:
    random = np.random.default_rng(2)
    truth = (random.random(500) < 0.2).astype(float)
    score = np.round(truth + random.normal(0, 1, 500), 1)
    weight = random.integers(0, 3, 500).astype(float)
    assert area_under_curve(truth, score) == pytest.approx(roc_auc_score(truth, score))
    expected = roc_auc_score(truth, score, sample_weight=weight)
    assert area_under_curve(truth, score, weight) == pytest.approx(expected)
    assert np.isnan(area_under_curve(np.zeros(3), np.arange(3.0)))


def test_intervals_hold_the_value_and_are_wide_where_days_are_alike() -> None:
    random, hours = np.random.default_rng(3), pd.Series(HOURS)
    truth = np.zeros(len(hours))
    of_the_day = np.repeat(random.normal(0, 1, 60), 24)
    by_the_hour = random.normal(0, 1, len(hours))
    days, alone = (rmse_interval(hours, truth, guess) for guess in (of_the_day, by_the_hour))
    for interval, guess in ((days, of_the_day), (alone, by_the_hour)):
        assert interval.low is not None and interval.high is not None
        assert interval.low < interval.value == rmse(truth, guess) < interval.high
    assert (days.high or 0) - (days.low or 0) > 2 * ((alone.high or 0) - (alone.low or 0))


def test_skill_compares_on_the_same_days() -> None:
    hours = pd.Series(HOURS)
    baseline = np.random.default_rng(4).normal(0, 1, len(hours))
    skill = skill_interval(hours, np.zeros(len(hours)), baseline / 2, baseline)
    assert (skill.value, skill.low, skill.high) == pytest.approx((0.5, 0.5, 0.5))


def test_an_auc_without_cases_has_no_interval() -> None:
    interval = auc_interval(pd.Series(HOURS), np.zeros(len(HOURS)), np.arange(len(HOURS)) / 1.0)
    assert interval.low is None and np.isnan(interval.value)


def test_climatology_is_the_mean_of_that_hour_from_the_training_alone() -> None:
    train = ROWS[:240].assign(falls=0.0)
    test = ROWS[240:264].assign(falls=1.0, moisture=99.0)
    expected = (test["hour"] + pd.Timedelta(hours=6)).dt.hour.to_numpy()
    assert usual_moisture(train, test, 6) == pytest.approx(expected)
    assert usual_falls(train, test) == pytest.approx(np.zeros(24))
