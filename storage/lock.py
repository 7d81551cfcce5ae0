"""A lock between processes, held in a table by lightweight transactions."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from cassandra import WriteTimeout

from storage.errors import QueryFailed
from storage.session import Session
from storage.settings import Cassandra

__all__ = ["locked"]

LEASE = 60
"""Seconds after which the lock of a process that was killed is free again."""
POLL = 0.25


@contextmanager
def locked(
    session: Session, settings: Cassandra, name: str, patience: float = 2 * LEASE + 5
) -> Iterator[Callable[[], None]]:
    """Hold lock `name` inside; yields a function that renews the lease, to be called between steps.

    Waits up to `patience` seconds for another holder, then raises QueryFailed.
    """
    owner, table = uuid4(), settings.table("schema_lock")
    take = f"INSERT INTO {table} (name, owner) VALUES (%s, %s) IF NOT EXISTS USING TTL {LEASE}"  # noqa: S608
    keep = f"UPDATE {table} USING TTL {LEASE} SET owner = %s WHERE name = %s IF owner = %s"  # noqa: S608
    drop = f"DELETE FROM {table} WHERE name = %s IF owner = %s"  # noqa: S608

    def renew() -> None:
        if not _answer(session, keep, (owner, name, owner)).was_applied:
            raise QueryFailed(
                f"The lock '{name}' in {table} was lost to another process: run the command again."
            )

    until = time.monotonic() + patience
    while _holder(_answer(session, take, (name, owner)), owner) != owner:
        if time.monotonic() > until:
            raise QueryFailed(f"Another process has held the lock '{name}' in {table} for {patience:.0f} s.")
        time.sleep(POLL)
    try:
        yield renew
    finally:
        _answer(session, drop, (name, owner))


def _answer(session: Session, statement: str, values: tuple[Any, ...]) -> Any:
    """Asked again where Cassandra does not know whether it was done, which doing it twice does not change."""
    until = time.monotonic() + LEASE
    while True:
        try:
            return session.execute(statement, values)
        except WriteTimeout:
            if time.monotonic() > until:
                raise
            time.sleep(POLL)


def _holder(answer: Any, owner: UUID) -> UUID:
    """Whose the lock is: `owner`'s too where an attempt had been taken for failed."""
    held: UUID = owner if answer.was_applied else answer.one().owner
    return held
