"""Whom a read asks: the node that has the rows, and any other once that one does not answer."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from cassandra.cluster import NoHostAvailable
from cassandra.cqltypes import Int32Type

from storage import scan
from storage.ring import Part
from storage.scan import AHEAD, Query, read_keys, read_parts
from storage.settings import Cassandra
from storage.table import Table

QUERY = Query(Table("farm.t", {"k": "int"}, ("k",), ()), pa.schema([("k", pa.int32())]))
AWAY = NoHostAvailable("away", {})


class Cluster:
    """A session whose pages are given; notes which host each was asked of."""

    def __init__(self, *pages: int | Exception) -> None:
        hosts = [Host("10.0.0.1", "10.0.0.1"), Host("db.example", "10.0.0.2")]
        metadata = SimpleNamespace(all_hosts=lambda: hosts)
        self.cluster = SimpleNamespace(protocol_version=5, metadata=metadata)
        self.asked: list[str | None] = []
        self.rows: list[int] = []
        self._pages = iter(pages)

    def prepare(self, statement: str) -> Any:
        kinds = [("farm", "t", "k", Int32Type)]
        return SimpleNamespace(result_metadata=kinds, bind=lambda values: SimpleNamespace(values=values))

    def execute_async(self, query: Any, paging_state: Any, host: Any) -> Any:
        self.asked.append(host and host.broadcast_rpc_address)
        self.rows.append(query.fetch_size)
        return SimpleNamespace(result=lambda: self._answer(next(self._pages)))

    def _answer(self, page: int | Exception) -> Any:
        if isinstance(page, Exception):
            raise page
        values = np.ma.MaskedArray([page], mask=[False], dtype=np.int32)
        return SimpleNamespace(paging_state=b"more" if page else None, current_rows=[{"k": values}])


class Host(NamedTuple):
    address: str
    broadcast_rpc_address: str


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(scan, "FIRST_PAUSE", 0.001)
    yield


def _read(monkeypatch: pytest.MonkeyPatch, cluster: Cluster, *hosts: str) -> list[int]:
    """A part of each host's, in one task."""
    monkeypatch.setattr(scan, "_session", lambda settings: cluster)
    batches = read_parts(Cassandra(), QUERY, [Part(0, 9, host) for host in hosts])
    return [k for batch in batches for k in batch.column("k").to_pylist()]


@pytest.mark.parametrize("host", ["10.0.0.1", "10.0.0.2"])
def test_the_node_that_has_the_rows_is_asked_for_every_page(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    cluster = Cluster(2, 1, 0)
    assert _read(monkeypatch, cluster, host) == [2, 1, 0]
    assert cluster.asked == [host] * 3


def test_when_it_does_not_answer_any_other_is_and_no_row_comes_twice(
    monkeypatch: pytest.MonkeyPatch, no_pause: None
) -> None:
    cluster = Cluster(2, AWAY, 1, 0)
    assert _read(monkeypatch, cluster, "10.0.0.1") == [2, 1, 0]
    assert cluster.asked == ["10.0.0.1", "10.0.0.1", None, None]
    first = Cluster(AWAY, AWAY, 0)
    assert _read(monkeypatch, first, "10.0.0.1") == [0]
    assert first.asked == ["10.0.0.1", None, None]


def test_a_node_that_did_not_answer_is_not_asked_for_the_next_part(
    monkeypatch: pytest.MonkeyPatch, no_pause: None
) -> None:
    cluster = Cluster(AWAY, 0, 0, 0)
    assert _read(monkeypatch, cluster, "10.0.0.1", "10.0.0.1", "10.0.0.2") == [0, 0, 0]
    assert cluster.asked == ["10.0.0.1", None, None, "10.0.0.2"]


def test_a_node_that_the_driver_does_not_know_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(0)
    assert _read(monkeypatch, cluster, "10.0.0.9") == [0]
    assert cluster.asked == [None]


def test_one_page_is_asked_for_while_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(*range(50, -1, -1))
    monkeypatch.setattr(scan, "_session", lambda settings: cluster)
    monkeypatch.setattr(scan, "ROWS", 1)
    for used, _ in enumerate(read_parts(Cassandra(), QUERY, [Part(0, 9, "")]), start=1):
        assert len(cluster.asked) == min(used + 1, 51)


def test_of_named_partitions_no_more_than_a_page_is_asked_for_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(*[0] * 40, 2, 1, 0)
    monkeypatch.setattr(scan, "_session", lambda settings: cluster)
    monkeypatch.setattr(scan, "ROWS", 1)
    keys = tuple((n,) for n in range(41))
    for used, _ in enumerate(read_keys(Cassandra(), QUERY._replace(page=640), keys), start=1):
        assert len(cluster.asked) <= used + AHEAD
    assert cluster.rows == [20] * 41 + [640] * 2  # the last partition is larger
