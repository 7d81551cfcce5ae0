"""The window sink on real tables and topics: what it tells again after a restart, and what not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from storage.errors import Unreachable
from storage.settings import Cassandra
from storage.writer import write_batches
from streaming.alerts import alert_id
from streaming.begun import FROM_THE_START
from streaming.master import Master, Snapshot
from streaming.producer import alert_producer
from streaming.settings import KafkaSettings, Settings
from streaming.stored import stored
from streaming.told import Told, told_rows
from streaming.window_sink import WindowSink
from telemetry.topics import ALERT_EVENTS
from tests.local.storage_tables import migrated
from tests.local.streaming_application import Application
from tests.local.streaming_farm import FIELDS, MEASURED
from tests.servers import Server

pytestmark = pytest.mark.servers

START = datetime(2026, 6, 1, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_TIME = pa.timestamp("us", "UTC")

NewSink = Callable[..., WindowSink]


@pytest.fixture
def tables(cassandra: Server) -> Iterator[Cassandra]:
    with migrated(cassandra) as settings:
        yield settings


@pytest.fixture
def app(tmp_path: Path, kafka: Server, tables: Cassandra) -> Application:
    """Its topics and tables; the application itself does not run."""
    return Application(tmp_path, kafka, tables)


@pytest.fixture
def new_sink(app: Application, kafka: Server) -> Iterator[NewSink]:
    """Makes the sink of an application that has just been started."""
    named = KafkaSettings(bootstrap=kafka.bootstrap, topic_prefix=app.prefix)
    settings = Settings(kafka=named, cassandra=app.tables, checkpoints="", progress="", watermark="3h")
    with ExitStack() as stack:

        def make(begun: datetime = FROM_THE_START) -> WindowSink:
            reads = stack.enter_context(stored(app.tables))
            master, producer = Master(Snapshot((), FIELDS)), alert_producer(kafka.bootstrap)
            return WindowSink(settings, reads, master, producer, begun)

        yield make


def batch(spark: SparkSession, moisture: Mapping[int, float], count: int = 3) -> DataFrame:
    """Windows of field west: minute after START → mean moisture; event time is at the end of the last one."""
    starts = [START + minute * MINUTE for minute in moisture]
    columns = {
        "field_id": pa.array(["west"] * len(starts)),
        "window_start": pa.array(starts, _TIME),
        "window_end": pa.array([start + 5 * MINUTE for start in starts], _TIME),
        "newest": pa.array([max(starts) + 5 * MINUTE] * len(starts), _TIME),
        "count": pa.array([count] * len(starts), pa.int32()),
    }
    columns |= {f"count_{name}": pa.array([3] * len(starts), pa.int32()) for name in MEASURED}
    columns |= {f"mean_{name}": pa.array(list(moisture.values()), pa.float64()) for name in MEASURED}
    return spark.createDataFrame(pa.table(columns))


def told(app: Application) -> dict[str, Told]:
    """The last word on each alert."""
    words = (msgspec.convert(value, Told) for _, value in app.messages(ALERT_EVENTS))
    return {alert.alert_id: alert for alert in words}


def booked(app: Application) -> None:
    """What query `alert-book` does with them."""
    write_batches(app.tables, "alert", told_rows(told(app).values()).to_batches())


def test_a_batch_that_was_cut_off_is_told_in_full(
    spark: SparkSession, app: Application, new_sink: NewSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = batch(spark, {minute: 15.0 if minute < 60 else 25.0 for minute in range(600)})

    def killed(*_: object) -> int:
        raise Unreachable("the application was killed")

    with monkeypatch.context() as patch:
        patch.setattr("streaming.window_sink.write_batches", killed)
        with pytest.raises(Unreachable):
            new_sink()(hours, 0)
    first = told(app)
    new_sink()(hours, 0)
    assert told(app) == first
    [alert] = told(app).values()
    assert (alert.alert_id, alert.state) == (alert_id("west", START), "closed")
    assert len(app.rows("field_window")) == 600


def test_after_a_restart_a_long_watermark_is_honoured(
    spark: SparkSession, app: Application, new_sink: NewSink
) -> None:
    new_sink()(batch(spark, dict.fromkeys(range(150), 15.0)), 0)
    booked(app)
    new_sink()(batch(spark, {0: 25.0, 150: 15.0}), 1)
    found = {alert.alert_id: alert.state for alert in told(app).values()}
    assert found == {alert_id("west", START): "withdrawn", alert_id("west", START + MINUTE): "open"}


def test_what_was_told_is_not_told_again(spark: SparkSession, app: Application, new_sink: NewSink) -> None:
    new_sink()(batch(spark, dict.fromkeys(range(10), 15.0)), 0)
    booked(app)
    messages = app.messages(ALERT_EVENTS)
    assert len(messages) == 1
    new_sink()(batch(spark, dict.fromkeys(range(10), 15.0)), 0)
    assert app.messages(ALERT_EVENTS) == messages


def test_state_that_begins_anew_leaves_fuller_windows_and_their_alerts_alone(
    spark: SparkSession, app: Application, new_sink: NewSink
) -> None:
    hour = {minute: 15.0 if minute < 30 else 25.0 for minute in range(60)}
    new_sink()(batch(spark, hour), 0)
    booked(app)
    before, alerts = app.rows("field_window"), told(app)
    lacking = dict.fromkeys(range(60), 19.0) | dict.fromkeys(range(60, 70), 25.0)
    new_sink(START + 65 * MINUTE)(batch(spark, lacking, 2), 0)
    after = app.rows("field_window")
    assert [
        row for row in after if row["window_start"] < (START + 60 * MINUTE).replace(tzinfo=None)
    ] == before
    assert [row["count"] for row in after] == [3] * 60 + [2] * 10
    assert told(app) == alerts
