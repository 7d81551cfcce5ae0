"""The spool's tables, and how a connection to them is set up."""

import sqlite3
from pathlib import Path
from uuid import uuid4

__all__ = ["FULL", "NORMAL", "connect", "create", "identity", "is_sound"]

FULL, NORMAL = "FULL", "NORMAL"
"""`synchronous`: FULL before anything is acknowledged; NORMAL (safe against a kill, not against a power cut)
for what would only be done again."""

_TABLES = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT, route INTEGER NOT NULL, at REAL NOT NULL, entry BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS board (
    id TEXT PRIMARY KEY, heard REAL NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reject (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS spool (identity TEXT NOT NULL);
"""


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    """Open a connection in WAL mode, transactions explicit, usable from another thread."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")  # takes effect in a new file only
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={synchronous}")
        db.execute(f"PRAGMA journal_size_limit={16 << 20}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def create(db: sqlite3.Connection) -> None:
    """Make the tables where they are not there yet."""
    db.executescript(_TABLES)
    db.execute("INSERT INTO spool SELECT ? WHERE NOT EXISTS (SELECT 1 FROM spool)", (uuid4().hex,))


def identity(db: sqlite3.Connection) -> str:
    """Return the spool's own id, made once with the file."""
    return str(db.execute("SELECT identity FROM spool").fetchone()[0])


def is_sound(db: sqlite3.Connection) -> bool:
    """Whether SQLite finds the file's structure undamaged."""
    return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
