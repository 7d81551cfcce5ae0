"""Cassandra as a data source for Spark 4, in Python: `format("cassandra")`.

    from storage.spark import CassandraDataSource

    spark.dataSource.register(CassandraDataSource)
    df.writeStream.format("cassandra").options(port=9042, keyspace="farm", table="reading")

The options are those of `storage.spark.options.Options`.
"""

from pyspark.sql import SparkSession

from storage.spark.source import CassandraDataSource

__all__ = ["CassandraDataSource", "register_source"]


def register_source(spark: SparkSession) -> None:
    """Let the session know `format("cassandra")`."""
    spark.dataSource.register(CassandraDataSource)
