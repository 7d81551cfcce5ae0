"""What the queries are built from: the session, the settings, what the driver reads, topics, tables."""

from dataclasses import dataclass

from confluent_kafka import Producer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.readwriter import DataStreamWriter

from storage.settings import Cassandra
from streaming.master import Master
from streaming.settings import Settings
from streaming.stored import Stored
from telemetry.topics import Topic

__all__ = ["Context", "connection"]


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

    def writer(self, rows: DataFrame, source: str = "cassandra", **options: str) -> DataStreamWriter:
        """A stream into Cassandra, in append mode."""
        return rows.writeStream.format(source).options(**self.options(**options))

    def options(self, **more: str) -> dict[str, str]:
        """Those of a write into Cassandra; a null leaves what is there."""
        return connection(self.settings.cassandra) | {"ignore_nulls": "true"} | more

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


def connection(cassandra: Cassandra) -> dict[str, str]:
    """The connection as options of `format("cassandra")`; of a password only its file's name."""
    fields = ((name, getattr(cassandra, name)) for name in cassandra.__struct_fields__)
    return {name: str(value) for name, value in fields if value is not None}
