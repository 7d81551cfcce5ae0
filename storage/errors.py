"""Errors of the storage package.

StorageError               base of every error of this package; its text is one sentence for people
├── Unreachable            no Cassandra answers there, or it did not come back in time
├── QueryFailed            Cassandra answers, but refuses or cannot do what was asked
├── SchemaMissing          a table is not there: migrations have not run
├── MigrationRefused       a migration file was changed, or the database is newer than this code
├── SchemaMismatch         rows to be written do not fit the table; names column and types
├── ImportRefused          a CSV file has bad rows; carries them all as `problems`
├── RuleRefused            a rule contradicts itself, or is not there
└── AlertUnknown           there is no such alert
"""

from collections.abc import Sequence

from telemetry.errors import FarmstreamError

__all__ = [
    "AlertUnknown",
    "ImportRefused",
    "MigrationRefused",
    "QueryFailed",
    "RuleRefused",
    "SchemaMismatch",
    "SchemaMissing",
    "StorageError",
    "Unreachable",
]

SHOWN = 5
"""Problems that the sentence of an ImportRefused names; the others are in `problems`."""


class StorageError(FarmstreamError):
    """Base of the errors of this package."""


class Unreachable(StorageError):
    """No Cassandra answers at the address, or it stayed away for longer than allowed."""


class QueryFailed(StorageError):
    """Cassandra refused a statement, or could not carry it out."""


class SchemaMissing(StorageError):
    """A keyspace or table does not exist yet."""


class MigrationRefused(StorageError):
    """The migrations on disk and those recorded in the database contradict each other."""


class SchemaMismatch(StorageError):
    """A column is missing, unknown or of a type that does not fit."""


class ImportRefused(StorageError):
    """Rows of a CSV file that cannot be taken; nothing of the file was written."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        shown = "; ".join(problems[:SHOWN])
        more = len(problems) - SHOWN
        tail = f"; and {more} more" if more > 0 else ""
        super().__init__(
            f"{source}: {shown}{tail}. Nothing was imported: correct the file and import it again."
        )
        self.problems = tuple(problems)


class RuleRefused(StorageError):
    """A rule that contradicts itself, or one that is not there; nothing was changed."""


class AlertUnknown(StorageError):
    """No alert has that id, or several begin with it."""
