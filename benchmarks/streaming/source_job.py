"""The data source under test: python -m benchmarks.streaming.source_job HOST PORT KEYSPACE, a job a line."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.streaming.worker import serve
from storage.spark import CassandraDataSource
from streaming.spark import Resources, spark_session

__all__ = ["main"]


def main(host: str, port: str, keyspace: str) -> None:
    """Do the jobs, in seconds."""
    with spark_session(Resources()) as spark:
        spark.dataSource.register(CassandraDataSource)

        def do(job: dict[str, Any]) -> float:
            options = {"host": host, "port": port, "keyspace": keyspace, "table": job["table"]}
            start = perf_counter()
            if job["job"] == "write":
                rows = spark.read.parquet(Path(job["rows"]).as_uri())
                rows.write.format("cassandra").options(**options).mode("append").save()
            else:
                found = spark.read.format("cassandra").options(**options).load()
                found.write.format("noop").mode("overwrite").save()
            return perf_counter() - start

        serve(do)


if __name__ == "__main__":
    main(*sys.argv[1:])
