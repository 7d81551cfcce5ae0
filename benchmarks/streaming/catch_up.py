"""Queries of the application that catch up with what is in their topics: the process under test.

    python -m benchmarks.streaming.catch_up CONFIG

Then a job a line: `{"config", "sensors", "queries"}`. A query is one of `streaming.queries.BUILDERS`, as it
is, or `parse`: the bare Kafka source and `from_json`, with which the others compare. Two of them run side by
side, the second on what the first one writes. The answer has each batch of the last one (rows, begin,
seconds) and, where a query failed, one line of why.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from benchmarks.streaming.farm import FIELDS, sensors_of
from benchmarks.streaming.worker import serve
from storage.spark import register_source
from streaming.context import Context
from streaming.keeper import cause
from streaming.master import Master, Snapshot
from streaming.parse import STRICT
from streaming.producer import alert_producer
from streaming.queries import BUILDERS
from streaming.schema import PAYLOAD
from streaming.settings import read_settings
from streaming.spark import spark_session
from streaming.stored import Stored, stored
from telemetry.topics import READINGS

__all__ = ["main"]


def main(config: str) -> None:
    """Serve the jobs, in one JVM: settings for the whole of it are those of `config`."""
    settings = read_settings(Path(config))
    with spark_session(settings.resources) as spark, stored(settings.cassandra) as tables:
        register_source(spark)
        serve(lambda job: _do(spark, tables, **job))


def _do(spark: SparkSession, tables: Stored, config: str, sensors: int, queries: list[str]) -> Any:
    settings = read_settings(Path(config))
    context = Context(
        spark=spark, settings=settings, tables=tables, producer=alert_producer(settings.kafka.bootstrap),
        master=Master(Snapshot(sensors_of(sensors), FIELDS, tables.master().rules)),
    )  # fmt: skip
    folder = "-".join(queries)
    try:
        started = [_start(context, folder, name, name == queries[0]) for name in queries]
        started[0].awaitTermination()
        for query in started[1:]:
            query.processAllAvailable()
            query.stop()
    except PySparkException as why:
        return {"batches": [], "failed": cause(why)}
    return {
        "batches": [_batch(one) for one in started[-1].recentProgress if one["numInputRows"]],
        "failed": "",
    }


def _start(context: Context, folder: str, name: str, first: bool) -> StreamingQuery:
    """The first one ends when it has read what was there at its start."""
    writer = _parse(context) if name == "parse" else BUILDERS[name](context)
    writer = writer.option("checkpointLocation", f"{context.settings.checkpoints}/{folder}/{name}")
    trigger: dict[str, Any] = {"availableNow": True} if first else {"processingTime": "0 seconds"}
    return writer.queryName(name).trigger(**trigger).start()


def _parse(context: Context) -> DataStreamWriter:
    reading = F.from_json(F.col("value").cast("string"), PAYLOAD, STRICT).alias("r")
    return context.topic(READINGS).select(reading).select("r.*").writeStream.format("noop")


def _batch(told: Any) -> tuple[int, float, float]:
    begin = datetime.fromisoformat(told["timestamp"]).timestamp()
    return told["numInputRows"], begin, told["durationMs"]["triggerExecution"] / 1000


if __name__ == "__main__":
    main(sys.argv[1])
