"""What the queries are built from: the session, the settings, what the driver reads, topics, tables."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from confluent_kafka import Producer
from pyspark.sql import DataFrame, SparkSession

from storage.how import How
from storage.settings import Cassandra
from storage.spark.options import Options
from storage.spark.sink import BatchSink
from storage.spark.write import write
from streaming.master import Master
from streaming.settings import Settings
from streaming.stored import Stored
from telemetry.topics import Topic

__all__ = ["Context", "stream_sink"]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Handed to each function of `streaming.queries.BUILDERS`."""

    spark: SparkSession
    settings: Settings
    master: Master
    tables: Stored
    producer: Producer

    def topic(self, *topics: Topic, bounded: bool = True) -> DataFrame:
        """Topics as one stream: all that they hold, and then what comes.

        A batch is `bounded` by the settings; in real-time mode Spark refuses that.
        """
        kafka = self.settings.kafka
        options = {
            "kafka.bootstrap.servers": kafka.bootstrap,
            "subscribe": ",".join(kafka.topic_prefix + topic.name for topic in topics),
            "startingOffsets": "earliest",
            "failOnDataLoss": str(kafka.fail_on_data_loss).lower(),
        }
        if bounded:
            options["maxOffsetsPerTrigger"] = str(kafka.max_offsets)
        return self.spark.readStream.format("kafka").options(**options).load()

    def into(
        self, table: str = "", sink: type[BatchSink] = BatchSink, *, table_column: str = "", **how: str
    ) -> Callable[[DataFrame, int], None]:
        """For `foreachBatch`: the batch's rows into a table, or into those that a column of them names.

        `how` are options of `storage.how.How`.
        """
        place = stream_sink(self.settings.cassandra, table, sink, table_column=table_column, **how)

        def write_batch(batch: DataFrame, epoch: int) -> None:
            write(batch, place)

        return write_batch

    @property
    def kafka_sink(self) -> dict[str, str]:
        """Options of `format("kafka")` for writing."""
        return {
            "kafka.bootstrap.servers": self.settings.kafka.bootstrap,
            "kafka.acks": "all",
            "kafka.compression.type": "lz4",
            "kafka.linger.ms": "5",
            "kafka.batch.size": str(2**18),  # each batch is one forced write of the broker
        }


def stream_sink(
    cassandra: Cassandra,
    table: str = "",
    sink: type[BatchSink] = BatchSink,
    *,
    table_column: str = "",
    **how: str,
) -> BatchSink:
    """Where the transforms' rows go; a null leaves what is there, as two queries write a reading's row."""
    given = msgspec.convert(how | {"ignore_nulls": True}, How)
    return sink(Options(cassandra=cassandra, how=given, table=table, table_column=table_column))
