"""What the writer does when a session refuses: fewer requests in flight, or row by row. No server."""

import asyncio
import os
from typing import Any

import acsylla
import pytest
from acsylla import errors

from storage import hot, writer
from storage.errors import QueryFailed
from storage.how import How
from storage.inserts import Insert
from storage.settings import Cassandra
from storage.table import Table
from storage.writer import _write

TABLE = Table("farm.t", {"k": "int", "c": "int"}, ("k",), ("c",))
SETTINGS = Cassandra(keyspace="refused")


class Prepared:
    def bind(self) -> Any:
        return acsylla.create_statement("INSERT INTO farm.t (k, c) VALUES (?, ?)", 2)


class Session:
    """Answers each request with the next of `failures`, then with success; counts what is in flight."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.prepared: list[str] = []
        self.inside = self.most = self.rows = self.batches = 0

    async def execute(self, statement: Any) -> None:
        await self._answer()
        self.rows += 1

    async def execute_batch(self, batch: Any) -> None:
        self.batches += 1
        await self._answer()

    async def create_prepared(self, text: str) -> Prepared:
        self.prepared.append(text)
        await self._answer()
        return Prepared()

    async def _answer(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.001)
        self.inside -= 1
        if self._failures:
            raise self._failures.pop()


def _write_into(
    monkeypatch: pytest.MonkeyPatch, session: Session, groups: list[list[list[int]]], how: How
) -> int:
    async def same(settings: Cassandra) -> Session:
        return session

    monkeypatch.setattr(writer, "session", same)
    monkeypatch.setattr(hot, "FIRST_PAUSE", 0.001)
    insert = Insert(TABLE, "INSERT", Prepared(), (0,), (1,))
    return asyncio.run(_write(SETTINGS, insert, groups, how))


def test_an_overloaded_server_gets_half_as_many_requests_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    how, groups = How(concurrency=64), [[[1, n]] for n in range(200)]
    session = Session(*[errors.CassErrorServerOverloaded("too much")] * 10)
    assert _write_into(monkeypatch, session, groups, how) == 200
    assert session.rows == 200
    gate = writer._gates[os.getpid(), SETTINGS, 64]
    assert session.most == 64
    assert 32 <= gate.limit < 40  # ten failures of the same second are one; then one more a round

    later = Session()
    _write_into(monkeypatch, later, groups[:100], how)  # the next batch begins with what this one learnt
    assert 32 <= later.most < 40


def test_a_batch_that_is_refused_goes_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    how, group = How(concurrency=7), [[1, n] for n in range(16)]
    session = Session(errors.CassErrorServerInvalidQuery("Batch too large"))
    assert _write_into(monkeypatch, session, [group], how) == 16
    assert (session.batches, session.rows) == (1, 16)
    refused = [errors.CassErrorServerInvalidQuery("no")] * 2
    with pytest.raises(QueryFailed, match="refused"):
        _write_into(monkeypatch, Session(*refused), [group], how)


def test_where_no_node_takes_it_the_statement_is_prepared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The C++ driver says no more than that of a table that was dropped and made again."""
    away = errors.CassErrorLibNoHostsAvailable("No hosts available")
    session = Session(away)
    assert _write_into(monkeypatch, session, [[[1, 1]]], How(concurrency=3)) == 1
    assert (session.prepared, session.rows) == (["INSERT"], 1)
    away_both = Session(away, away)  # then it is Cassandra that is away: it goes on asking
    assert _write_into(monkeypatch, away_both, [[[1, 1]]], How(concurrency=3)) == 1
    assert away_both.prepared == ["INSERT"]
    gone = Session(*[errors.CassErrorServerInvalidQuery("no such table"), away] * 2)
    with pytest.raises(QueryFailed, match="no such table"):
        _write_into(monkeypatch, gone, [[[1, 1]]], How(concurrency=3))
