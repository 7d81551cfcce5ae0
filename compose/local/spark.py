"""Spark for a command that a person runs, beside the application that streams."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from compose.local.home import Home
from compose.local.java import find_java, spark_java_home
from compose.local.process import open_log
from storage.spark import register_source
from streaming.spark import Resources, spark_session

__all__ = ["batch_session"]


@contextmanager
def batch_session(home: Home) -> Iterator[SparkSession]:
    """A session with the Cassandra data source, on the Java that the pipeline takes; it logs to spark.log."""
    os.environ["JAVA_HOME"] = str(spark_java_home(find_java(), home.etc("java")))
    session = spark_session(Resources(partitions=1))
    with _stderr_to_log(home):
        spark = session.__enter__()
    try:
        register_source(spark)
        yield spark
    finally:
        session.__exit__(None, None, None)


@contextmanager
def _stderr_to_log(home: Home) -> Iterator[None]:
    """A process that is started now keeps the log as its stderr: its warnings are not for the terminal."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open_log(home.log("spark")) as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
