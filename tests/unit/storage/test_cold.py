"""Writing by cassandra-driver when the server refuses: fewer requests at a time, then more. No server."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from cassandra import InvalidRequest, OperationTimedOut, WriteTimeout
from cassandra.cluster import NoHostAvailable

from storage import cold, gate
from storage.cold import MOST, write_cold
from storage.errors import QueryFailed, SchemaMismatch, Unreachable
from storage.gate import LEAST
from storage.how import How
from storage.settings import Cassandra
from storage.table import Table

TABLE = Table("farm.t", {"k": "int", "u": "uuid", "d": "decimal"}, ("k",), ())
SETTINGS = Cassandra(wait="1s")
ROWS = pa.record_batch({"k": pa.array(range(6000), pa.int32()), "d": pa.array([Decimal(1)] * 6000)})
TOO_MUCH = (NoHostAvailable("overloaded", {}), OperationTimedOut(), WriteTimeout("late", write_type=0))


class Server:
    """Takes rows unless as many come at a time as is too much; notes how many, and what is written when."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, too_many: int, *why: Exception) -> None:
        self.at_once: list[int] = []
        self.kept: dict[int, tuple[Any, ...]] = {}
        self.sent = 0
        self._too_many, self._why = too_many, why
        monkeypatch.setattr(cold, "connect", self._connect)
        monkeypatch.setattr(cold, "execute_concurrent_with_args", self._execute)
        monkeypatch.setattr(cold, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(gate, "SETTLE", 0.0)

    @contextmanager
    def _connect(self, settings: Cassandra) -> Iterator[Any]:
        yield SimpleNamespace(prepare=lambda text: SimpleNamespace(text=text))

    def _execute(
        self, session: Any, insert: Any, rows: Any, concurrency: int, raise_on_first_error: bool
    ) -> list[tuple[bool, Any]]:
        assert "USING TIMESTAMP ?" in insert.text
        self.at_once.append(concurrency)
        return [self._answer(row, n, concurrency) for n, row in enumerate(rows)]

    def _answer(self, row: tuple[Any, ...], place: int, concurrency: int) -> tuple[bool, Any]:
        self.sent += 1
        if concurrency >= self._too_many and place % 7 == 0:
            return False, self._why[place % len(self._why)]
        self.kept[row[0]] = max(row, self.kept.get(row[0], row), key=lambda each: each[-1])
        return True, None


def test_it_goes_down_while_it_is_too_much_and_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, 40, *TOO_MUCH)
    assert write_cold(SETTINGS, TABLE, [ROWS], How()) == 6000
    assert server.at_once[:3] == [MOST, MOST // 2, MOST // 4]
    assert max(server.at_once[3:]) >= 40  # it tries again, and is told again
    assert min(server.at_once) >= 16
    assert len(server.kept) == 6000
    assert server.sent < 7000  # only what failed goes again


def test_it_comes_down_to_the_least_and_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, 1, *TOO_MUCH)
    with pytest.raises(Unreachable, match="did not take it for 1s"):
        write_cold(SETTINGS, TABLE, [ROWS], How(concurrency=64))
    assert (server.at_once[0], server.at_once[-1]) == (64, LEAST)


def test_what_never_passes_is_raised_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, 1, InvalidRequest("no"))
    with pytest.raises(InvalidRequest, match="no"):
        write_cold(SETTINGS, TABLE, [ROWS], How())
    assert len(server.at_once) == 1
    Server(monkeypatch, 1, TypeError("an int is\nno text"))
    with pytest.raises(QueryFailed, match="an int is no text"):
        write_cold(SETTINGS, TABLE, [ROWS], How())
    bad = pa.record_batch({"k": pa.array([1], pa.int32()), "u": ["no id"]})
    with pytest.raises(SchemaMismatch, match="Column 'u' holds a value that does not fit"):
        write_cold(SETTINGS, TABLE, [bad], How())


def test_of_two_values_for_one_key_the_later_stays_though_the_earlier_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(monkeypatch, 40, *TOO_MUCH)
    twice = pa.record_batch({"k": pa.array([1, 1], pa.int32()), "d": pa.array([Decimal(1), Decimal(2)])})
    assert write_cold(SETTINGS, TABLE, [twice], How()) == 2
    assert server.sent == 4  # the first failed at 128 and at 64 at a time, and came last
    assert server.kept[1][1] == Decimal(2)
