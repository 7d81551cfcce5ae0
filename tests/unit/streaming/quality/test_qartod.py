"""Each test equals `ioos_qc`'s own on the same series; what it has not follows the published definition."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ioos_qc import qartod

from streaming.quality.flags import combined
from streaming.quality.limits import Limits
from streaming.quality.multivariate import multivariate
from streaming.quality.neighbour import neighbour
from streaming.quality.series import reading_flags, value_flags
from streaming.quality.syntax import syntax
from telemetry.quality import MISSING, worst
from tests.unit.streaming.quality.series_of import LIMITS, NUMBER, Series, around_all, series

QUANTITY = LIMITS.quantities[NUMBER]


def theirs(test: Callable[..., Any], *given: Any, **more: Any) -> list[int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [int(flag) for flag in np.ma.getdata(test(*given, **more))]


def ours(made: Series, column: int) -> list[int]:
    return [int(flag) for flag in value_flags(around_all(made), LIMITS)[:, NUMBER, column]]


@given(series())
def test_gross_range(made: Series) -> None:
    spans = {"fail_span": QUANTITY.fail, "suspect_span": QUANTITY.suspect}
    assert ours(made, 0) == theirs(qartod.gross_range_test, made.values, **spans)


@given(series())
def test_climatology(made: Series) -> None:
    months = [
        {"tspan": (month, month), "fspan": (low, high), "vspan": (lower, upper), "period": "month"}
        for month, (low, lower, upper, high) in enumerate(QUANTITY.climatology, 1)
    ]
    depth = np.full(len(made.values), np.nan)
    flags = np.array(theirs(qartod.climatology_test, months, made.values, made.times, depth))
    flags[np.isnan(made.values)] = MISSING  # as it documents; it gives them the flag of good ones
    assert ours(made, 1) == list(flags)


@given(series())
def test_spike(made: Series) -> None:
    assert ours(made, 2) == theirs(qartod.spike_test, made.values, *QUANTITY.spike)


@given(series())
def test_rate_of_change(made: Series) -> None:
    assert ours(made, 3) == theirs(qartod.rate_of_change_test, made.values, made.times, *QUANTITY.rate)


@given(series(least=3))
def test_flat_line(made: Series) -> None:
    interval = int(np.median(np.diff(made.times)).astype("timedelta64[s]").astype(int))
    assume(interval > 0)
    spans = [count * interval for count in QUANTITY.flat]
    flags = theirs(qartod.flat_line_test, made.values, made.times, *spans, tolerance=QUANTITY.tolerance)
    assert ours(made, 4) == flags


@given(series(least=2))
def test_gap(made: Series) -> None:
    flags = theirs(qartod.time_gap_test, made.times, fail_span=LIMITS.gap / 3600)
    assert [int(flag) for flag in reading_flags(around_all(made), LIMITS)[:, 0]] == flags


@given(st.lists(st.integers(1, 6), min_size=1))
def test_syntax(parts: list[int]) -> None:
    messages = np.array([",".join(["7"] * count) for count in parts])
    assert list(syntax(np.array(parts), 4)) == theirs(qartod.syntax_test, messages, nchar=4, delimiter=",")


@given(series(least=2))
def test_location(made: Series) -> None:
    at = around_all(made)
    assume(not (np.abs(at.moved / LIMITS.moved - 1) < 0.01).any())  # the globe is not quite a sphere
    flags = theirs(qartod.location_test, made.lon, made.lat, range_max=LIMITS.moved, range_method="wgs84")
    assert [int(flag) for flag in reading_flags(at, LIMITS)[:, 2]] == flags


@given(st.lists(st.lists(st.sampled_from([1, 2, 3, 4, 9]), min_size=3, max_size=3), min_size=1))
def test_the_worst_stands_for_all(rows: list[list[int]]) -> None:
    flags = np.array(rows, np.uint8)
    expected = theirs(qartod.qartod_compare, list(flags.T))
    assert list(combined(flags)) == expected == [worst(row) for row in rows]


def test_multivariate_is_one_that_moves_without_the_other() -> None:
    temperature = np.array([5.0, 5.0, 3.0, 3.1, np.nan, 9.0])
    humidity = np.array([0.2, 1.0, 0.2, 0.9, 0.0, np.nan])
    assert list(multivariate(temperature, humidity, 3.0, 1.0)) == [3, 1, 1, 3, 2, 2]


def test_neighbour_is_one_that_moves_where_the_others_do_not() -> None:
    """The manual's test 11: |change| > its limit and that of the neighbour < its own; it never fails."""
    change = np.array([5.0, 0.2, -0.2, -5.0, -0.2, -3.0, 5.0, np.nan, 0.5, 2.9, 0.1, 0.2, 5.0, 0.1])
    place = np.array([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5])
    values = np.full(14, 20.0)
    assert list(neighbour(values, change, place, 15.0, (3.0, 1.0))) == [
        3, 1, 1,  # one moves, the others do not
        1, 1, 1,  # one does not know which of the others to believe: their median moves by 1.6
        1, 1, 1,  # one neighbour's change is not known, the other one alone is too few
        1, 1, 1,  # at most its limit
        2, 2,  # one neighbour
    ]  # fmt: skip


def test_neighbour_is_far_from_the_median_of_the_others() -> None:
    values = np.array([20.0, 21.0, 22.0, 60.0, 30.0, 31.0, np.nan, 30.0, 46.0, 30.0])
    place = np.array([1, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    still = np.zeros(10)
    assert list(neighbour(values, still, place, 15.0, (10.0, 1.0))) == [1, 1, 1, 3, 2, 2, 9, 1, 3, 1]


numbers = st.floats(0, 60, width=32)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=20))
def test_neighbour_equals_the_definition(given: list[tuple[float, float]]) -> None:
    values, change = (np.array(each) for each in zip(*given, strict=True))
    expected = [
        3 if abs(v - _median_but(values, i)) > 25 or (c > 20 and _median_but(change, i) < 15) else 1
        for i, (v, c) in enumerate(given)
    ]
    assert list(neighbour(values, change, np.zeros(len(given), int), 25.0, (20.0, 15.0))) == expected


def _median_but(values: np.ndarray, one: int) -> float:
    return float(np.median(np.delete(values, one)))


def test_the_default_limits_pass_a_usual_day() -> None:
    assert Limits().reach == 16


@pytest.mark.parametrize("name", ["temperature", "humidity", "ph", "moisture"])
def test_the_default_limits_stand_within_the_contract(name: str) -> None:
    limits = getattr(Limits(), name)
    assert limits.fail[0] <= limits.suspect[0] < limits.suspect[1] <= limits.fail[1]
