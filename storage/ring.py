"""The ring of tokens: which node holds which part of a table, and parts of it for tasks to read.

Murmur3 partitioner, the default since Cassandra 1.2: tokens are whole numbers of 64 bits.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from cassandra.policies import HostDistance

from storage.errors import QueryFailed
from storage.session import Session

__all__ = ["Part", "parts", "shares", "tokens"]

LEAST, MOST = -(2**63), 2**63 - 1
_PARTITIONER = "org.apache.cassandra.dht.Murmur3Partitioner"


class Part(NamedTuple):
    """Tokens greater than `after`, up to `until`; `host` is the first node to ask."""

    after: int
    until: int
    host: str


def tokens(session: Session) -> dict[int, str]:
    """Token → address (for clients) of the node that holds the tokens up to it, in this data centre.

    Each data centre has all tokens: the first copy in it is on the first of its own nodes round the ring.
    QueryFailed where the cluster partitions in another way.
    """
    known, near = session.cluster.metadata, session.cluster.profile_manager.distance
    if known.partitioner != _PARTITIONER:
        raise QueryFailed(f"format('cassandra') reads with Murmur3Partitioner only, not {known.partitioner}.")
    owners = known.token_map.token_to_host_owner.items()
    local = [(token, node) for token, node in owners if near(node) == HostDistance.LOCAL]
    return {token.value: str(node.broadcast_rpc_address) for token, node in local}


def parts(ring: dict[int, str], wanted: int) -> list[Part]:
    """The whole ring in at least `wanted` parts of about the same size, none across two nodes' ranges."""
    ends = sorted(ring)
    ranges = [Part(after, until, ring[until]) for after, until in _pairs(ends)]
    ranges.append(Part(LEAST, ends[0], ring[ends[0]]))  # the first node's range goes round the end
    if ends[-1] < MOST:
        ranges.append(Part(ends[-1], MOST, ring[ends[0]]))
    size = max(1, (MOST - LEAST) // max(1, wanted))
    return [piece for each in ranges for piece in _pieces(each, size)]


def shares(ring: dict[int, str], wanted: int) -> list[list[Part]]:
    """The ring's `parts`, small ones of one node put together: a node may have many tokens."""
    size = (MOST - LEAST) // max(1, wanted)
    found: list[list[Part]] = []
    for _, own in groupby(sorted(parts(ring, wanted), key=_host), _host):
        room = 0
        for part in own:
            width = part.until - part.after
            if width > room:
                found.append([])
                room = size
            found[-1].append(part)
            room -= width
    return found


def _host(part: Part) -> str:
    return part.host


def _pairs(ends: Sequence[int]) -> Iterable[tuple[int, int]]:
    return pairwise(ends)


def _pieces(part: Part, size: int) -> list[Part]:
    count = max(1, -(-(part.until - part.after) // size))
    cuts = [part.after + (part.until - part.after) * n // count for n in range(count + 1)]
    return [Part(after, until, part.host) for after, until in _pairs(cuts) if after < until]
