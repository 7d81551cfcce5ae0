"""A null inside a list, set or map is found, wherever it stands."""

from typing import Any

import pyarrow as pa
import pytest

from storage.errors import SchemaMismatch
from storage.nulls import refuse_nulls

_TEXTS = pa.list_(pa.string())
_DEEP = pa.struct([("a", _TEXTS), ("b", pa.int32())])
CASES: list[tuple[pa.DataType, Any, Any]] = [
    (_TEXTS, ["a"], ["a", None]),
    (pa.large_list(pa.string()), [], [None]),
    (pa.map_(pa.string(), pa.float64()), [("a", 1.0)], [("a", 1.0), ("b", None)]),
    (pa.map_(pa.string(), _TEXTS), [("a", [])], [("a", ["b", None])]),
    (pa.list_(_DEEP), [{"a": None, "b": None}], [{"a": [None], "b": 1}]),
    (pa.list_(_DEEP), [{"a": ["x"], "b": None}], [None]),
    (_DEEP, {"a": ["x"], "b": None}, {"a": [None], "b": 1}),
]


@pytest.mark.parametrize(("kind", "good", "bad"), CASES)
def test_a_null_inside_is_refused_and_one_instead_is_not(kind: pa.DataType, good: Any, bad: Any) -> None:
    refuse_nulls(pa.record_batch({"k": [1, 2, 3], "c": pa.array([good, None, good], kind)}))
    whole = pa.record_batch({"k": [1, 2, 3], "c": pa.array([good, bad, good], kind)})
    refuse_nulls(whole.slice(0, 1))
    refuse_nulls(whole.slice(2))
    refuse_nulls(whole.slice(3))
    refuse_nulls(pa.RecordBatch.from_pylist([], whole.schema))
    with pytest.raises(SchemaMismatch, match="Column 'c' holds a list, set or map with a null in it"):
        refuse_nulls(whole.slice(1))
