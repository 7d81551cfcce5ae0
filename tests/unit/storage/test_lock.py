"""The lock where Cassandra does not know whether it took it, as an overloaded one does not; no server."""

from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import WriteTimeout, WriteType

from storage import lock
from storage.errors import QueryFailed
from storage.lock import locked
from storage.settings import Cassandra


class Session:
    """One row of the table; each `nth` request is carried out, and its answer is that nobody knows."""

    def __init__(self, nth: int, owner: object = None) -> None:
        self.owner, self._nth, self._requests = owner, nth, 0

    def execute(self, statement: str, values: tuple[Any, ...]) -> Any:
        self._requests += 1
        kind, mine = statement.split(maxsplit=1)[0], next(v for v in values if v != "one")
        applied = self.owner is None if kind == "INSERT" else self.owner == mine
        if applied:
            self.owner = None if kind == "DELETE" else mine
        if self._requests % self._nth == 1:
            raise WriteTimeout("CAS operation timed out", WriteType.CAS)
        held = SimpleNamespace(owner=self.owner)
        return SimpleNamespace(was_applied=applied, one=lambda: held)


def test_what_was_taken_without_an_answer_is_held_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "POLL", 0.001)
    session: Any = Session(nth=2)
    with locked(session, Cassandra(), "one") as renew:
        assert session.owner is not None
        renew()
    assert session.owner is None
    taken: Any = Session(nth=2, owner="another")
    with pytest.raises(QueryFailed, match="Another process"), locked(taken, Cassandra(), "one", patience=0):
        pass
    assert taken.owner == "another"
