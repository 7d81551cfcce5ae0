"""Values before the first rows are as good as the rows were."""

import numpy as np
import pytest

from streaming.quality.series import ROW
from streaming.quality.values import Before, Values
from telemetry.quantities import QUANTITIES

DEPTH = 4


def rows(*sensors: int) -> np.ndarray:
    made = np.zeros(len(sensors), ROW)
    made["sensor"] = sensors
    made["value"] = np.arange(len(sensors) * len(QUANTITIES)).reshape(-1, len(QUANTITIES))
    return made


@pytest.mark.parametrize("dropped", [(0, 0), (1, 0), (2, 3), (3, 5)])
def test_windows_and_lengths_are_those_of_the_whole_series(dropped: tuple[int, int]) -> None:
    all_rows = rows(*[0] * 4, *[1] * 6)
    whole = Values(all_rows, Before.nothing(2, DEPTH))
    first = np.array([0, 4]) + dropped
    kept = np.array([*range(first[0], 4), *range(first[1], 10)])
    rest = Values(all_rows[kept], whole.before(first))
    for reach in (0, 3, DEPTH):
        chosen = np.arange(len(kept))
        np.testing.assert_array_equal(rest.windows(chosen, reach), whole.windows(kept, reach))
        np.testing.assert_array_equal(rest.length(chosen, reach), whole.length(kept, reach))


def test_a_series_begins_with_nothing() -> None:
    values = Values(rows(0, 0, 1), Before.nothing(2, DEPTH))
    assert list(values.length(np.arange(3), DEPTH)) == [0, 1, 0]
    assert np.isnan(values.windows(np.array([2]), 1)[0]).all()


def test_sensors_may_come_and_the_depth_may_change() -> None:
    before = Values(rows(*[0] * 5), Before.nothing(1, DEPTH)).before(np.array([3]))
    deeper, flatter = before.fit(2, 6), before.fit(2, 2)
    assert list(before.there) == [3]
    assert list(deeper.there) == [3, 0]
    assert list(flatter.there) == [2, 0]
    np.testing.assert_array_equal(deeper.values[0, -DEPTH:], before.values[0])
    np.testing.assert_array_equal(flatter.values[0], before.values[0, -2:])
    assert np.isnan(deeper.values[1]).all()
    assert before.fit(1, DEPTH) is before
