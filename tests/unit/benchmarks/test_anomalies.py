"""Faults of simulated boards found by the operator: the figures of the report, and that they hold."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks.anomalies import KINDS, auc, run_anomalies


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_that_of_scikit_learn(seed: int) -> None:
    noise = np.random.default_rng(seed)
    positive, scores = noise.random(200) < 0.3, noise.integers(0, 20, 200).astype(float)
    assert auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_faults_are_found_after_two_days() -> None:
    found = {one.kind: one for one in run_anomalies(boards=3, days=4)}
    assert set(found) == set(KINDS)
    assert found["dropout"].rules_recall == 1
    assert found["spike"].rules_recall == found["spike"].learned_recall == 1
    assert found["spike"].learned_auc > 0.99
    assert found["stuck"].learned_auc > 0.7
