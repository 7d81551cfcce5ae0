"""Which readers take conditions: only the one that is asked for, as Spark keeps what it planned for it."""

import pytest
from pyspark.sql.datasource import CaseInsensitiveDict, DataSourceReader, EqualTo, Filter
from pyspark.sql.types import IntegerType, StructType

from storage.spark.source import CassandraDataSource
from storage.table import Table

TABLE = Table("farm.t", {"k": "int", "v": "int"}, ("k",), ())
SCHEMA = StructType().add("v", IntegerType())


@pytest.mark.parametrize("asked", ["false", "true"])
def test_conditions_are_taken_where_the_option_is_set(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setattr(CassandraDataSource, "_table", lambda self: TABLE)
    reader = CassandraDataSource(CaseInsensitiveDict({"table": "t", "conditions": asked})).reader(SCHEMA)
    assert (type(reader).pushFilters is not DataSourceReader.pushFilters) == (asked == "true")
    given: list[Filter] = [EqualTo(("k",), 1)]
    assert list(reader.pushFilters(given)) == given
    if asked == "true":
        assert [vars(part)["keys"] for part in reader.partitions()] == [((1,),)]
