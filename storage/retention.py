"""How long each table keeps its rows: the table's default TTL, changed while everything runs.

It counts from the writing of a row on, and for rows that are written after the change.
"""

from collections.abc import Mapping

from storage.errors import SchemaMissing
from storage.session import Session, connect
from storage.settings import Cassandra
from telemetry.clock import duration
from telemetry.errors import SettingsError

__all__ = ["FOREVER", "keep", "ttl"]

FOREVER = "forever"
_LONGEST = 20 * 365 * 86400
"""Cassandra's longest TTL, in seconds."""


def keep(settings: Cassandra, wanted: Mapping[str, str]) -> list[str]:
    """Set the TTL of the tables in `wanted` (table: `400d`, or `forever`); returns those that were changed.

    SettingsError where a duration is wrong, SchemaMissing where there is no such table.
    """
    seconds = {table: ttl(table, text) for table, text in wanted.items()}
    with connect(settings) as session:
        now = _now(session, settings)
        for table in seconds.keys() - now.keys():
            raise SchemaMissing(f"[keep]: there is no table {settings.table(table)}; see docs/storage.md.")
        changed = [table for table, wanted_ttl in seconds.items() if now[table] != wanted_ttl]
        for table in changed:
            session.execute(
                f"ALTER TABLE {settings.table(table)} WITH default_time_to_live = {seconds[table]}"
            )
    return changed


def ttl(table: str, text: str) -> int:
    """Seconds, 0 for forever; SettingsError where it is no duration that Cassandra takes."""
    if text == FOREVER:
        return 0
    try:
        seconds = round(duration(text))
    except SettingsError as why:
        raise SettingsError(f"[keep] {table}: {why}") from why
    if not 0 < seconds <= _LONGEST:
        raise SettingsError(f"[keep] {table}: {text} is not between 1s and 20 years; or write '{FOREVER}'.")
    return seconds


def _now(session: Session, settings: Cassandra) -> dict[str, int]:
    query = "SELECT table_name, default_time_to_live FROM system_schema.tables WHERE keyspace_name = %s"
    rows = session.execute(query, (settings.keyspace,))
    return {row.table_name: row.default_time_to_live for row in rows}
