"""What people write without a data source: cassandra-driver, 128 prepared inserts in flight, a paged SELECT.

python -m benchmarks.streaming.driver_loop HOST PORT KEYSPACE, then a job a line.
"""

import sys
from time import perf_counter
from typing import Any

import pyarrow.parquet as pq
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args

from benchmarks.streaming.worker import serve

__all__ = ["main"]

IN_FLIGHT = 128


def main(host: str, port: int, keyspace: str) -> None:
    """Do the jobs, in seconds; the rows are Python values before the clock starts."""
    profile = ExecutionProfile(consistency_level=ConsistencyLevel.LOCAL_QUORUM, request_timeout=60)
    session = Cluster([host], port=port, execution_profiles={EXEC_PROFILE_DEFAULT: profile}).connect(keyspace)
    known: dict[str, Any] = {}

    def do(job: dict[str, Any]) -> float:
        if job["job"] != "write":
            return _read(session, job["table"])
        if job["rows"] not in known:
            known[job["rows"]] = _rows(job["rows"])
        return _write(session, job["table"], *known[job["rows"]])

    serve(do)


def _rows(file: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    table = pq.read_table(file)
    columns = [
        [dict(pairs) for pairs in column.to_pylist()] if name == "faults" else column.to_pylist()
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return table.column_names, list(zip(*columns, strict=True))


def _write(session: Any, table: str, names: list[str], rows: list[tuple[Any, ...]]) -> float:
    marks = ", ".join("?" * len(names))
    insert = session.prepare(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})")  # noqa: S608
    start = perf_counter()
    execute_concurrent_with_args(session, insert, rows, concurrency=IN_FLIGHT)
    return perf_counter() - start


def _read(session: Any, table: str) -> float:
    start = perf_counter()
    sum(1 for _ in session.execute(session.prepare(f"SELECT * FROM {table}")))  # noqa: S608
    return perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
