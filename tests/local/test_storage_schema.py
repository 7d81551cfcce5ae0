"""Migrations and the lock on a real Cassandra."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import commands
from storage.errors import MigrationRefused, QueryFailed, SchemaMissing, Unreachable
from storage.lock import locked
from storage.migrate import Migration, available, migrate
from storage.resolutions import RESOLUTIONS
from storage.retention import keep
from storage.session import Session
from storage.settings import Cassandra
from telemetry.errors import SettingsError
from tests.local.storage_tables import own_keyspace
from tests.servers import Server

pytestmark = pytest.mark.servers


NAMES = [f"{migration.version:04}_{migration.name}" for migration in available()]


@pytest.fixture(scope="module")
def raced(cassandra: Server) -> Iterator[tuple[Cassandra, list[list[str]]]]:
    """Tables that four made at once, and what each of them says that it did."""
    with own_keyspace(cassandra) as settings, ThreadPoolExecutor(4) as four:
        yield settings, list(four.map(migrate, [settings] * 4))


@pytest.fixture(scope="module")
def ready(raced: tuple[Cassandra, list[list[str]]]) -> Cassandra:
    return raced[0]


def test_of_several_that_migrate_at_once_one_does_it(raced: tuple[Cassandra, list[list[str]]]) -> None:
    assert sorted(raced[1]) == [[], [], [], NAMES]


def test_every_table_is_there_and_says_what_it_holds(ready: Cassandra, session: Session) -> None:
    tables = session.execute(
        "SELECT table_name, comment FROM system_schema.tables WHERE keyspace_name = %s", (ready.keyspace,)
    )
    comments = {row.table_name: row.comment for row in tables}
    own = {"schema_lock", "schema_migration"}
    assert comments.keys() - own >= {"sensor", "field", "reading", "field_window", "alert", "rejected"}
    assert comments.keys() >= {"reading_latest", *(each.table for each in RESOLUTIONS)}
    assert all(comments[name] for name in comments.keys() - own)


def test_one_that_was_cut_off_runs_again_and_none_twice(cassandra: Server) -> None:
    """And none that was changed since, or that this code does not know."""
    first, *others = available()
    broken = Migration(2, "broken", "CREATE TABLE IF NOT EXISTS $keyspace.x (a int);")
    with own_keyspace(cassandra) as empty:
        with pytest.raises(QueryFailed, match="refused"):
            migrate(empty, [first, broken])
        with pytest.raises(MigrationRefused, match="0001_master was changed"):
            migrate(empty, [first._replace(text=first.text + "--"), *others])
        assert migrate(empty) == NAMES[1:]
        assert migrate(empty) == []
        with pytest.raises(MigrationRefused, match="does not know"):
            migrate(empty, [first])


def test_a_lock_that_is_held_is_waited_for(ready: Cassandra, session: Session) -> None:
    with locked(session, ready, "one"):
        held = pytest.raises(QueryFailed, match="Another process has held the lock 'one'")
        with held, locked(session, ready, "one", patience=0.5):
            pass
        with locked(session, ready, "another") as renew:
            renew()
    with locked(session, ready, "one", patience=0.5):
        pass


def test_errors_are_sentences(cassandra: Server) -> None:
    with pytest.raises(Unreachable, match=r"No Cassandra answers at 127\.0\.0\.1:1 \(Connection refused\)"):
        migrate(Cassandra(port=1))
    absent = Cassandra(host=cassandra.host, port=cassandra.port, keyspace="storage_absent")
    with pytest.raises(SchemaMissing, match="run `farmstream migrate`"):
        commands.list_sensors(absent, io.StringIO())


def test_how_long_a_table_keeps_rows_is_changed_online(ready: Cassandra, session: Session) -> None:
    query = (
        "SELECT default_time_to_live FROM system_schema.tables WHERE keyspace_name = %s AND table_name = %s"
    )

    def now(table: str) -> int:
        return int(session.execute(query, (ready.keyspace, table)).one()[0])

    assert (now("reading"), now("reading_1m")) == (0, 400 * 86400)
    assert keep(ready, {"reading": "730d", "reading_1m": "forever"}) == ["reading", "reading_1m"]
    assert (now("reading"), now("reading_1m")) == (730 * 86400, 0)
    assert keep(ready, {"reading": "730d"}) == []
    keep(ready, {"reading": "forever"})
    with pytest.raises(SchemaMissing, match="no table"):
        keep(ready, {"readings": "1d"})
    with pytest.raises(SettingsError, match="soon"):
        keep(ready, {"reading": "soon"})
