"""State comes back exactly as it was put, and takes few bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from streaming.quality.columns import Reader, decimals, whole

SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)
BOARD = st.sampled_from([2, 4, 7]).flatmap(
    lambda digits: st.integers(-(10**9), 10**9).map(lambda number: number / 10**digits)
)


@given(arrays.arrays(np.int64, SHAPES, elements=st.integers(-(2**61), 2**61)))
def test_whole_numbers(numbers: np.ndarray) -> None:
    np.testing.assert_array_equal(Reader(b"".join(whole(numbers)), 0).numbers(*numbers.shape), numbers)


@given(arrays.arrays(np.float64, SHAPES, elements=BOARD | st.just(np.nan) | st.floats()))
def test_any_numbers(numbers: np.ndarray) -> None:
    np.testing.assert_array_equal(Reader(b"".join(decimals(numbers)), 0).numbers(*numbers.shape), numbers)


@given(arrays.arrays(np.float64, SHAPES, elements=BOARD | st.just(np.nan)))
def test_decimals_of_boards(numbers: np.ndarray) -> None:
    np.testing.assert_array_equal(Reader(b"".join(decimals(numbers)), 0).numbers(*numbers.shape), numbers)


@pytest.mark.parametrize(
    ("numbers", "size"),
    [([7.0, 7.0], 0), ([20.31, 20.5], 1), ([20.31, np.nan], 1), ([0.0, 99.99], 2), ([139.3601, 139.3612], 1),
     ([139.3601234, 139.4], 4), ([1 / 3, 2.0], 8), ([np.nan, np.nan], 0)],
)  # fmt: skip
def test_a_number_takes_what_the_span_of_its_array_needs(numbers: list[float], size: int) -> None:
    head, *entries = decimals(np.array(numbers))
    assert len(b"".join(entries)) == size * len(numbers)
    assert len(head) < 16


def test_one_after_the_other() -> None:
    first, second = np.arange(6).reshape(2, 3), np.array([0.5, np.nan])
    reader = Reader(b"head" + b"".join([*whole(first), *decimals(second)]), 4)
    np.testing.assert_array_equal(reader.numbers(2, 3), first)
    np.testing.assert_array_equal(reader.numbers(2), second)
