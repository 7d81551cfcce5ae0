"""Which rows go into one request."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from storage.groups import grouped, sizes

_ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.text(max_size=2)).map(list), max_size=60)


def test_rows_of_a_partition_go_together() -> None:
    rows = [["a", 1], ["b", 1], ["a", 2], ["b", 2], ["a", 3]]
    assert grouped(rows, [0], [1]) == [[["a", 1], ["a", 2], ["a", 3]], [["b", 1], ["b", 2]]]


def test_a_full_group_is_followed_by_another() -> None:
    rows = [["a", n] for n in range(5)]
    assert grouped(rows, [0], [1], most=2) == [[["a", 0], ["a", 1]], [["a", 2], ["a", 3]], [["a", 4]]]


def test_a_key_that_comes_again_opens_a_later_group() -> None:
    rows = [["a", 1, "old"], ["a", 2, "x"], ["a", 1, "new"], ["a", 2, "y"]]
    assert grouped(rows, [0], [1]) == [rows[:2], rows[2:]]


def test_a_table_without_clustering_has_one_row_in_each_group() -> None:
    assert grouped([["a", 1], ["b", 1], ["a", 2]], [0], []) == [[["a", 1]], [["b", 1]], [["a", 2]]]


@given(_ROWS, st.integers(1, 5))
def test_nothing_is_lost_and_equal_keys_stay_in_order(rows: list[list[object]], most: int) -> None:
    groups = grouped(rows, [0], [1], most)
    assert sorted(map(repr, rows)) == sorted(repr(row) for group in groups for row in group)
    for group in groups:
        assert 0 < len(group) <= most
        assert len({row[0] for row in group}) == 1
        assert len({row[1] for row in group}) == len(group)
    for key in {(row[0], row[1]) for row in rows}:
        sent = [row for group in groups for row in group if (row[0], row[1]) == key]
        assert sent == [row for row in rows if (row[0], row[1]) == key]


def test_a_group_is_bounded_in_bytes() -> None:
    rows = [["a", n] for n in range(6)]
    groups = grouped(rows, [0], [1], lengths=[2000, 2000, 2000, 9000, 100, 100])
    assert groups == [rows[:2], rows[2:3], rows[3:4], rows[4:]]


def test_sizes_follow_the_values() -> None:
    batch = pa.record_batch({"a": ["", "x" * 1000, None], "n": [1, 2, 3]})
    small, large, none = sizes(batch)
    assert large - small == 1000
    assert none == small < 100


def test_one_long_list_among_short_ones_is_long_by_itself() -> None:
    kinds: dict[str, tuple[pa.DataType, list[Any]]] = {
        "list": (pa.list_(pa.string()), ["x" * 60] * 1000),
        "large_list": (pa.large_list(pa.string()), ["x" * 60] * 1000),
        "map": (pa.map_(pa.string(), pa.binary()), [(f"{n:030}", b"x" * 30) for n in range(1000)]),
        "deep": (pa.list_(pa.struct({"a": pa.list_(pa.string())})), [{"a": ["x" * 60] * 10}] * 100),
    }
    for kind, long in kinds.values():
        values = pa.array([[], long[:1], long, None, []], kind)
        for rows in (values, pa.concat_arrays([values[3:], values]).slice(2)):
            none, one, many, null, again = sizes(pa.record_batch({"a": rows}))
            assert none == null == again < 50 < one < 1000
            assert 60_000 <= many < 100_000
        parts = grouped([[1, n] for n in range(5)], [0], [1], lengths=sizes(pa.record_batch({"a": values})))
        assert [[row[1] for row in part] for part in parts] == [[0, 1], [2], [3, 4]]


def test_a_struct_takes_what_its_fields_take() -> None:
    kind = pa.struct({"a": pa.string(), "b": pa.float64()})
    values = pa.array([{"a": "x" * 100, "b": 1.0}, {"a": "", "b": None}, None], kind)
    long, short, null = sizes(pa.record_batch({"s": values}))
    assert long - 100 == short == null
