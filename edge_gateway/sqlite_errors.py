"""SQLite's errors as the spool's."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_gateway.errors import SpoolCorrupt, SpoolError, SpoolFull

__all__ = ["explained"]

_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what SQLite says about the file `path` as a SpoolError."""
    try:
        yield
    except sqlite3.Error as why:
        code = getattr(why, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            raise SpoolCorrupt(f"The spool {path} is damaged ({why}): restart to move it aside.") from why
        if code in _NO_ROOM:
            raise SpoolFull(f"The spool {path} cannot be written now ({why}).") from why
        raise SpoolError(f"The spool {path} cannot be used: {why}.") from why
    except OSError as why:
        raise SpoolError(f"The spool {path} cannot be used: {why.strerror}.") from why
