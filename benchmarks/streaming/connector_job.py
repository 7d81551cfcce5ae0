"""spark-cassandra-connector, in the environment that `benchmarks.streaming.connector` makes.

python connector_job.py JARS HOST PORT KEYSPACE, then a job a line. It imports nothing of ours.
"""

import json
import os
import sys
from time import perf_counter

from pyspark.sql import SparkSession


def main(jars: str, host: str, port: str, keyspace: str) -> None:
    """Do the jobs that stdin names."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.jars": jars,
        "spark.cassandra.connection.host": host,
        "spark.cassandra.connection.port": port,
        "spark.ui.enabled": "false",
        "spark.driver.memory": "900m",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -Djava.net.preferIPv4Stack=true",
    }
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    for line in sys.stdin:
        job = json.loads(line)
        options = {"table": job["table"], "keyspace": keyspace}
        start = perf_counter()
        if job["job"] == "write":
            rows = spark.read.parquet("file://" + job["rows"])
            rows.write.format("org.apache.spark.sql.cassandra").options(**options).mode("append").save()
        else:
            found = spark.read.format("org.apache.spark.sql.cassandra").options(**options).load()
            found.write.format("noop").mode("overwrite").save()
        sys.stdout.write(f"answer {perf_counter() - start}\n")
        sys.stdout.flush()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
