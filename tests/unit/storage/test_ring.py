"""The ring: its parts, who is asked for each, and who holds a key; the driver's own classes, no server."""

from collections.abc import Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from cassandra.connection import DefaultEndPoint
from cassandra.metadata import Metadata, Murmur3Token
from cassandra.policies import DCAwareRoundRobinPolicy, HostDistance, SimpleConvictionPolicy
from cassandra.pool import Host
from hypothesis import given
from hypothesis import strategies as st

from storage.ring import LEAST, MOST, parts, shares, tokens
from storage.session import open_session
from storage.settings import Cassandra

MURMUR3 = "org.apache.cassandra.dht.Murmur3Partitioner"
TOKENS = st.sets(st.integers(LEAST + 1, MOST), min_size=1, max_size=200)


@given(st.sets(st.integers(LEAST + 1, MOST), min_size=1, max_size=8), st.integers(1, 40))
def test_parts_cover_the_ring_once(ends: set[int], wanted: int) -> None:
    ring = {token: f"host{n}" for n, token in enumerate(sorted(ends))}
    found = sorted(parts(ring, wanted))
    assert (found[0].after, found[-1].until) == (LEAST, MOST)
    assert all(a.until == b.after for a, b in pairwise(found))
    assert len(found) >= wanted
    for part in found:
        owner = min((token for token in ring if token >= part.until), default=min(ring))
        assert part.host == ring[owner]


@given(TOKENS, st.integers(1, 40), st.integers(1, 4))
def test_tasks_share_the_parts_and_each_asks_one_node(ends: set[int], wanted: int, nodes: int) -> None:
    ring = {token: f"host{n % nodes}" for n, token in enumerate(sorted(ends))}
    tasks = shares(ring, wanted)
    assert sorted(part for task in tasks for part in task) == sorted(parts(ring, wanted))
    assert wanted <= len(tasks) <= 2 * wanted + 2 * nodes
    assert all(len({part.host for part in task}) == 1 for task in tasks)


class Cluster:
    """Five nodes of two data centres with these tokens, as the driver knows them, seen from `near`."""

    def __init__(self, ends: set[int], near: str, replication: Mapping[str, str]) -> None:
        places = ["field", "field", "field", "analytics", "analytics"]
        nodes = [self._node(f"10.0.0.{n}", place) for n, place in enumerate(places)]
        held: dict[Host, list[str]] = {node: [] for node in nodes}
        for n, token in enumerate(sorted(ends)):
            held[nodes[n % 5]].append(str(token))
        self.metadata = Metadata()
        for node in nodes:
            self.metadata.add_or_return_host(node)
        self.metadata.rebuild_token_map(MURMUR3, held)
        policy = DCAwareRoundRobinPolicy(near)
        self.profile_manager = SimpleNamespace(distance=policy.distance)
        self._kept = SimpleNamespace(durable_writes=True, replication=replication)

    def connect(self) -> Any:
        return SimpleNamespace(cluster=self, execute=lambda query, values: [self._kept])

    @staticmethod
    def _node(address: str, data_centre: str) -> Host:
        node = Host(DefaultEndPoint(address), SimpleConvictionPolicy)
        node.set_location_info(data_centre, "rack")
        node.broadcast_rpc_address = address
        return node


@given(TOKENS.filter(lambda ends: len(ends) > 4), st.sampled_from(["field", "analytics"]))
def test_who_is_asked_is_near_and_has_the_rows(ends: set[int], near: str) -> None:
    copies = {"class": "org.apache.cassandra.locator.NetworkTopologyStrategy", "field": "2", "analytics": "1"}
    cluster: Any = Cluster(ends, near, copies)
    ring = tokens(open_session(cluster, Cassandra()))
    found = parts(ring, 3)
    assert (min(found).after, max(part.until for part in found)) == (LEAST, MOST)
    for part in found:
        replicas = cluster.metadata.token_map.get_replicas("farm", Murmur3Token(part.until))
        assert len(replicas) == 3
        asked = [node for node in replicas if node.address == part.host]
        assert [(node.datacenter, cluster.profile_manager.distance(node)) for node in asked] == [
            (near, HostDistance.LOCAL)
        ]
