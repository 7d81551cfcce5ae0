"""Query `alert-book`: events, joined readings and window alerts to alerts. The only writer of these.

For `foreachBatch`, on the driver. Which sensors break a rule is found by built-ins over all readings of the
batch; only the readings of these, and of sensors whose alert is open, come to the driver and are folded
(streaming.spells). Everything is told before the state is kept: a batch that is cut off is told once more.
"""

import logging
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from storage.writer import write_batches
from streaming.book_state import load, save
from streaming.context import Context
from streaming.event_records import event_or_alert
from streaming.facts import Event, applies, event_of, judged
from streaming.judge import broken, rule_table
from streaming.master import Snapshot
from streaming.producer import Sender
from streaming.schema import JUDGED
from streaming.seed import seeded
from streaming.spells import Spells
from streaming.tables import joined_readings
from streaming.told import Told, told_message, told_rows
from streaming.words import told_spell
from telemetry.clock import utc_now
from telemetry.rule import BOARD, Rule
from telemetry.topics import ALERT_EVENTS, ALERTS, JOINED

__all__ = ["AlertBook"]

_log = logging.getLogger(__name__)
_PLACE = ("partition", "offset")
_SOILS = pa.schema([("field_id", pa.string()), ("soil", pa.string())])
Rules = dict[str, Rule]


class AlertBook:
    """`context` as for all queries; the state lies in the query's checkpoint folder."""

    def __init__(self, context: Context) -> None:
        self._context, self._sender = context, Sender(context.producer)
        self._prefix = context.settings.kafka.topic_prefix
        self._folder = Path(context.settings.checkpoints) / "alert-book" / "book"
        self._spells: Spells | None = None
        self._stored: dict[str, datetime] = {}

    def __call__(self, batch: DataFrame, epoch: int) -> None:
        master = self._context.master.snapshot
        rules = {rule.rule: rule for rule in master.rules if rule.enabled}
        spells = self._spells or self._recovered(epoch)
        self._spells = None  # a batch that fails is run again, from the state that was kept
        spells.drop(spells.rules - rules.keys())
        batch.persist()  # it is looked through three times: else each would fetch it from Kafka
        try:
            forwarded = self._fold_events(batch, spells, rules)
            self._fold_readings(batch, spells, rules, master)
        finally:
            batch.unpersist()
        fields = self._context.master.fields
        self._tell(forwarded + [told_spell(s, rules.get(s.first.rule), fields) for s in spells.news()])
        save(self._folder, epoch, spells.state)
        self._spells = spells

    def _recovered(self, epoch: int) -> Spells:
        state = load(self._folder, epoch)
        if state is None:
            alerts = self._context.tables.alerts(utc_now().date())
            self._stored = {alert.alert_id: alert.updated for alert in alerts}
            state = seeded(alerts)
            save(self._folder, epoch - 1, state)  # for a second run: the table may hold a part of the first
        return Spells(state)

    def _fold_events(self, batch: DataFrame, spells: Spells, rules: Rules) -> list[Told]:
        """Take the events; window alerts are told as they are."""
        forwarded: list[Told] = []
        for value in _records(self._of(batch, ALERT_EVENTS.name)):
            try:
                told = event_or_alert(value)
            except msgspec.DecodeError as why:
                _log.warning("A record of %s is no event and is left out: %s", ALERT_EVENTS.name, why)
                continue
            if isinstance(told, Event):
                _fold(told, spells, rules)
            elif told.updated >= self._stored.get(told.alert_id, told.updated):  # else a replay's
                self._stored.pop(told.alert_id, None)  # a late reading may take it back again
                forwarded.append(told)
        return forwarded

    def _fold_readings(self, batch: DataFrame, spells: Spells, rules: Rules, master: Snapshot) -> None:
        records = self._of(batch, JOINED.name)
        wanted = spells.sensors | self._breaking(records, master)
        if not wanted:
            return
        sensors = self._context.spark.createDataFrame(pa.table({"sensor": sorted(wanted)}))
        mine = records.join(F.broadcast(sensors), F.col("key").cast("string") == F.col("sensor"), "left_semi")
        soils = {field.field_id: field.soil for field in master.fields}
        for row in _in_order(joined_readings(mine, JUDGED, *_PLACE)):
            row["faults"] = dict(row["faults"] or ())
            _fold_reading(row, soils.get(row["field_id"]), spells, rules)

    def _breaking(self, records: DataFrame, master: Snapshot) -> set[str]:
        """Sensors of which a reading breaks a rule."""
        spark = self._context.spark
        rules, known = rule_table(master.rules), master.fields
        soils = {"field_id": [f.field_id for f in known], "soil": [f.soil for f in known]}
        fields = spark.createDataFrame(pa.table(soils, _SOILS))
        readings = joined_readings(records, JUDGED).select("*", "main.*")
        placed = readings.join(F.broadcast(fields), "field_id", "left_outer")
        found = broken(placed, spark.createDataFrame(rules)).select("id").toArrow()
        return set(found["id"].unique().to_pylist())  # by Spark that would be a shuffle

    def _of(self, batch: DataFrame, topic: str) -> DataFrame:
        return batch.where(F.col("topic") == self._prefix + topic)

    def _tell(self, alerts: list[Told]) -> None:
        newest = {(alert.alert_id, alert.state): alert for alert in alerts}
        for alert in newest.values():
            self._sender.send(self._prefix + ALERTS.name, *told_message(alert))
        if newest:
            self._sender.flush()
            rows = {alert.alert_id: alert for alert in alerts}  # the last word on each
            batches = told_rows(rows.values()).to_batches()
            write_batches(self._context.settings.cassandra, "alert", batches)


def _records(records: DataFrame) -> list[bytes]:
    """Values in the order of their partitions."""
    rows = records.where(F.col("value").isNotNull())
    return [row["value"] for row in _in_order(rows.select(*_PLACE, "value"))]


def _in_order(rows: DataFrame) -> list[dict[str, Any]]:
    """By _PLACE. Spark would sort the few that they are by a job that samples, a shuffle and another job."""
    found: list[dict[str, Any]] = rows.toArrow().to_pylist()
    return sorted(found, key=itemgetter(*_PLACE))


def _fold(event: Event, spells: Spells, rules: Rules) -> None:
    rule = rules.get(event.rule)
    if rule is None:
        return
    if event.kind == "clear":
        spells.clear(event)
    elif event.quantity == BOARD:
        spells.breach(event, rule)
    else:
        spells.hint(event, rule)


def _fold_reading(row: dict[str, Any], soil: str | None, spells: Spells, rules: Rules) -> None:
    about = [r for r in rules.values() if r.quantity != BOARD]
    mine = {r.rule: r for r in about if applies(r, row["id"], row["field_id"], soil)}
    for rule in mine.values():
        found = judged(rule, row["main"][rule.quantity], row["faults"].get(rule.quantity))
        if found:
            spells.breach(event_of(rule, row, True), rule)
        elif found is False:
            spells.clear(event_of(rule, row, False))
    for name in spells.open_rules(row["id"]):
        if name not in mine and rules[name].quantity != BOARD:  # the sensor was moved
            spells.clear(event_of(rules[name], row, False))
