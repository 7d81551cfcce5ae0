"""One local Spark session for all unit tests of the stream."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from streaming.spark import Resources, spark_session


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    with spark_session(Resources(partitions=1, driver_memory="600m")) as session:
        yield session
