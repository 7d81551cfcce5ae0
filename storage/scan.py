"""Reading a table, or parts of it, as Arrow batches: page by page, the next asked for while one is used.

No more than two pages of a task are in memory, whatever the table holds, and where partitions are named one
page's rows of the next ones: what reads slowly is read slowly. A page that fails for a reason that may pass
is asked for again, and nothing is read twice.
"""

import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import pyarrow as pa
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import tuple_factory

from storage.cold import FIRST_PAUSE, LONGEST_PAUSE, TRANSIENT
from storage.columns import HANDLER, Column, batch
from storage.cql import codec, quoted
from storage.errors import Unreachable
from storage.pushdown import Condition
from storage.ring import Part
from storage.session import Session, cluster_of, open_session, plain_errors
from storage.settings import Cassandra
from storage.table import Table
from telemetry.clock import duration

__all__ = ["Query", "read_keys", "read_parts"]

AHEAD = 32
"""Partitions asked for by key before the first of them is used up: of each the first rows, a page in all."""

ROWS = 5000
"""Rows that small pages are gathered to before they are handed on."""

_sessions: dict[tuple[int, Cassandra], Session] = {}  # by process: a fork cannot use its parent's

Page = Mapping[str, Any]


class Query(NamedTuple):
    """Columns of `schema` (Arrow types as wanted) of the rows for which `rows` holds."""

    table: Table
    schema: pa.Schema
    rows: tuple[Condition, ...] = ()
    page: int = 5000

    @property
    def select(self) -> str:
        """The SELECT without its WHERE."""
        return f"SELECT {', '.join(map(quoted, self.schema.names))} FROM {self.table.name}"  # noqa: S608

    def column(self, name: str, kind: Any) -> Column:
        """One of them, of the driver's type `kind`."""
        return Column(codec(self.table.columns[name], self.table.fields), kind)


def read_parts(settings: Cassandra, query: Query, parts: Iterable[Part]) -> Iterator[pa.RecordBatch]:
    """All rows whose tokens are in `parts`, each asked of its first node as long as that answers."""
    key = ", ".join(map(quoted, query.table.partition_key))
    where = f"WHERE token({key}) > ? AND token({key}) <= ?"
    with plain_errors(settings):
        asker = _Asker(settings, f"{query.select} {where}", query.page)
        pages = (page for part in parts for page in asker.all(part[:2], part.host))
        yield from _gathered(asker.batch(page, query) for page in pages)


def read_keys(
    settings: Cassandra, query: Query, keys: tuple[tuple[Any, ...], ...]
) -> Iterator[pa.RecordBatch]:
    """The rows of the partitions `keys`, several asked for at a time: each node is asked for its own."""
    names = [*query.table.partition_key, *(c.column for c in query.rows)]
    operators = ["="] * len(query.table.partition_key) + [c.operator for c in query.rows]
    terms = " AND ".join(f"{quoted(name)} {op} ?" for name, op in zip(names, operators, strict=True))
    bounds = tuple(condition.value for condition in query.rows)
    with plain_errors(settings):
        asker = _Asker(settings, f"{query.select} WHERE {terms}", query.page)
        pages = asker.each((*key, *bounds) for key in keys)
        yield from _gathered(asker.batch(page, query) for page in pages)


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    few: list[pa.RecordBatch] = []
    for some in batches:
        few.append(some)
        if sum(each.num_rows for each in few) >= ROWS:
            yield _together(few)
            few = []
    if few:
        yield _together(few)


def _together(few: list[pa.RecordBatch]) -> pa.RecordBatch:
    """A full page stands alone, and is not copied."""
    return few[0] if len(few) == 1 else pa.concat_batches(few)


class _Asker:
    """Asks one statement again and again, with other values and for further pages."""

    def __init__(self, settings: Cassandra, statement: str, page: int) -> None:
        self._settings, self._session = settings, _session(settings)
        self._query = self._session.prepare(statement)
        self._kinds = list(self._query.result_metadata)  # the driver puts a page's own in its place
        self._page = page
        self._columns: dict[str, Column] = {}
        self._version = self._session.cluster.protocol_version
        self._host: Any = None  # None: whichever the driver takes
        self._silent: set[Any] = set()

    def batch(self, page: Page, query: Query) -> pa.RecordBatch:
        """The page as Arrow columns."""
        if not self._columns:
            self._columns = {name: query.column(name, kind) for *_, name, kind in self._kinds}
        return batch(page, self._columns, query.schema, self._version)

    def all(self, values: tuple[Any, ...], host: str) -> Iterator[Page]:
        """All pages, asked of the node at `host` unless it is known not to answer."""
        hosts = self._session.cluster.metadata.all_hosts()
        self._host = next((h for h in hosts if host in _addresses(h) and h not in self._silent), None)
        return self.pages(values, self.ask(values))

    def ask(self, values: tuple[Any, ...], state: bytes | None = None, rows: int = 0) -> Any:
        """Ask for a page, or for so many rows."""
        query = self._query.bind(values)
        query.fetch_size = rows or self._page
        return self._session.execute_async(query, paging_state=state, host=self._host)

    def pages(self, values: tuple[Any, ...], asked: Any) -> Iterator[Page]:
        """That page, which was `asked` for, and all after it."""
        state: bytes | None = None
        while True:
            found = self._insist(asked, partial(self.ask, values, state))
            state = found.paging_state
            if state:
                asked = self.ask(values, state)
            yield from found.current_rows
            if not state:
                return

    def each(self, keys: Iterator[tuple[Any, ...]]) -> Iterator[Page]:
        """All pages for each of `keys`, in their order."""
        first = max(1, self._page // AHEAD)
        ahead = ((key, self.ask(key, rows=first)) for key in keys)
        under_way = deque(islice(ahead, min(AHEAD, self._page)))
        while under_way:
            yield from self.pages(*under_way.popleft())
            under_way.extend(islice(ahead, 1))

    def _insist(self, asked: Any, again: Callable[[], Any]) -> Any:
        until, pause = time.monotonic() + duration(self._settings.wait), FIRST_PAUSE
        while True:
            try:
                return asked.result()
            except TRANSIENT as why:
                self._silent.add(self._host)
                self._host = None
                if time.monotonic() + pause > until:
                    place, wait = self._settings.place, self._settings.wait
                    raise Unreachable(f"Cassandra at {place} did not answer for {wait} ({why}).") from why
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the retries, no secret
            pause = min(2 * pause, LONGEST_PAUSE)
            asked = again()


def _addresses(host: Any) -> tuple[str, str]:
    """As it was connected to, which may be by a name, and as the ring calls it."""
    return host.address, host.broadcast_rpc_address


def _session(settings: Cassandra) -> Session:
    """Kept for the next task in this process."""
    key = os.getpid(), settings
    if key not in _sessions:
        session = open_session(cluster_of(settings), settings)
        session.client_protocol_handler = HANDLER
        session.get_execution_profile(EXEC_PROFILE_DEFAULT).row_factory = tuple_factory
        _sessions[key] = session
    return _sessions[key]
