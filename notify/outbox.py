"""The durable list: what is to be sent to whom, what was, and up to where the topic has been read.

SQLite with every commit forced to disk. A notice and the offset behind it are one commit, so that a `kill -9`
neither loses nor repeats one on the way in. On the way out it is marked when the other side has taken it:
killed between the two, it is sent once more, under the same key. An attempt is noted before it is made: on
a full disk nothing is sent that could not be marked, and would be sent again with every restart.

ListUnusable           the file cannot be opened, read or written; the text says why
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from notify.notice import Notice
from telemetry.errors import FarmstreamError

__all__ = ["Due", "ListUnusable", "Outbox"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS notice (
    number INTEGER PRIMARY KEY, notifier TEXT NOT NULL, key TEXT NOT NULL, alert_id TEXT NOT NULL,
    body BLOB NOT NULL, came REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL, sent REAL, given_up REAL, why TEXT, UNIQUE (notifier, key)
);
CREATE INDEX IF NOT EXISTS waiting ON notice (notifier, due) WHERE sent IS NULL AND given_up IS NULL;
CREATE INDEX IF NOT EXISTS of_alert ON notice (notifier, alert_id);
CREATE TABLE IF NOT EXISTS place (
    topic TEXT, partition INTEGER, next INTEGER, PRIMARY KEY (topic, partition)
);
"""
_KEEP = 40 * 86400.0
"""Seconds for which it is known what was sent: longer than the topic keeps its records."""


class ListUnusable(FarmstreamError):
    """Without its list a notifier would forget what it has sent: it ends."""


class Due(NamedTuple):
    """A notice whose time has come."""

    number: int
    notice: Notice
    came: float
    attempts: int


class Outbox:
    """A context manager, for several threads. Times are seconds since 1970, given by the caller."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.executescript(_SCHEMA)

    def __enter__(self) -> "Outbox":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def places(self, topic: str) -> dict[int, int]:
        """Partition → the offset to go on with."""
        with self._explained():
            rows = self._file.execute("SELECT partition, next FROM place WHERE topic = ?", (topic,))
            return dict(rows.fetchall())

    def put(self, notices: Iterable[tuple[str, Notice]], place: tuple[str, int, int], now: float) -> None:
        """Add (notifier, notice) pairs, each key once, and note the place (topic, partition, next offset)."""
        rows = [(to, n.key, n.alert_id, msgspec.json.encode(n), now, now) for to, n in notices]
        with self._explained(), self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.executemany(
                "INSERT OR IGNORE INTO notice (notifier, key, alert_id, body, came, due) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._file.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", place)

    def due(self, notifier: str, now: float, limit: int = 100) -> list[Due]:
        """What is to be sent now, oldest first; of one alert only the first that has not gone yet."""
        found = (
            "SELECT number, body, came, attempts FROM notice AS n WHERE notifier = ? AND due <= ? "
            "AND sent IS NULL AND given_up IS NULL AND NOT EXISTS (SELECT 1 FROM notice AS e WHERE "
            "e.notifier = n.notifier AND e.alert_id = n.alert_id AND e.number < n.number "
            "AND e.sent IS NULL AND e.given_up IS NULL) ORDER BY number LIMIT ?"
        )
        with self._explained():
            rows = self._file.execute(found, (notifier, now, limit)).fetchall()
        return [Due(n, msgspec.json.decode(body, type=Notice), came, tries) for n, body, came, tries in rows]

    def trying(self, number: int) -> None:
        """It is about to be sent."""
        self._set("attempts = attempts + 1", number)

    def sent(self, number: int, now: float) -> None:
        """The other side has taken it."""
        self._set("sent = ?, why = NULL", now, number)

    def failed(self, number: int, why: str, due: float) -> None:
        """To be tried again at `due`."""
        self._set("due = ?, why = ?", due, why, number)

    def given_up(self, number: int, why: str, now: float) -> None:
        """Left unsent for good."""
        self._set("given_up = ?, why = ?", now, why, number)

    def counts(self) -> dict[str, dict[str, int]]:
        """Notifier → how many are waiting, sent, given up."""
        query = (
            "SELECT notifier, count(*) - count(sent) - count(given_up), count(sent), count(given_up) "
            "FROM notice GROUP BY notifier"
        )
        with self._explained():
            rows = self._file.execute(query).fetchall()
        return {name: {"waiting": w, "sent": s, "given_up": g} for name, w, s, g in rows}

    def forget(self, now: float) -> None:
        """Remove what is done and old."""
        with self._explained():
            self._file.execute(
                "DELETE FROM notice WHERE came < ? AND (sent IS NOT NULL OR given_up IS NOT NULL)",
                (now - _KEEP,),
            )

    def _set(self, columns: str, *values: object) -> None:
        with self._explained():
            self._file.execute(f"UPDATE notice SET {columns} WHERE number = ?", values)  # noqa: S608

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The file for one thread at a time, its errors as one sentence."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError) as why:
            reason = why.strerror if isinstance(why, OSError) else why
            raise ListUnusable(
                f"Cannot keep the list {self._path} ({reason}): make room, or name another as `list`."
            ) from why
