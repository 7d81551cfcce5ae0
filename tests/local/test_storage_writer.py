"""The hot write path against a real Cassandra: types, replays, nulls, refusals, tables that change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from types import SimpleNamespace
from uuid import UUID

import pyarrow as pa
import pytest
from acsylla import errors
from msgspec.structs import replace

from storage import hot, writer
from storage.errors import QueryFailed, SchemaMismatch, SchemaMissing, StorageError, Unreachable
from storage.how import How
from storage.loop import run
from storage.session import Session, connect
from storage.settings import Cassandra
from storage.writer import write_batches
from tests.local.storage_tables import reading_batch

pytestmark = pytest.mark.servers

TYPES = (
    "k int PRIMARY KEY, a ascii, bi bigint, bl blob, bo boolean, da date, do double, fl float, "
    "ine inet, sm smallint, te text, ts timestamp, tu timeuuid, tn tinyint, u uuid, li list<int>, "
    "se set<text>, ma map<text, double>, fm frozen<map<text, text>>, tp frozen<tuple<double, text>>, "
    "ou list<frozen<tuple<double, double>>>"
)
ID = "84fc2494-e7c2-11f1-8262-02fc00000001"


def _pair(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    return pa.struct([("a", first), ("b", second)])


def test_every_type_comes_back_as_it_went_in(ready: Cassandra, session: Session) -> None:
    session.execute(f"CREATE TABLE {ready.table('types')} ({TYPES})")
    moment = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)
    text, double, double_pair = pa.string(), pa.float64(), _pair(pa.float64(), pa.float64())
    row = {
        "k": ([1], pa.int32()),
        "a": (["ascii"], text),
        "bi": ([2**40], pa.int64()),
        "bl": ([b"\x00\xff"], pa.binary()),
        "bo": ([True], pa.bool_()),
        "da": ([date(1969, 7, 20)], pa.date32()),
        "do": ([0.1], double),
        "fl": ([1.5], pa.float32()),
        "ine": (["192.0.2.1"], text),
        "sm": ([-3], pa.int16()),
        "te": (["Ä 土"], text),
        "ts": ([moment], pa.timestamp("us", "UTC")),
        "tu": ([ID], text),
        "tn": ([-1], pa.int8()),
        "u": ([ID], text),
        "li": ([[1, 2]], pa.list_(pa.int32())),
        "se": ([["x", "y"]], pa.list_(text)),
        "ma": ([[("a", 1.5)]], pa.map_(text, double)),
        "fm": ([[]], pa.map_(text, text)),
        "tp": ([{"a": 1.0, "b": "x"}], _pair(double, text)),
        "ou": ([[{"a": 1.0, "b": 2.0}]], pa.list_(double_pair)),
    }
    batch = pa.record_batch({name: pa.array(values, kind) for name, (values, kind) in row.items()})
    assert write_batches(ready, "types", [batch]) == 1

    found = session.execute(f"SELECT * FROM {ready.table('types')}").one()._asdict()
    expected = {name: values[0] for name, (values, _) in row.items()}
    expected |= {"u": UUID(ID), "tu": UUID(ID), "ts": moment.replace(tzinfo=None), "tp": (1.0, "x")}
    expected |= {"se": {"x", "y"}, "ma": {"a": 1.5}, "fm": {}, "ou": [(1.0, 2.0)]}
    expected |= {"ine": str(IPv4Address("192.0.2.1"))}
    found |= {"da": found["da"].date(), "ma": dict(found["ma"]), "fm": dict(found["fm"])}
    found |= {"se": set(found["se"]), "ine": str(found["ine"])}
    assert found == expected


def test_milliseconds_are_exact(ready: Cassandra, session: Session) -> None:
    write_batches(ready, "reading", [reading_batch("exact", range(1000), step=timedelta(milliseconds=1))])
    rows = session.execute(
        f"SELECT date, seq FROM {ready.table('reading')} WHERE sensor_id = 'exact' AND day = '2026-03-01'"
    )
    assert {row.seq: row.date.microsecond for row in rows} == {n: n * 1000 for n in range(1000)}


def test_a_replay_changes_nothing(ready: Cassandra, session: Session) -> None:
    rows = range(3000)
    batches = [reading_batch("replayed", rows[start : start + 1000]) for start in range(0, 3000, 1000)]
    select = f"SELECT * FROM {ready.table('reading')} WHERE sensor_id = 'replayed' AND day = '2026-03-01'"

    assert write_batches(ready, "reading", batches) == 3000
    first = session.execute(select).all()
    assert len(first) == 3000
    assert write_batches(ready, "reading", [*reversed(batches), batches[1]]) == 4000
    assert session.execute(select).all() == first


def test_nulls_delete_unless_ignored(ready: Cassandra, session: Session) -> None:
    whole = reading_batch("nulls", range(1))
    gap = whole.set_column(whole.schema.get_field_index("ph"), "ph", pa.array([None], pa.float64()))
    key = "sensor_id = 'nulls' AND day = '2026-03-01'"
    select = f"SELECT ph, temperature FROM {ready.table('reading')} WHERE {key}"

    write_batches(ready, "reading", [whole])
    write_batches(ready, "reading", [gap], How(ignore_nulls=True))
    assert tuple(session.execute(select).one()) == (6.4, 20.5)
    write_batches(ready, "reading", [gap])
    assert tuple(session.execute(select).one()) == (None, 20.5)


def test_what_cannot_be_written_is_a_sentence(ready: Cassandra, caplog: pytest.LogCaptureFixture) -> None:
    batch = reading_batch("bad", range(1))
    assert write_batches(replace(ready, wait="9m"), "reading", [batch]) == 1  # by a session of its own
    with pytest.raises(SchemaMissing, match=r"no table storage_\w+\.nothing: run `farmstream migrate`"):
        write_batches(ready, "nothing", [batch])
    with pytest.raises(SchemaMismatch, match="lack 'seq', which is part of the key"):
        write_batches(ready, "reading", [batch.drop_columns(["seq"])])
    null_key = batch.set_column(0, "sensor_id", pa.array([None], pa.string()))
    with pytest.raises(QueryFailed, match="refused"):
        write_batches(ready, "reading", [batch, null_key, batch])
    with pytest.raises(Unreachable, match="did not take it for 1s"):
        write_batches(Cassandra(port=1, wait="1s"), "reading", [batch])
    told = [record.getMessage() for record in caplog.records if record.name == "acsylla"]
    assert told and not any("shard" in text for text in told)  # true errors, and no Cassandra has shards


def test_a_data_centre_that_there_is_not_is_named(ready: Cassandra) -> None:
    elsewhere = replace(ready, data_centre="nowhere", wait="1s")
    with pytest.raises(Unreachable, match="data centre 'nowhere' did not take it"):
        write_batches(elsewhere, "reading", [reading_batch("bad", range(1))])
    absent = pytest.raises(Unreachable, match=r"No Cassandra answers at .*, data centre 'nowhere'")
    with absent, connect(elsewhere):
        pass


def test_no_batches_and_empty_batches(ready: Cassandra) -> None:
    assert write_batches(ready, "reading", []) == 0
    assert write_batches(ready, "reading", [reading_batch("none", range(0))]) == 0


_MORE = ["ALTER TABLE {} ADD more decimal", "ALTER TABLE {} WITH comment = 'x'"]
_AGAIN = ["DROP TABLE {}", "CREATE TABLE {} (k int PRIMARY KEY, v int)"]
_OTHERWISE = ["DROP TABLE {}", "CREATE TABLE {} (k int PRIMARY KEY, v bigint, w text)"]


@pytest.mark.parametrize(
    ("kind", "changes"), [("int", _MORE), ("int", _AGAIN), ("int", _OTHERWISE), ("varint", _AGAIN)]
)  # varint goes the slow way
def test_a_migration_under_a_writer_loses_nothing_that_it_says_is_written(
    ready: Cassandra, session: Session, monkeypatch: pytest.MonkeyPatch, kind: str, changes: list[str]
) -> None:
    table = ready.table("changing")
    monkeypatch.setattr(writer, "GATHERED", 100)
    session.execute(f"DROP TABLE IF EXISTS {table}")
    session.execute(f"CREATE TABLE {table} (k int PRIMARY KEY, v {kind})")

    def batches(change: bool = True) -> Iterator[pa.RecordBatch]:
        for start in range(0, 1000, 100):
            if change and start == 500:
                for statement in changes:
                    session.execute(statement.format(table).replace("v int", f"v {kind}"))
            numbers = pa.array(range(start, start + 100), pa.int32())
            yield pa.record_batch({"k": numbers, "v": numbers})

    try:
        written = write_batches(ready, "changing", batches())
    except StorageError as why:
        assert "DROP" in changes[0] and "\n" not in str(why), why
        written = write_batches(ready, "changing", batches(change=False))
    assert written == 1000
    found = {row.k: row.v for row in session.execute(f"SELECT k, v FROM {table}")}
    kept = range(0 if "ADD" in changes[0] else 600, 1000)
    assert {k: found.get(k) for k in kept} == {k: k for k in kept}


def test_a_column_that_goes_while_it_is_written_is_a_sentence(ready: Cassandra, session: Session) -> None:
    session.execute(f"CREATE TABLE {ready.table('narrowed')} (k int PRIMARY KEY, v int, w int)")
    row = pa.record_batch({name: pa.array([1], pa.int32()) for name in ("k", "v", "w")})
    assert write_batches(ready, "narrowed", [row]) == 1
    session.execute(f"ALTER TABLE {ready.table('narrowed')} DROP w")
    with pytest.raises(QueryFailed, match=r"refused: .*Undefined column name w"):
        write_batches(ready, "narrowed", [row])
    with pytest.raises(SchemaMismatch, match="has no column 'w'"):  # the next task looks again
        write_batches(ready, "narrowed", [row])
    assert write_batches(ready, "narrowed", [row.drop_columns(["w"])]) == 1


def test_of_two_values_for_one_key_the_later_stays_though_the_earlier_is_repeated(
    ready: Cassandra, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = run(hot.session(ready)), []

    async def execute(statement: object) -> object:
        if not refused:
            refused.append(statement)
            raise errors.CassErrorServerOverloaded("for now")
        return await real.execute(statement)

    async def once_refused(settings: Cassandra) -> object:
        return SimpleNamespace(execute=execute)

    monkeypatch.setattr(writer, "session", once_refused)
    first = reading_batch("repeated", range(1))
    later = first.set_column(first.schema.get_field_index("ph"), "ph", pa.array([7.5]))
    assert write_batches(ready, "reading", [first, later]) == 2
    assert len(refused) == 1
    key = "sensor_id = 'repeated' AND day = '2026-03-01'"
    assert session.execute(f"SELECT ph FROM {ready.table('reading')} WHERE {key}").one().ph == 7.5


@pytest.mark.parametrize("slow", [False, True])
def test_a_value_that_is_none_of_its_type_is_a_sentence(
    ready: Cassandra, session: Session, slow: bool
) -> None:
    table = f"odd_{slow}".lower()
    session.execute(
        f"CREATE TABLE {ready.table(table)} (k int PRIMARY KEY, u uuid, i inet, s set<text>, d decimal)"
    )
    kinds: list[tuple[str, object, pa.DataType, str]] = [
        ("u", "no id", pa.string(), "UUID"),
        ("i", "no address", pa.string(), "address"),
        ("s", ["x", None], pa.list_(pa.string()), "Column 's' holds a list, set or map with a null"),
    ]
    for name, value, kind, sentence in kinds:
        row = {"k": pa.array([1], pa.int32()), name: pa.array([value], kind)}
        more = {"d": pa.array([None], pa.decimal128(38, 18))} if slow else {}
        with pytest.raises(StorageError, match=sentence):
            write_batches(ready, table, [pa.record_batch(row | more)])
