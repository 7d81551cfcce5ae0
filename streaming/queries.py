"""The queries of the application: each reads one topic and is the only writer of what it writes."""

from collections.abc import Callable
from pathlib import Path

from confluent_kafka import Producer
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from storage.settings import Cassandra
from streaming.join import checked, join, outgoing
from streaming.keeper import NotStarted
from streaming.master import Master
from streaming.settings import Settings
from streaming.stored import Stored
from streaming.tables import reading_rows, rejected_rows
from streaming.window_sink import WindowSink
from streaming.windows import field_windows, interval, windowed_readings
from telemetry.topics import JOINED, READINGS, REJECTED, Topic

__all__ = ["NAMES", "Queries"]

NAMES = ("join", "readings", "windows", "rejected")
"""In the order of the data; each has a trigger of its name in the settings and a checkpoint folder."""


class Queries:
    """Starts queries; a query that is started again continues from its checkpoint."""

    def __init__(
        self, spark: SparkSession, settings: Settings, master: Master, tables: Stored, producer: Producer
    ) -> None:
        self._spark, self._settings = spark, settings
        self._master, self._tables, self._producer = master, tables, producer

    def start(self, name: str) -> StreamingQuery:
        """Start the query called `name` (of NAMES); NotStarted where its sink or source refuses."""
        build: dict[str, Callable[[], DataStreamWriter]] = {
            "join": self._join,
            "readings": self._readings,
            "windows": self._windows,
            "rejected": self._rejected,
        }
        trigger = interval(getattr(self._settings.triggers, name))
        checkpoint = Path(self._settings.checkpoints) / name
        try:
            writer = build[name]().queryName(name).trigger(processingTime=trigger)
            return writer.option("checkpointLocation", str(checkpoint)).start()
        except PySparkException as why:
            raise NotStarted(name, why) from why

    def _join(self) -> DataStreamWriter:
        settings = self._settings
        rows = checked(self._topic(READINGS), settings.legacy_time_zone, settings.max_ahead)

        def write(batch: DataFrame, epoch: int) -> None:
            messages = outgoing(
                join(batch, self._master.frame(self._spark)), self._settings.kafka.topic_prefix
            )
            messages.write.format("kafka").options(**self._kafka_sink()).save()

        return rows.writeStream.foreachBatch(write)

    def _readings(self) -> DataStreamWriter:
        return self._table(reading_rows(self._topic(JOINED)), "reading")

    def _windows(self) -> DataStreamWriter:
        settings = self._settings
        readings = windowed_readings(self._topic(JOINED))
        rows = field_windows(readings, settings.window, settings.slide, settings.watermark)
        sink = WindowSink(settings, self._tables, self._master, self._producer)
        return rows.writeStream.outputMode("update").foreachBatch(sink)

    def _rejected(self) -> DataStreamWriter:
        return self._table(rejected_rows(self._topic(REJECTED)), "rejected")

    def _topic(self, topic: Topic) -> DataFrame:
        kafka = self._settings.kafka
        options = {
            "kafka.bootstrap.servers": kafka.bootstrap,
            "subscribe": kafka.topic_prefix + topic.name,
            "startingOffsets": "earliest",
            "maxOffsetsPerTrigger": str(kafka.max_offsets),
            "failOnDataLoss": str(kafka.fail_on_data_loss).lower(),
        }
        return self._spark.readStream.format("kafka").options(**options).load()

    def _kafka_sink(self) -> dict[str, str]:
        return {
            "kafka.bootstrap.servers": self._settings.kafka.bootstrap,
            "kafka.acks": "all",
            "kafka.compression.type": "lz4",
            "kafka.linger.ms": "5",
            "kafka.batch.size": str(2**18),  # each batch is one forced write of the broker
        }

    def _table(self, rows: DataFrame, table: str) -> DataStreamWriter:
        options = connection_options(self._settings.cassandra) | {"table": table, "ignore_nulls": "true"}
        return rows.writeStream.format("cassandra").options(**options)


def connection_options(cassandra: Cassandra) -> dict[str, str]:
    """The connection as options of `format("cassandra")`; of a password only its file's name."""
    fields = ((name, getattr(cassandra, name)) for name in cassandra.__struct_fields__)
    return {name: str(value) for name, value in fields if value is not None}
