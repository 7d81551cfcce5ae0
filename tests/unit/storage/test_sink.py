"""Which rows go into which table."""

import pyarrow as pa
import pytest

from storage.errors import SchemaMismatch
from storage.settings import Cassandra
from storage.spark import sink
from storage.spark.options import Options
from storage.spark.sink import BatchSink

OPTIONS = Options(cassandra=Cassandra(), table_column="table")


def test_each_row_goes_into_the_table_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, list[int]] = {}

    def write(settings: object, table: str, batches: list[pa.RecordBatch], how: object) -> int:
        written.setdefault(table, []).extend(k for batch in batches for k in batch.column("k").to_pylist())
        return sum(batch.num_rows for batch in batches)

    monkeypatch.setattr(sink, "write_batches", write)
    rows = pa.record_batch({"table": ["a", "b", "a"], "k": [1, 2, 3]})
    assert BatchSink(OPTIONS).write(iter([rows, rows.slice(2), rows.slice(0, 0)])).rows == 4
    assert written == {"a": [1, 3, 3], "b": [2]}


@pytest.mark.parametrize("rows", [{"k": [1]}, {"table": ["a", None], "k": [1, 2]}])
def test_a_row_that_names_none_is_a_sentence(rows: dict[str, list[object]]) -> None:
    with pytest.raises(SchemaMismatch, match="Each row must name its table in column 'table'"):
        BatchSink(OPTIONS).write(iter([pa.record_batch(rows)]))
