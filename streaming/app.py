"""The streaming application: `python -m streaming.app --config streaming.toml`.

One Spark application with the queries of streaming.queries, or some of them. It ends with 0 after SIGTERM
or SIGINT, when the batches under way are done, and with 1 when a query cannot be kept running: a supervisor
then starts it again, and it continues from its checkpoints. `kill -9` at any time loses nothing.
"""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from confluent_kafka import Producer
from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from storage.spark import register_source
from streaming.alone import alone, marker_of
from streaming.context import Context
from streaming.keeper import Keeper, cause
from streaming.master import kept_current
from streaming.producer import alert_producer, require_topics
from streaming.progress import Listener, Progress
from streaming.queries import REAL_TIME, renewed, start
from streaming.renewal import Renewal
from streaming.settings import Settings, read_settings
from streaming.spark import spark_session
from streaming.stored import Stored, stored
from streaming.upgrade import fit
from telemetry.clock import duration, utc_now
from telemetry.errors import FarmstreamError
from telemetry.topics import ALERT_EVENTS, ALERTS, DRY_WINDOWS, JOINED, READINGS, REJECTED

__all__ = ["main"]

_log = logging.getLogger("streaming")
_TICK = 1.0
_LAST_BATCH = 20.0
_TOPICS = (READINGS, JOINED, REJECTED, DRY_WINDOWS, ALERT_EVENTS, ALERTS)


def main(config: Path) -> int:
    """Run until a signal (0) or until it cannot go on (1)."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("py4j").setLevel(logging.WARNING)
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)  # what it tells, our own sentences say
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = read_settings(config)
        producer = alert_producer(settings.kafka.bootstrap)
        names = [settings.kafka.topic_prefix + topic.name for topic in _TOPICS]
        require_topics(producer, settings.kafka.bootstrap, names)
        with alone(Path(settings.checkpoints)), stored(settings.cassandra) as tables:
            for told in fit(settings):
                _log.warning("%s", told)
            _run(settings, tables, producer, stop)
    except (FarmstreamError, OSError, Py4JError, PySparkException) as why:
        _log.error("%s", _sentence(why))
        return 1
    return 0


def _sentence(why: Exception) -> str:
    if isinstance(why, Py4JError | ConnectionError):
        return f"Spark's JVM is gone ({type(why).__name__}): start the application again."
    if isinstance(why, PySparkException):
        return f"Spark gave up ({cause(why)}): is JAVA_HOME a Java 17?"
    return str(why)


@contextmanager
def _session(settings: Settings) -> Iterator[SparkSession]:
    with spark_session(settings.resources, marker_of(Path(settings.checkpoints))) as spark:
        register_source(spark)
        yield spark


def _run(settings: Settings, tables: Stored, producer: Producer, stop: threading.Event) -> None:
    progress = Progress(utc_now())
    with (
        kept_current(tables.master, duration(settings.master_refresh)) as master,
        _session(settings) as spark,
    ):
        spark.streams.addListener(Listener(progress))
        context = Context(spark=spark, settings=settings, master=master, tables=tables, producer=producer)
        keeper = Keeper(
            settings.queries,
            partial(start, context),
            progress.batches,
            duration(settings.give_up_after),
            time.monotonic,
        )
        _log.info("Running: %s.", ", ".join(settings.queries))
        renewal = Renewal(master, time.monotonic)
        while not stop.wait(_TICK):
            if renewal.due():
                for name in renewed(settings, master.sensors):
                    keeper.renew(name)
            keeper.check()
            progress.save(Path(settings.progress))
        _finish(spark.streams.active)
        progress.save(Path(settings.progress))
    _log.info("Stopped.")


def _finish(queries: Iterable[StreamingQuery]) -> None:
    """Stop each query between two batches, or in the middle of one that lasts: it is then repeated."""
    until = time.monotonic() + _LAST_BATCH
    for query in queries:
        while query.name not in REAL_TIME and query.status["isTriggerActive"] and time.monotonic() < until:
            time.sleep(0.02)
        query.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m streaming.app", description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="streaming.toml (docs/streaming.md)")
    sys.exit(main(parser.parse_args().config))
