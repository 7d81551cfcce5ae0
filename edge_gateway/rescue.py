"""Opening the spool's file; one that is damaged is moved aside, and what can still be read is recovered."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from edge_gateway.schema import FULL, connect, create, is_sound

__all__ = ["open_or_rescue"]

log = logging.getLogger(__name__)

_COLUMNS = {"entry": "number, route, at, entry", "board": "id, heard, state", "reject": "number, id"}


def open_or_rescue(path: Path) -> sqlite3.Connection:
    """Return a connection to a sound spool at `path`, fresh if what was there is damaged."""
    try:
        return _open(path)
    except sqlite3.DatabaseError as why:
        if isinstance(why, sqlite3.OperationalError):  # locked, no rights, no room: not damage
            raise
        aside = _move_aside(path)
        log.error("The spool %s is damaged (%s); it is kept as %s and a fresh one begins.", path, why, aside)
    db = _open(path)
    saved = {table: _salvage(aside, db, table) for table in _COLUMNS}
    log.error("Recovered %d readings and %d boards from %s.", saved["entry"], saved["board"], aside)
    return db


def _open(path: Path) -> sqlite3.Connection:
    db = connect(path, FULL)
    try:
        if not is_sound(db):
            raise sqlite3.DatabaseError("its structure is inconsistent")
        create(db)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _move_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    tries = 1
    while aside.exists():
        tries += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{tries}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _salvage(aside: Path, db: sqlite3.Connection, table: str) -> int:
    """Copy the rows of `table` that can be read, from the front up to the damage and from the back down."""
    columns = _COLUMNS[table]
    marks = ", ".join("?" * len(columns.split(",")))
    db.execute("BEGIN IMMEDIATE")
    for order in ("ASC", "DESC"):
        query = f"SELECT {columns} FROM {table} ORDER BY 1 {order}"  # noqa: S608 - names are ours
        for row in filter(_whole, _readable(aside, query)):
            db.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", row)  # noqa: S608
    db.execute("COMMIT")
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def _readable(aside: Path, query: str) -> Iterator[tuple[object, ...]]:
    try:
        with closing(sqlite3.connect(aside)) as db:
            yield from db.execute(query)
    except sqlite3.Error as why:
        log.warning("Reading %s stopped at the damage: %s.", aside, why)


def _whole(row: tuple[object, ...]) -> bool:
    """Whether the row's last column, where it is msgpack, is intact: one bad entry would spoil its chunk."""
    last = row[-1]
    try:
        return not isinstance(last, bytes) or msgspec.msgpack.decode(last) is not None
    except msgspec.DecodeError:
        return False
