"""Versioned migrations: `migrations/NNNN_name.cql`, applied in order, each recorded with its checksum.

Every statement of a file must be harmless when repeated (IF NOT EXISTS), as a migration that is cut
off is run again from its start. A lock row (lightweight transaction) lets one process at a time in.
A file that was applied is never changed: make a new one.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import NamedTuple

from storage.errors import MigrationRefused, QueryFailed
from storage.lock import locked
from storage.session import Session, connect
from storage.settings import Cassandra

__all__ = ["Migration", "available", "migrate", "pending"]


AGREED = 30
"""Seconds that all nodes have to learn of a change to the schema."""

_OWN = {
    "schema_migration": "version int PRIMARY KEY, name text, checksum text, applied timestamp",
    "schema_lock": "name text PRIMARY KEY, owner uuid",
}
_END = re.compile(r";[ \t]*$", re.MULTILINE)  # at the end of a line: strings may hold others


class Migration(NamedTuple):
    """One file: `version` and `name` from its file name, `text` with `$keyspace` in it."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """sha256 of the file."""
        return sha256(self.text.encode()).hexdigest()

    def statements(self, settings: Cassandra) -> list[str]:
        """The CQL statements, comments gone, `$keyspace` filled in."""
        lines = (line for line in self.text.splitlines() if not line.lstrip().startswith("--"))
        text = Template("\n".join(lines)).substitute(keyspace=settings.keyspace)
        return [statement.strip() for statement in _END.split(text) if statement.strip()]


def available() -> list[Migration]:
    """The migrations of this version of the code, in order."""
    found = (
        entry for entry in files("storage").joinpath("migrations").iterdir() if entry.name.endswith(".cql")
    )
    named = ((entry.name.removesuffix(".cql").split("_", 1), entry.read_text("utf-8")) for entry in found)
    return sorted(Migration(int(version), name, text) for (version, name), text in named)


def migrate(settings: Cassandra, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Bring the keyspace to this code's schema; returns the names of what was applied, in order.

    Safe to call at any time and from several processes at once. MigrationRefused where a recorded file
    was changed since, or where the database has migrations that this code does not know.
    """
    wanted = available() if migrations is None else list(migrations)
    with connect(settings) as session:
        _bookkeeping(session, settings)
        if not pending(wanted, _recorded(session, settings)):
            return []
        with locked(session, settings, "migration") as renew:
            applied = []
            for migration in pending(wanted, _recorded(session, settings)):
                renew()
                _apply(session, settings, migration)
                applied.append(f"{migration.version:04}_{migration.name}")
            return applied


def pending(wanted: Sequence[Migration], recorded: dict[int, tuple[str, str]]) -> list[Migration]:
    """What of `wanted` is not in `recorded` (version: name, checksum); MigrationRefused if they disagree."""
    known = {migration.version: migration for migration in wanted}
    for version, (name, checksum) in sorted(recorded.items()):
        if version not in known:
            raise MigrationRefused(
                f"The database has migration {version:04}_{name}, which this version of Farmstream does not "
                f"know: use the newer version that made it."
            )
        if known[version].checksum != checksum:
            raise MigrationRefused(
                f"Migration {version:04}_{name} was changed after it was applied: "
                f"restore the file, and put the change into a new migration."
            )
    return [migration for migration in wanted if migration.version not in recorded]


def _bookkeeping(session: Session, settings: Cassandra) -> None:
    there = session.execute(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s "
        "AND table_name IN ('schema_migration', 'schema_lock')",
        (settings.keyspace,),
    )
    if len(list(there)) == 2:
        return
    copies = {"class": "NetworkTopologyStrategy", **settings.copies()}  # as CQL writes a map, too
    made = f"CREATE KEYSPACE IF NOT EXISTS {settings.keyspace} WITH replication = {copies}"
    _define(session, settings, made)
    for table, columns in _OWN.items():
        _define(session, settings, f"CREATE TABLE IF NOT EXISTS {settings.table(table)} ({columns})")


def _define(session: Session, settings: Cassandra, statement: str) -> None:
    """Returns when all nodes know of it: one that does not may make the next table with an id of its own."""
    session.execute(statement)
    cluster = session.cluster
    alone = len(cluster.metadata.all_hosts()) == 1
    if not alone and not cluster.control_connection.wait_for_schema_agreement(wait_time=AGREED):
        raise QueryFailed(
            f"The nodes of Cassandra at {settings.place} do not agree on the schema after {AGREED} s: "
            f"see which of them is overloaded or cut off, then run `farmstream migrate` again."
        )


def _recorded(session: Session, settings: Cassandra) -> dict[int, tuple[str, str]]:
    rows = session.execute(f"SELECT version, name, checksum FROM {settings.table('schema_migration')}")  # noqa: S608
    return {row.version: (row.name, row.checksum) for row in rows}


def _apply(session: Session, settings: Cassandra, migration: Migration) -> None:
    for statement in migration.statements(settings):
        _define(session, settings, statement)
    session.execute(
        f"INSERT INTO {settings.table('schema_migration')} (version, name, checksum, applied) "  # noqa: S608
        "VALUES (%s, %s, %s, toTimestamp(now()))",
        (migration.version, migration.name, migration.checksum),
    )
