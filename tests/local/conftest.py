"""What tests of a process share: one Spark session, and tables for those that mind nobody else's rows."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pyspark.sql import SparkSession

from compose.local.java import Java, spark_java_home
from storage.session import Session, connect
from storage.settings import Cassandra
from storage.spark import register_source
from streaming.spark import Resources, spark_session
from tests.local.storage_tables import migrated
from tests.servers import Server


@pytest.fixture(scope="session")
def spark(java: Java, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session set up like the application's, with the Cassandra data source."""
    home = spark_java_home(java, tmp_path_factory.mktemp("java") / "home")
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # only while it starts: other tests see no trace of it
            for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"):
                patch.setenv(name, os.environ.get(name, ""))
            patch.setenv("JAVA_HOME", str(home))
            session = stack.enter_context(spark_session(Resources(partitions=1, driver_memory="600m")))
        register_source(session)
        yield session


@pytest.fixture(scope="session")
def tables(cassandra: Server) -> Iterator[Cassandra]:
    """All tables. To make them takes longer than most tests do: who takes these has sensors of its own."""
    with migrated(cassandra) as settings:
        yield settings


@pytest.fixture(scope="module")
def ready(tables: Cassandra) -> Cassandra:
    """The same, where a module has no tables of its own."""
    return tables


@pytest.fixture
def session(ready: Cassandra) -> Iterator[Session]:
    """By the plain driver."""
    with connect(ready) as session:
        yield session
