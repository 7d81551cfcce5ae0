"""The study's own arithmetic: splits that leak nothing, scores as others compute them, honest intervals."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from notebooks.analysis.baselines import usual_falls, usual_moisture
from notebooks.analysis.evaluate import area_under_curve, auc_interval, rmse, rmse_interval, skill_interval
from notebooks.analysis.examine import best_of
from notebooks.analysis.labels import LONGEST
from notebooks.analysis.rows import thinned
from notebooks.analysis.splits import Leak, Split, check, folds, holdout
from notebooks.analysis.train import CLASSIFIERS, Validated
from notebooks.analysis.trial import errors, falls, forecasts

HOURS = pd.date_range("2026-06-01", periods=24 * 60, freq="h", tz="UTC")
ROWS = pd.DataFrame({"field_id": "a", "hour": HOURS, "moisture": np.arange(len(HOURS)) % 24 / 1.0})
DAYS = pd.Series(HOURS.floor("D"))
GAP = pd.Timedelta(hours=LONGEST)


@pytest.mark.parametrize("fields", [2, 3, 4, 7])
@pytest.mark.parametrize("most", [300, 700, 1000, 1440, 2000])
def test_a_thinned_past_has_every_field_and_every_hour_of_the_week(fields: int, most: int) -> None:
    names = [f"field {number}" for number in range(fields)]
    rows = pd.concat(ROWS.assign(field_id=name) for name in names).sort_values(["hour", "field_id"])
    few = thinned(rows.reset_index(drop=True), most)
    assert len(few) <= most
    by_field = few.groupby("field_id")["hour"].apply(tuple)
    assert list(by_field.index) == names and by_field.nunique() == 1
    assert set(few["hour"].dt.hour) == set(range(24))
    assert set(few["hour"].dt.dayofweek) == set(range(7))


def test_a_short_past_is_left_whole() -> None:
    assert thinned(ROWS, len(ROWS)).equals(ROWS)


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
    random, truth = np.random.default_rng(3), np.zeros(len(DAYS))
    of_the_day = np.repeat(random.normal(0, 1, 60), 24)
    by_the_hour = random.normal(0, 1, len(DAYS))
    days, alone = (rmse_interval(DAYS, truth, guess) for guess in (of_the_day, by_the_hour))
    for interval, guess in ((days, of_the_day), (alone, by_the_hour)):
        assert interval.low is not None and interval.high is not None
        assert interval.low < interval.value == rmse(truth, guess) < interval.high
    assert (days.high or 0) - (days.low or 0) > 2 * ((alone.high or 0) - (alone.low or 0))


def test_skill_compares_on_the_same_days() -> None:
    baseline = np.random.default_rng(4).normal(0, 1, len(DAYS))
    skill = skill_interval(DAYS, np.zeros(len(DAYS)), baseline / 2, baseline)
    assert (skill.value, skill.low, skill.high) == pytest.approx((0.5, 0.5, 0.5))


def test_an_auc_without_cases_has_no_interval() -> None:
    interval = auc_interval(DAYS, np.zeros(len(HOURS)), np.arange(len(HOURS)) / 1.0)
    assert interval.low is None and np.isnan(interval.value)


def test_scores_of_the_test_are_of_the_rows_they_are_given() -> None:
    random, size = np.random.default_rng(5), len(DAYS)
    truth = random.normal(0, 2, size)
    guess = truth + random.normal(0, 1, size)
    said = {"model": guess, "persistence": 0.0, "climatology": truth + 1}
    moisture = pd.DataFrame({"day": DAYS, "truth": truth, **said})
    fell = moisture.assign(truth=(truth > 2) * 1.0, persistence=-truth)
    found = {"after_6": moisture[:24], "after_24": moisture, "after_48": moisture, "falls": fell}
    _, day, _ = told = forecasts(found)
    assert [each.horizon for each in told] == [6, 24, 48]
    assert day.persistence.value == rmse(truth, np.zeros(size)) and day.climatology.value == 1.0
    assert day.skill.value == pytest.approx(1.0 - day.model.value / day.persistence.value)
    assert told[0].model.value == rmse(truth[:24], guess[:24])
    assert (falls(found).hours, falls(found).cases) == (size, (truth > 2).sum())
    assert falls(found).persistence.value == 0.0 and falls(found).model.value > 0.9
    low, high = errors(found)["24"]
    wrong = truth - guess
    assert ((wrong >= low) & (wrong <= high)).mean() == pytest.approx(0.9, abs=0.01)


def test_folds_in_which_nothing_falls_decide_nothing() -> None:
    none = float("nan")
    first, second = (Validated("", {}, scores).mean for scores in ([none, 0.9, 0.7], [none, 0.9, 0.8]))
    assert (first, second) == (pytest.approx(0.8), pytest.approx(0.85))
    assert best_of(CLASSIFIERS, [first, second]) is CLASSIFIERS[1]
    assert best_of(CLASSIFIERS, [Validated("", {}, [none, none]).mean] * 2).name == "logistic, all features"


def test_climatology_is_the_mean_of_that_hour_from_the_training_alone() -> None:
    train = ROWS[:240].assign(falls=0.0)
    test = ROWS[240:264].assign(falls=1.0, moisture=99.0)
    expected = (test["hour"] + pd.Timedelta(hours=6)).dt.hour.to_numpy()
    assert usual_moisture(train, test, 6) == pytest.approx(expected)
    assert usual_falls(train, test) == pytest.approx(np.zeros(24))
