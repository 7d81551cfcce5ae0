"""Reading and writing on a real Cassandra: every CQL type both ways, conditions on keys, options."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from storage import scan
from storage.cql import codec
from storage.errors import QueryFailed, SchemaMismatch
from storage.how import How
from storage.loop import run
from storage.read import columns_of, read_table
from storage.ring import parts, tokens
from storage.scan import Query, read_keys, read_parts
from storage.session import Session, connect
from storage.settings import Cassandra
from storage.spark.reader import SPLITS
from storage.table import Table, describe
from storage.writer import write_batches
from tests.local.storage_tables import migrated, own_keyspace, reading_batch
from tests.servers import Server

pytestmark = pytest.mark.servers

_WHEN = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
_INT = st.integers(-(2**31), 2**31 - 1)
_DECIMAL = st.decimals(-(10**15), 10**15, places=9)
_V6 = st.ip_addresses(v=6).filter(lambda ip: not ip.ipv4_mapped)  # these have two texts
_UUID = st.uuids().map(str)
_NANOS = st.integers(0, 86_400_000_000_000 - 1)
_DOUBLE = st.floats(allow_nan=False)
_NONE = st.none()
_PLACE = st.fixed_dictionaries({"lon": _DOUBLE | _NONE, "since": _WHEN | _NONE, "code": _DECIMAL | _NONE})
HOT = {
    "c_bigint": ("bigint", st.integers(-(2**63), 2**63 - 1)),
    "c_blob": ("blob", st.binary(max_size=8)),
    "c_boolean": ("boolean", st.booleans()),
    "c_date": ("date", st.dates(date(1900, 1, 1), date(2200, 1, 1))),
    "c_double": ("double", _DOUBLE),
    "c_float": ("float", st.floats(width=32, allow_nan=False)),
    "c_inet": ("inet", (st.ip_addresses(v=4) | _V6).map(str)),
    "c_int": ("int", _INT),
    "c_smallint": ("smallint", st.integers(-(2**15), 2**15 - 1)),
    "c_text": ("text", _TEXT),
    "c_timestamp": ("timestamp", _WHEN),
    "c_timeuuid": ("timeuuid", st.uuids(version=1).map(str)),
    "c_tinyint": ("tinyint", st.integers(-128, 127)),
    "c_uuid": ("uuid", _UUID),
    "c_list": ("list<int>", st.lists(_INT, min_size=1, max_size=3)),
    "c_set": ("set<text>", st.lists(_TEXT, min_size=1, max_size=3, unique=True).map(sorted)),
    "c_map": ("map<text, double>", st.dictionaries(_TEXT, _DOUBLE, min_size=1, max_size=3)),
    "c_tuple": (
        "frozen<tuple<double, text>>",
        st.fixed_dictionaries({"_1": _DOUBLE | _NONE, "_2": _TEXT | _NONE}),
    ),
    "c_deep": (
        "frozen<map<text, frozen<list<int>>>>",
        st.dictionaries(_TEXT, st.lists(_INT, min_size=1, max_size=2), max_size=2),
    ),
}
COLD = {
    "c_ascii": ("ascii", st.text(st.characters(max_codepoint=127), max_size=8)),
    "c_time": ("time", _NANOS),
    "c_decimal": ("decimal", _DECIMAL),
    "c_varint": ("varint", st.integers(-(10**37), 10**37).map(Decimal)),
    "c_vector": ("vector<float, 3>", st.lists(st.floats(width=32, allow_nan=False), min_size=3, max_size=3)),
    "c_place": ("frozen<place>", _PLACE),
    "c_places": ("list<frozen<place>>", st.lists(_PLACE, min_size=1, max_size=2)),
    "c_times": ("map<timestamp, time>", st.dictionaries(_WHEN, _NANOS, min_size=1, max_size=2)),
}  # fmt: skip
TYPES = HOT | COLD


@pytest.fixture(scope="module")
def ready(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings, connect(settings) as session:
        keyspace = settings.keyspace
        session.execute(f"CREATE TYPE {keyspace}.place (lon double, since timestamp, code decimal)")
        for name, types in (("hot", HOT), ("every", TYPES)):
            columns = ", ".join(f"{column} {cql}" for column, (cql, _) in types.items())
            columns = columns.replace("<place>", f"<{keyspace}.place>")
            session.execute(f"CREATE TABLE {settings.table(name)} (k int PRIMARY KEY, {columns})")
        yield settings


def _table(settings: Cassandra, name: str) -> Table:
    return run(describe(settings, name))


@cache
def _ring(settings: Cassandra) -> dict[int, str]:
    with connect(settings) as session:
        return tokens(session)


def _read(settings: Cassandra, table: Table, wanted: int = 3) -> list[dict[str, Any]]:
    """The whole table by token, in parts."""
    query = Query(table, columns_of(table, ""), page=7)
    batches = read_parts(settings, query, parts(_ring(settings), wanted))
    return pa.Table.from_batches(batches, query.schema).to_pylist()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Maps in Arrow are pairs in some order."""
    maps = {name: sorted(row[name], key=repr) for name in ("c_map", "c_deep", "c_times") if row.get(name)}
    return row | maps


def _round_trip(settings: Cassandra, name: str, rows: list[dict[str, Any]]) -> None:
    table = _table(settings, name)
    schema = pa.schema([(c, codec(table.columns[c], table.fields).arrow) for c in table.columns])
    full = [dict.fromkeys(schema.names) | row | {"k": n} for n, row in enumerate(rows)]
    write_batches(settings, name, [pa.RecordBatch.from_pylist(full, schema)])
    expected = pa.RecordBatch.from_pylist(full, schema).to_pylist()
    found = {row["k"]: row for row in _read(settings, table)}
    assert [_plain(found[n]) for n in range(len(rows))] == [_plain(row) for row in expected]


def _rows(types: dict[str, Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries({}, optional={name: kind for name, (_, kind) in types.items()})
    return st.lists(row, min_size=1, max_size=20)


_K, _C = pa.schema([("k", pa.int32())]), pa.field("c", pa.string())
_SLOW = {"deadline": None, "max_examples": 12, "suppress_health_check": list(HealthCheck)}


@settings(**_SLOW)
@given(rows=_rows(HOT))
def test_what_the_fast_way_writes_is_read_as_it_was(ready: Cassandra, rows: list[dict[str, Any]]) -> None:
    _round_trip(ready, "hot", rows)


@settings(**_SLOW)
@given(rows=_rows(TYPES))
def test_every_type_is_read_as_it_was_written(ready: Cassandra, rows: list[dict[str, Any]]) -> None:
    _round_trip(ready, "every", rows)


def test_spark_reads_and_writes_every_type(spark: SparkSession, ready: Cassandra, session: Session) -> None:
    some = settings(derandomize=True, database=None, phases=[Phase.generate])  # not the simplest: that takes
    row = {name: find(kind, bool, settings=some) for name, (_, kind) in TYPES.items()}
    table = _table(ready, "every")
    schema = columns_of(table, "")
    write_batches(ready, "every", [pa.RecordBatch.from_pylist([row | {"k": 1000}], schema)])
    frame = _frame(spark, ready, "every").where("k = 1000")
    moved = frame.withColumn("k", F.lit(1001))
    moved.write.format("cassandra").options(**_options(ready), table="every").mode("append").save()
    rows = {row["k"]: _plain(row) for row in _read(ready, table)}
    assert rows[1001] | {"k": 1000} == rows[1000]


def _options(settings: Cassandra) -> dict[str, str]:
    return {"port": str(settings.port), "keyspace": settings.keyspace}


def _frame(spark: SparkSession, settings: Cassandra, table: str, **more: str) -> DataFrame:
    return spark.read.format("cassandra").options(table=table, **_options(settings), **more).load()


@pytest.mark.parametrize("kind", ["duration", "list<duration>"])
def test_a_duration_is_named(spark: SparkSession, ready: Cassandra, session: Session, kind: str) -> None:
    session.execute(f"DROP TABLE IF EXISTS {ready.table('lasting')}")
    session.execute(f"CREATE TABLE {ready.table('lasting')} (k int PRIMARY KEY, d {kind}, c text)")
    write_batches(ready, "lasting", [pa.RecordBatch.from_pylist([{"k": 1, "c": "x"}], _K.append(_C))])
    value = "1mo2d3ns" if kind == "duration" else "[1mo2d3ns]"
    session.execute(f"UPDATE {ready.table('lasting')} SET d = {value} WHERE k = 1")
    with pytest.raises(PySparkException, match=f"Column 'd' of .* is {kind}: Spark has no type"):
        _frame(spark, ready, "lasting").collect()
    assert [tuple(row) for row in _frame(spark, ready, "lasting", columns="c, k").collect()] == [("x", 1)]
    with pytest.raises(PySparkException, match="has no column 'e'"):
        _frame(spark, ready, "lasting", columns="e").collect()


def test_a_counter_is_read_and_not_written(ready: Cassandra, session: Session) -> None:
    session.execute(f"CREATE TABLE {ready.table('counted')} (k int PRIMARY KEY, n counter)")
    session.execute(f"UPDATE {ready.table('counted')} SET n = n + 5 WHERE k = 1")
    assert _read(ready, _table(ready, "counted")) == [{"k": 1, "n": 5}]
    row = pa.RecordBatch.from_pylist([{"k": 1, "n": 5}], _K.append(pa.field("n", pa.int64())))
    with pytest.raises(SchemaMismatch, match=r"Column 'n' of .* is counter, which cannot be written"):
        write_batches(ready, "counted", [row])


def test_a_page_is_asked_for_while_one_is_used_and_no_more(
    ready: Cassandra, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_batches(ready, "reading", [reading_batch("paged", range(1000))])
    table, asker, asked = _table(ready, "reading"), scan._session(ready), []
    ask = asker.execute_async
    monkeypatch.setattr(asker, "execute_async", lambda *a, **more: asked.append(a) or ask(*a, **more))
    monkeypatch.setattr(scan, "ROWS", 1)
    query, rows = Query(table, columns_of(table, "seq"), page=50), 0
    for part in parts(_ring(ready), 1):
        asked.clear()
        for used, batch in enumerate(read_parts(ready, query, [part]), start=1):
            assert len(asked) <= used + 1
            rows += batch.num_rows
    assert rows >= 1000
    asked.clear()
    for used, _ in enumerate(read_keys(ready, query, (("paged", date(2026, 3, 1)),)), start=1):
        assert len(asked) <= used + 1
    assert len(asked) >= 20


def test_conditions_on_keys_are_answered_by_cassandra(spark: SparkSession, ready: Cassandra) -> None:
    sensors = [f"s{n}" for n in range(5)]
    for sensor in sensors:
        write_batches(ready, "reading", [reading_batch(sensor, range(500), step=timedelta(minutes=5))])
    # two days; 288 rows of a sensor are of the first
    every = _frame(spark, ready, "reading", columns="sensor_id, day, date, seq, ph", conditions="true")
    day = "day = date'2026-03-01'"
    some = every.where(f"sensor_id IN ('s1', 's3', 'nobody') AND {day}")
    hour = "date >= timestamp'2026-03-01 01:00:00.0001Z' AND date < timestamp'2026-03-01 02:00:00Z'"
    for frame, count in (
        (every.where("sensor_id LIKE 's%'"), 2500),
        (some, 576),
        (some.where(hour), 22),
        (some.where("date = timestamp'2026-03-01 01:00:00Z'"), 2),
        (some.where("date = timestamp'2026-03-01 01:00:00.0001Z'"), 0),
        (some.where("sensor_id = 's1' AND seq > 100 AND ph > 1"), 187),
        (every.where("sensor_id = ''"), 0),
        (every.where("sensor_id LIKE 's%' AND seq = 7"), 5),
    ):
        assert frame.count() == count
    assert every.rdd.getNumPartitions() >= SPLITS
    assert _frame(spark, ready, "reading", splits="16").rdd.getNumPartitions() >= 16
    assert some.rdd.getNumPartitions() == 1
    again = _frame(spark, ready, "reading", columns="sensor_id, day").where("sensor_id LIKE 's%'")
    named = again.where(f"sensor_id = 's1' AND {day}")
    assert (named.count(), again.count()) == (288, 2500)  # of one frame, without the option
    assert again.union(named).count() == 2788
    assert {row["seq"] for row in every.where("sensor_id = 's2'").collect()} == set(range(500))
    assert {row["seq"] for row in some.where("sensor_id = 's1'").collect()} == set(range(288))


def test_a_narrower_schema_reads_less_and_a_wrong_one_fails(spark: SparkSession, ready: Cassandra) -> None:
    write_batches(ready, "reading", [reading_batch("narrow", range(3))])
    frame = read_table(ready, "reading", "seq, sensor_id").to_pandas()
    assert sorted(frame[frame["sensor_id"] == "narrow"]["seq"]) == [0, 1, 2]
    reader = spark.read.format("cassandra").options(table="reading", **_options(ready))
    rows = reader.schema("seq INT, sensor_id STRING").load().where("sensor_id = 'narrow'").collect()
    assert {row["seq"] for row in rows} == {0, 1, 2}
    with pytest.raises(PySparkException, match="is int, read as int, but the schema has string"):
        reader.schema("seq STRING").load().collect()


def test_a_decimal_that_does_not_fit_is_named(ready: Cassandra, session: Session) -> None:
    session.execute(f"CREATE TABLE {ready.table('exact')} (k int PRIMARY KEY, d decimal)")
    session.execute(f"INSERT INTO {ready.table('exact')} (k, d) VALUES (1, 1e-30)")
    with pytest.raises(SchemaMismatch, match="Column 'd' holds a value that is no decimal"):
        _read(ready, _table(ready, "exact"))
    wide = Query(_table(ready, "exact"), pa.schema([("d", pa.decimal128(38, 30))]))
    with connect(ready) as again:
        (part, *_) = parts(tokens(again), 1)
    rows = [b.to_pylist() for b in read_parts(ready, wide, parts({part.until: part.host}, 1))]
    assert [row for batch in rows for row in batch] == [{"d": Decimal("1e-30")}]


def test_write_times_and_ttl(ready: Cassandra, session: Session) -> None:
    batch = reading_batch("timed", range(2))
    when = pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC"))
    timed = batch.append_column("at", when).append_column("lives", pa.array([None, 3600], pa.int64()))
    write_batches(ready, "reading", [timed], How(timestamp_column="at", ttl_column="lives"))
    key = "sensor_id = 'timed' AND day = '2026-03-01'"
    select = (
        f"SELECT seq, ph, writetime(ph) AS at, ttl(ph) AS lives FROM {ready.table('reading')} WHERE {key}"
    )
    rows = {row.seq: row for row in session.execute(select)}
    assert {row.at for row in rows.values()} == {1767225600000000}
    assert rows[0].lives is None
    assert 3000 < rows[1].lives <= 3600

    earlier = timed.set_column(batch.schema.get_field_index("ph"), "ph", pa.array([1.0, 1.0]))
    earlier = earlier.set_column(earlier.schema.get_field_index("at"), "at", pa.array([5, 5], pa.int64()))
    write_batches(ready, "reading", [earlier], How(timestamp_column="at", ttl_column="lives"))
    assert {row.ph for row in session.execute(select)} == {6.4}
    write_batches(ready, "reading", [batch], How(ttl="90d"))
    assert all(86400 * 89 < row.lives <= 86400 * 90 for row in session.execute(select))
    with pytest.raises(SchemaMismatch, match="no column 'when'"):
        write_batches(ready, "reading", [batch], How(timestamp_column="when"))


@pytest.mark.parametrize("kind", ["text", "ascii"])  # the fast way and the other
def test_times_mean_the_same_on_both_ways(ready: Cassandra, session: Session, kind: str) -> None:
    table = f"times_{kind}"
    life = "WITH default_time_to_live = 1000"
    session.execute(f"CREATE TABLE {ready.table(table)} (k int PRIMARY KEY, c {kind}) {life}")
    extra = [pa.field("lives", pa.int64()), pa.field("at", pa.timestamp("us", "UTC"))]
    schema = pa.schema([*_K, _C, *extra])
    then = datetime(2026, 1, 1, tzinfo=UTC)

    def write(*rows: dict[str, Any], ignore_nulls: bool = False) -> None:
        how = How(timestamp_column="at", ttl_column="lives", ignore_nulls=ignore_nulls)
        write_batches(ready, table, [pa.RecordBatch.from_pylist(list(rows), schema)], how)

    write({"k": 1, "c": "x", "lives": 3600, "at": then}, {"k": 2, "c": "x", "at": then})
    write({"k": 3, "c": "x", "at": then}, ignore_nulls=True)
    plain = pa.RecordBatch.from_pylist([{"k": 4, "c": "x"}], schema).select(["k", "c"])
    write_batches(ready, table, [plain])
    found = session.execute(f"SELECT k, writetime(c) AS at, ttl(c) AS lives FROM {ready.table(table)}")
    rows = {row.k: row for row in found}
    assert {rows[k].at for k in (1, 2, 3)} == {1767225600000000}
    assert 3500 < rows[1].lives <= 3600
    assert rows[2].lives is rows[3].lives is None  # null is never, whatever the table's default is
    assert 900 < rows[4].lives <= 1000
    with pytest.raises(QueryFailed, match="refused"):
        write({"k": 5, "c": "x", "lives": -1, "at": then})
    with pytest.raises(SchemaMismatch, match="no column 'lives' of the type"):
        write_batches(ready, table, [plain], How(ttl_column="lives"))


def test_reads_and_writes_ask_for_the_consistency_that_is_set(spark: SparkSession, cassandra: Server) -> None:
    with own_keyspace(cassandra) as own, connect(own) as session:
        three = "{'class': 'SimpleStrategy', 'replication_factor': 3}"  # of which one node is there
        session.execute(f"CREATE KEYSPACE {own.keyspace} WITH replication = {three}")
        session.execute(f"CREATE TABLE {own.table('kept')} (k int PRIMARY KEY)")
        options = {"consistency": "ONE", "wait": "1s"}
        rows = spark.range(5).selectExpr("CAST(id AS INT) AS k")
        rows.write.format("cassandra").options(**_options(own), **options, table="kept").mode("append").save()
        assert _frame(spark, own, "kept", **options).count() == 5
        with pytest.raises(PySparkException, match=r"QUORUM|onsistency"):
            _frame(spark, own, "kept", wait="1s").count()
        quorum = rows.write.format("cassandra").options(**_options(own), wait="1s", table="kept")
        with pytest.raises(PySparkException, match="did not take it for 1s"):
            quorum.mode("append").save()


def test_speculative_and_repeated_tasks_change_nothing(ready: Cassandra, session: Session) -> None:
    batches = [reading_batch("twice", range(n, n + 500)) for n in range(0, 2000, 500)]
    copies = [threading.Thread(target=write_batches, args=(ready, "reading", batches)) for _ in range(3)]
    for copy in copies:
        copy.start()
    for copy in copies:
        copy.join()
    key = "sensor_id = 'twice' AND day = '2026-03-01'"
    assert session.execute(f"SELECT count(*) FROM {ready.table('reading')} WHERE {key}").one()[0] == 2000


def test_a_stream_writes_too(spark: SparkSession, ready: Cassandra, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("\n".join(f"{n},v{n}" for n in range(100)))
    with connect(ready) as session:
        session.execute(f'CREATE TABLE {ready.table("streamed")} (k int PRIMARY KEY, "Order" text)')
    rows = spark.readStream.schema("k INT, Order STRING").csv(str(tmp_path / "in"))
    writer = rows.writeStream.format("cassandra").options(table="streamed", **_options(ready))
    query = writer.option("checkpointLocation", str(tmp_path / "state")).trigger(availableNow=True).start()
    query.awaitTermination(120)
    found = _frame(spark, ready, "streamed").collect()
    assert {(row["k"], row["Order"]) for row in found} == {(n, f"v{n}") for n in range(100)}
