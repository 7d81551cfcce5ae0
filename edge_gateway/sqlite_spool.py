"""The spool in one SQLite file (WAL): group commits with `synchronous=FULL`, space given back to the disk."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

from edge_gateway.errors import SpoolFull
from edge_gateway.rescue import open_or_rescue
from edge_gateway.schema import NORMAL, connect, identity
from edge_gateway.spool import Batch, Row, Spool
from edge_gateway.sqlite_errors import explained

__all__ = ["SqliteSpool"]

_VACUUM_PAGES = 256
"""Free pages (of 4 KiB) given back to the disk at a time, so that no release takes long."""


class SqliteSpool(Spool):
    """Two connections, for the two threads; a lock keeps their transactions apart.

    `min_free_mib` is the floor of free disk below which nothing is taken; `clock` gives epoch seconds.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_rows: int = 5_000_000,
        min_free_mib: int = 0,
        max_rejects: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path, self._max_rows, self._max_rejects = path, max_rows, max_rejects
        self._min_free, self._clock = min_free_mib << 20, clock
        self._write_lock, self._filled = threading.Lock(), threading.Event()
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = open_or_rescue(path)
            self._reader = connect(path, NORMAL)
            self.identity = identity(self._writer)
            self._committed = self._writer.execute("SELECT count(*) FROM entry").fetchone()[0]
        self._released = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
        self._writer.close()

    @property
    def rows(self) -> int:
        return int(self._committed - self._released)

    def commit(self, batch: Batch) -> None:
        self._check_room(len(batch.entries))
        now = self._clock()
        with explained(self._path), self._transaction(self._writer) as db:
            db.executemany(
                "INSERT INTO entry (route, at, entry) VALUES (?, ?, ?)",
                [(route, now, entry) for route, entry in batch.entries],
            )
            db.executemany(
                "INSERT OR REPLACE INTO board (id, heard, state) VALUES (?, ?, ?)",
                [(board, now, state) for board, state in batch.boards],
            )
            if batch.forgotten:
                db.executemany("DELETE FROM board WHERE id = ?", [(board,) for board in batch.forgotten])
            if batch.rejects:
                db.executemany("INSERT INTO reject (id) VALUES (?)", [(r,) for r in batch.rejects])
                db.execute(
                    "DELETE FROM reject WHERE number <= (SELECT max(number) FROM reject) - ?",
                    (self._max_rejects,),
                )
        self._committed += len(batch.entries)
        self._filled.set()

    def take(self, limit: int) -> list[Row]:
        with explained(self._path):
            found = self._reader.execute(
                "SELECT number, route, entry FROM entry ORDER BY number LIMIT ?", (limit,)
            )
            return list(map(Row._make, found))

    def release(self, rows: Iterable[Row]) -> None:
        newest = max((row.number for row in rows), default=0)
        with explained(self._path):
            with self._transaction(self._reader) as db:
                self._released += db.execute("DELETE FROM entry WHERE number <= ?", (newest,)).rowcount
            self._give_back()

    def wait(self, seconds: float) -> None:
        if not self.rows:
            self._filled.clear()
            if not self.rows:
                self._filled.wait(seconds)

    def oldest(self) -> float | None:
        with explained(self._path), closing(connect(self._path, NORMAL)) as db:
            row = db.execute("SELECT at FROM entry ORDER BY number LIMIT 1").fetchone()
        return float(row[0]) if row else None

    def boards(self) -> list[tuple[str, bytes]]:
        return list(self._writer.execute("SELECT id, state FROM board ORDER BY heard"))

    def rejects(self) -> list[str]:
        newest = "SELECT number, id FROM reject ORDER BY number DESC LIMIT ?"
        return [row[1] for row in self._writer.execute(newest, (self._max_rejects,))][::-1]

    @contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        with self._write_lock:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except sqlite3.Error:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _give_back(self) -> None:
        free = self._reader.execute("PRAGMA freelist_count").fetchone()[0]
        if free >= _VACUUM_PAGES:
            with self._write_lock:
                # Of the ways to run it, only executescript steps it to its end; others free one page.
                self._reader.executescript(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})")

    def _check_room(self, more: int) -> None:
        if self.rows + more > self._max_rows:
            raise SpoolFull(f"The spool holds {self.rows} of at most {self._max_rows} rows.")
        free = shutil.disk_usage(self._path.parent).free if self._min_free else 0
        if free < self._min_free:
            raise SpoolFull(f"Only {free >> 20} MiB are free on the disk of {self._path}: make room.")
