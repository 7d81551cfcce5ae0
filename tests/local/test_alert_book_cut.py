"""The alert book cut off at each step of a batch, on real tables and topics: none is lost or doubled."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyspark.sql import DataFrame, SparkSession

from storage.settings import Cassandra
from storage.writer import write_batches
from streaming.alert_book import AlertBook
from streaming.alerts import RULE
from streaming.book_state import save
from streaming.context import Context
from streaming.facts import event_id, event_of, value_of
from streaming.master import Master, Snapshot
from streaming.producer import alert_producer
from streaming.settings import KafkaSettings, Settings
from streaming.stored import stored
from streaming.told import Told, told_message, told_rows
from telemetry.clock import utc_now
from telemetry.errors import FarmstreamError
from telemetry.rule import Rule
from telemetry.topics import ALERT_EVENTS, ALERTS, JOINED, Topic
from tests.local.storage_tables import migrated
from tests.local.streaming_application import Application
from tests.local.streaming_farm import reading
from tests.local.streaming_records import KAFKA
from tests.servers import Server

pytestmark = pytest.mark.servers

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
COLD = Rule(rule="cold", quantity="temperature", comparison="below", threshold=5.0, clear=7.0)
BATCHES = ({1: 4.0, 2: 8.0, 3: 3.0, 4: 2.0}, {5: 1.0, 6: 9.0, 7: 4.0})
"""Two batches, each seq → temperature: three spells, of which the first is over within the first batch."""


class Killed(FarmstreamError):
    """The application is gone."""


def before(*_: Any) -> int:
    raise Killed


def after(real: Callable[..., Any]) -> Callable[..., Any]:
    def done(*given: Any) -> None:
        real(*given)
        raise Killed

    return done


def in_part(settings: Cassandra, table: str, batches: list[Any]) -> int:
    """The newest alert's row alone is stored."""
    [rows] = batches
    write_batches(settings, table, [rows.slice(rows.num_rows - 1)])
    raise Killed


STEPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "before Kafka has it": ("streaming.producer.Sender.flush", before),
    "Kafka has it, the table not": ("streaming.alert_book.write_batches", before),
    "the table has a part": ("streaming.alert_book.write_batches", in_part),
    "the table has it, the state not": ("streaming.alert_book.write_batches", after(write_batches)),
    "the state has it, Spark does not know": ("streaming.alert_book.save", after(save)),
}


@dataclass
class Books:
    """Books of one application after the other, over the same tables and topics."""

    context: Context
    app: Application
    spark: SparkSession

    def run(self, batch: DataFrame, epoch: int) -> None:
        AlertBook(self.context)(batch, epoch)

    def batch(self, sensor: str, values: dict[int, float]) -> DataFrame:
        """Joined readings, and ahead of them the real-time events of those that are too cold."""
        rows = [reading(sensor, n, START + timedelta(minutes=n), temperature=v) for n, v in values.items()]
        joined = [row | {"field_id": "north", "field_name": "North", "faults": {}} for row in rows]
        cold = [row for row in joined if row["main"]["temperature"] < 5]
        dated = [row | {"date": datetime.fromisoformat(row["date"])} for row in cold]
        events = [value_of(event_of(COLD, row, True)) for row in dated]
        return self.records([(ALERT_EVENTS, event) for event in events] + [(JOINED, row) for row in joined])

    def records(self, told: list[tuple[Topic, Any]]) -> DataFrame:
        """As Kafka's source gives them."""
        rows = [
            (str(value.get("id", "")).encode(), json.dumps(value).encode(), self.app.prefix + topic.name,
             0, offset, START)
            for offset, (topic, value) in enumerate(told)
        ]  # fmt: skip
        return self.spark.createDataFrame(rows, KAFKA)

    def alerts(self, sensor: str | None) -> dict[str, str]:
        """Id → state, as the table has them."""
        rows = [row for row in self.app.rows("alert") if row["sensor_id"] == sensor]
        return {row["alert_id"]: row["state"] for row in rows}

    def told(self, sensor: str) -> list[tuple[str, str]]:
        """Id and state of what Kafka has, each once."""
        found = [(key, v["state"]) for key, v in self.app.messages(ALERTS) if v["sensor_id"] == sensor]
        return sorted(set(found))


@pytest.fixture(scope="module")
def ready(
    spark: SparkSession, kafka: Server, cassandra: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Books]:
    with migrated(cassandra) as tables, stored(tables) as reads:
        app = Application(tmp_path_factory.mktemp("cut"), kafka, tables)
        named = KafkaSettings(bootstrap=kafka.bootstrap, topic_prefix=app.prefix)
        settings = Settings(kafka=named, cassandra=tables, checkpoints="", progress="")
        context = Context(
            spark=spark, settings=settings, master=Master(Snapshot(rules=(COLD,))), tables=reads,
            producer=alert_producer(kafka.bootstrap),
        )  # fmt: skip
        yield Books(context, app, spark)


@pytest.fixture
def books(ready: Books, tmp_path: Path) -> Books:
    """With a checkpoint of their own."""
    settings = msgspec.structs.replace(ready.context.settings, checkpoints=str(tmp_path))
    return Books(Context(**vars(ready.context) | {"settings": settings}), ready.app, ready.spark)


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_that_is_cut_off_is_told_once_more_and_the_same(
    books: Books, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = step.replace(" ", "-")
    for epoch, values in enumerate(BATCHES):
        batch = books.batch(sensor, values)
        with monkeypatch.context() as patch:
            patch.setattr(*STEPS[step])
            with pytest.raises(Killed):
                books.run(batch, epoch)
        books.run(batch, epoch)
    ids = {n: event_id("cold", sensor, 1, n, START + timedelta(minutes=n)) for n in (1, 3, 7)}
    assert books.alerts(sensor) == {ids[1]: "closed", ids[3]: "closed", ids[7]: "open"}
    expected = [
        (ids[n], state) for n in (1, 3, 7) for state in ("closed", "open") if (n, state) != (7, "closed")
    ]
    assert books.told(sensor) == sorted(expected)


def test_a_windows_alert_is_told_again_once_a_replay_has_come_to_what_is_stored(books: Books) -> None:
    at, later = utc_now() - timedelta(hours=1), utc_now()
    opened = Told(alert_id="dry", rule=RULE, severity="warning", state="open", opened=at, updated=at)
    closed = msgspec.structs.replace(opened, state="closed", updated=later, closed=later)
    write_batches(books.context.settings.cassandra, "alert", told_rows([closed]).to_batches())

    def events(*alerts: Told) -> DataFrame:
        values = [{"kind": "alert"} | json.loads(msgspec.json.encode(told_message(a)[1])) for a in alerts]
        return books.records([(ALERT_EVENTS, value) for value in values])

    book = AlertBook(books.context)
    book(events(opened), 0)
    assert books.alerts(None) == {"dry": "closed"}
    book(events(closed, opened), 1)  # a late reading has taken the end back
    assert books.alerts(None) == {"dry": "open"}
