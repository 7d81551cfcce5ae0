"""The Spark session: one JVM on loopback, UTC, few tasks, bounded memory."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from pyspark import SparkContext
from pyspark.sql import SparkSession

from streaming.class_archive import class_archive

__all__ = ["Resources", "spark_session"]

_PACKAGE = Path(__file__).parent

_SQL = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",  # no record may raise: a poison one would stop the query
    "spark.sql.adaptive.enabled": "false",  # plans of a micro-batch are small and known
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",  # old state goes with the next data
    "spark.sql.streaming.minBatchesToRetain": "20",
    "spark.sql.codegen.cache.maxEntries": "400",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # A limit in bytes is checked by measuring the whole batch at every row; the one in rows is enough.
    "spark.sql.execution.arrow.maxBytesPerBatch": "2147483647b",
    "spark.sql.python.filterPushdown.enabled": "true",  # format("cassandra") answers conditions on keys
}

_STATE = {
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    "spark.sql.streaming.stateStore.rocksdb.boundedMemoryUsage": "true",
}

_SHARES = {
    "spark.scheduler.mode": "FAIR",  # each query a pool: a long batch of one keeps no other waiting
}

_PYTHON = {
    "spark.python.daemon.module": "streaming.workers",  # has imported what they need
    "spark.python.factory.idleWorkerMaxPoolSize": "2",  # of each kind; more run when more are needed
    # On, some operators ask for workers with it and others for workers without: two daemons, not one.
    "spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled": "false",
}

_CHECKPOINTS = {
    # The usual file manager, and the file system with sums beside each file, run `readlink` and `chmod`
    # as processes of their own, some twenty for a batch.
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
    ),
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
}

_LITTLE = {  # what nobody looks at is not made
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.maxPlanStringLength": "100",
    "spark.ui.liveUpdate.period": "-1",
    "spark.shuffle.compress": "false",
    "spark.shuffle.spill.compress": "false",
}

_LOOPBACK = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

_LAST_WORDS = 45.0
"""Seconds that a JVM gets to write its archive, less than a supervisor waits for."""

_JVM = (
    "-XX:+UseSerialGC",  # two cores and a small heap: less memory and CPU than G1
    "-XX:MaxMetaspaceSize=320m",
    "-XX:ReservedCodeCacheSize=160m",
    "-Djava.net.preferIPv4Stack=true",
    f"-Dlog4j2.configurationFile={(_PACKAGE / 'log4j2.xml').as_uri()}",
)


class Resources(Struct, frozen=True, kw_only=True):
    """Task slots, partitions after a shuffle, the JVM's heap, RocksDB's memory in MB, jars to load."""

    cores: int = 2
    partitions: int = 2
    driver_memory: str = "900m"
    state_memory_mb: int = 160
    jars: tuple[str, ...] = ()


@contextmanager
def spark_session(resources: Resources, marker: str = "") -> Iterator[SparkSession]:
    """A local session, stopped at the end; `marker` goes to the JVM's command line, to know it again.

    A session with a marker also leaves an archive of Spark's classes, where there is none.
    """
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # glibc's arenas for each thread: RocksDB grows them
    builder = SparkSession.builder.appName("farmstream").master(f"local[{resources.cores}]")
    archive = class_archive()
    jvm = [*_JVM, *(archive.options(write=bool(marker)) if archive else ())]
    if marker:
        jvm.append(f"-Dfarmstream={marker}")
    settings = _SQL | _STATE | _SHARES | _PYTHON | _CHECKPOINTS | _LITTLE | _LOOPBACK | {
        "spark.sql.shuffle.partitions": str(resources.partitions),
        "spark.driver.memory": resources.driver_memory,
        "spark.driver.extraJavaOptions": " ".join(jvm),
        "spark.sql.streaming.stateStore.rocksdb.maxMemoryUsageMB": str(resources.state_memory_mb),
    }  # fmt: skip
    if resources.jars:
        settings["spark.jars"] = ",".join(str(Path(jar).resolve()) for jar in resources.jars)
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    _let_states_be_copied(spark)
    try:
        yield spark
    finally:
        spark.stop()
        if marker and archive and archive.missing:
            archive.take(_end_jvm)


def _end_jvm() -> None:
    """End this process's JVM, which outlives its sessions, and wait until it has."""
    context: Any = SparkContext
    process = context._gateway.proc
    process.stdin.close()  # for Spark, its Python is gone
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LAST_WORDS)


def _let_states_be_copied(spark: SparkSession) -> None:
    """Let snapshots of a state come to their checkpoint: Hadoop copies files only from its usual system.

    The system without sums, which stays in use, looks that one up by its own configuration. Without this,
    a snapshot ends in a ClassCastException: the first batch of a `transformWithState` that is not small.
    """
    context: Any = spark.sparkContext
    hadoop = context._jvm.org.apache.hadoop  # there is no public way to it from Python
    files = hadoop.fs.FileSystem.get(
        context._jvm.java.net.URI("file:///"), context._jsc.hadoopConfiguration()
    )
    own = hadoop.conf.Configuration(files.getConf())
    own.set("fs.file.impl", "org.apache.hadoop.fs.LocalFileSystem")
    own.setBoolean("fs.file.impl.disable.cache", True)
    files.setConf(own)
