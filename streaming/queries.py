"""The queries of the application: each reads one topic and is the only writer of what it writes.

To add one: its name into `streaming.settings.QUERIES`, its trigger into `Triggers`, and here a function
that builds it from a `Context`. Which of them run is the setting `queries`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from storage.spark.readings import ReadingSink
from streaming.alert_book import AlertBook
from streaming.begun import begun
from streaming.context import Context
from streaming.downsample import downsampled, measured_once
from streaming.events import alert_events
from streaming.hearing import silent_rules
from streaming.join import checked, join, outgoing
from streaming.judge import rule_table
from streaming.keeper import NotStarted
from streaming.predictions import Predictor
from streaming.quality.hour_sink import HourSink
from streaming.quality.hourly import hourly_means
from streaming.quality.query import bucket_folder, quality_rows
from streaming.settings import Settings
from streaming.silence import Hearing, heard, silences
from streaming.tables import reading_rows, rejected_rows
from streaming.window_sink import WindowSink
from streaming.windows import field_windows, interval, windowed_readings
from telemetry.topics import ALERT_EVENTS, JOINED, READINGS, REJECTED

__all__ = ["BUILDERS", "REAL_TIME", "renewed", "start"]

REAL_TIME = {"events": READINGS}
"""Queries in real-time mode, and the topic of each: every partition of it holds a task slot all the time."""

_BUILT_ON_MASTER = ("events", "silence")
"""Queries that are built from rules and master as they are at their start."""

_PLACED = ("quality",)
"""Queries that choose a checkpoint in their folder themselves."""


def start(context: Context, name: str) -> StreamingQuery:
    """Start the query called `name`, from its checkpoint; NotStarted where its sink or source refuses."""
    trigger = interval(context.settings.triggers.of(name))
    context.spark.sparkContext.setLocalProperty("spark.scheduler.pool", name)  # shared fairly
    try:
        writer = BUILDERS[name](context).queryName(name)
        kind = "realTime" if name in REAL_TIME else "processingTime"
        writer = writer.trigger(**{kind: trigger})
        if name not in _PLACED:
            writer = writer.option("checkpointLocation", str(_folder(context.settings, name)))
        return writer.start()
    except PySparkException as why:
        raise NotStarted(name, why) from why


def renewed(settings: Settings, sensors: int) -> Iterator[str]:
    """Queries to be built again now that rules or master have changed; `sensors` is how many there are."""
    yield from filter(settings.queries.__contains__, _BUILT_ON_MASTER)
    if "quality" in settings.queries and not bucket_folder(_folder(settings, "quality"), sensors)[0].exists():
        yield "quality"  # there are more sensors than its buckets have room for


def _folder(settings: Settings, name: str) -> Path:
    return Path(settings.checkpoints) / name


def _begun(context: Context, name: str, table: str) -> datetime:
    return begun(_folder(context.settings, name), lambda: context.tables.holds(table))


def _join(context: Context) -> DataStreamWriter:
    settings = context.settings
    rows = checked(context.topic(READINGS), settings.legacy_time_zone, settings.max_ahead)

    def write(batch: DataFrame, epoch: int) -> None:
        messages = outgoing(join(batch, context.master.frame(context.spark)), settings.kafka.topic_prefix)
        messages.write.format("kafka").options(**context.kafka_sink).save()

    return rows.writeStream.foreachBatch(write)


def _events(context: Context) -> DataStreamWriter:
    settings, master = context.settings, context.master.snapshot
    records = context.topic(READINGS, bounded=False)
    rows = checked(records, settings.legacy_time_zone, settings.max_ahead)
    places, rules = (context.spark.createDataFrame(t) for t in (master.places(), rule_table(master.rules)))
    messages = alert_events(rows, places, rules, settings.kafka.topic_prefix)
    sink = messages.writeStream.format("kafka").options(**context.kafka_sink | {"kafka.linger.ms": "0"})
    return sink.outputMode("update")


def _readings(context: Context) -> DataStreamWriter:
    rows = reading_rows(context.topic(JOINED))
    return rows.writeStream.foreachBatch(context.into("reading", ReadingSink))


def _windows(context: Context) -> DataStreamWriter:
    settings = context.settings
    readings = windowed_readings(context.topic(JOINED))
    rows = field_windows(readings, settings.window, settings.slide, settings.watermark)
    since = _begun(context, "windows", "field_window")
    sink = WindowSink(settings, context.tables, context.master, context.producer, since)
    return rows.writeStream.outputMode("update").foreachBatch(sink)


def _alert_book(context: Context) -> DataStreamWriter:
    return context.topic(ALERT_EVENTS, JOINED).writeStream.foreachBatch(AlertBook(context))


def _silence(context: Context) -> DataStreamWriter:
    settings, master = context.settings, context.master.snapshot
    soils = {field.field_id: field.soil for field in master.fields}
    rows = heard(context.topic(JOINED), settings.silence_buckets)
    processor = Hearing(silent_rules(master.rules), soils)
    messages = silences(rows, processor, settings.silence_delay, settings.kafka.topic_prefix)
    return messages.writeStream.format("kafka").options(**context.kafka_sink).outputMode("update")


def _rejected(context: Context) -> DataStreamWriter:
    rows = rejected_rows(context.topic(REJECTED))
    return rows.writeStream.foreachBatch(context.into("rejected"))


def _downsample(context: Context) -> DataStreamWriter:
    watermark = context.settings.watermark
    rows = downsampled(measured_once(context.topic(JOINED), watermark), watermark)
    since = _begun(context, "downsample", "reading_1d")
    marked = rows.withColumn("old", F.col("start") < F.lit(since))
    into = context.into(table_column="table", keep_greater="count", keep_greater_where="old")
    return marked.writeStream.outputMode("update").foreachBatch(into)


def _predictions(context: Context) -> DataStreamWriter:
    """A stream that only ticks: what it works on is in the tables."""
    models = context.settings.models
    ticks = context.spark.readStream.format("rate").option("rowsPerSecond", 1).load()
    predictor = Predictor(context.spark, context.settings.cassandra, Path(models) if models else None)
    return ticks.writeStream.foreachBatch(predictor)


def _quality(context: Context) -> DataStreamWriter:
    settings = context.settings
    checkpoint, buckets = bucket_folder(_folder(settings, "quality"), context.master.sensors)
    rows = quality_rows(context.topic(JOINED), settings.quality, settings.watermark, buckets)
    writer = rows.writeStream.outputMode("update").foreachBatch(context.into("reading"))
    return writer.option("checkpointLocation", str(checkpoint))


def _hourly(context: Context) -> DataStreamWriter:
    settings = context.settings
    means = hourly_means(windowed_readings(context.topic(JOINED)), settings.watermark)
    since = _begun(context, "hourly", "reading_hour_quality")
    sink = HourSink(settings.cassandra, context.tables, context.master, settings.quality, since)
    return means.writeStream.outputMode("update").foreachBatch(sink)


BUILDERS: dict[str, Callable[[Context], DataStreamWriter]] = {
    "events": _events,
    "join": _join,
    "readings": _readings,
    "windows": _windows,
    "silence": _silence,
    "alert-book": _alert_book,
    "rejected": _rejected,
    "downsample": _downsample,
    "predictions": _predictions,
    "quality": _quality,
    "hourly": _hourly,
}
"""A function for each of `streaming.settings.QUERIES`."""
