"""Migrations and the lock on a real Cassandra."""

import io
import threading
from collections.abc import Iterator

import pytest

from storage import commands
from storage.errors import MigrationRefused, QueryFailed, SchemaMissing, Unreachable
from storage.lock import locked
from storage.migrate import Migration, available, migrate
from storage.resolutions import RESOLUTIONS
from storage.retention import keep
from storage.session import Session, connect
from storage.settings import Cassandra
from telemetry.errors import SettingsError
from tests.local.storage_tables import migrated, own_keyspace
from tests.servers import Server

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def ready(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings:
        yield settings


@pytest.fixture
def session(ready: Cassandra) -> Iterator[Session]:
    with connect(ready) as session:
        yield session


@pytest.fixture
def empty(cassandra: Server) -> Iterator[Cassandra]:
    with own_keyspace(cassandra) as settings:
        yield settings


def test_migrations_run_once(empty: Cassandra) -> None:
    assert migrate(empty) == [f"{m.version:04}_{m.name}" for m in available()]
    assert migrate(empty) == []
    with connect(empty) as session:
        tables = session.execute(
            "SELECT table_name, comment FROM system_schema.tables WHERE keyspace_name = %s", (empty.keyspace,)
        )
        comments = {row.table_name: row.comment for row in tables}
    own = {"schema_lock", "schema_migration"}
    assert comments.keys() - own >= {"sensor", "field", "reading", "field_window", "alert", "rejected"}
    assert comments.keys() >= {"reading_latest", *(each.table for each in RESOLUTIONS)}
    assert all(comments[name] for name in comments.keys() - own)


def test_of_several_that_migrate_at_once_one_does_it(empty: Cassandra) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(map(len, applied)) == [0, 0, 0, len(available())]


def test_a_migration_that_was_cut_off_runs_again(empty: Cassandra) -> None:
    one, broken = available()[0], Migration(2, "broken", "CREATE TABLE IF NOT EXISTS $keyspace.x (a int);")
    with pytest.raises(QueryFailed, match="refused"):
        migrate(empty, [one, broken])
    assert migrate(empty) == [f"{m.version:04}_{m.name}" for m in available()[1:]]


def test_a_changed_or_unknown_migration_is_refused(empty: Cassandra) -> None:
    first, *others = available()
    migrate(empty, [first])
    with pytest.raises(MigrationRefused, match="0001_master was changed"):
        migrate(empty, [first._replace(text=first.text + "--"), *others])
    migrate(empty)
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
