"""What the queries have done, as one JSON file that is replaced about every second."""

import json
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from pyspark import SparkContext
from pyspark.sql.streaming.listener import StreamingQueryListener

from telemetry.clock import iso

__all__ = ["Listener", "Progress"]


class Progress:
    """Totals since the start of the application, for each query, from the reports of Spark's batches."""

    def __init__(self, started: datetime) -> None:
        self._lock = threading.Lock()
        self._started = iso(started)
        self._queries: dict[str, dict[str, Any]] = {}

    def report(self, batch: Mapping[str, Any]) -> None:
        """Take a batch's report, Spark's `StreamingQueryProgress` as JSON."""
        operators = batch.get("stateOperators", [])
        with self._lock:
            before = self._queries.get(batch["name"], {"input_rows": 0, "dropped": 0})
            self._queries[batch["name"]] = {
                "batch": batch["batchId"],
                "input_rows": before["input_rows"] + batch["numInputRows"],
                "rows_per_s": round(batch.get("processedRowsPerSecond", 0.0), 1),
                "batch_ms": batch.get("durationMs", {}).get("triggerExecution", 0),
                "behind": sum(behind(source) for source in batch.get("sources", [])),
                "dropped": before["dropped"] + sum(o["numRowsDroppedByWatermark"] for o in operators),
                "state_rows": sum(operator["numRowsTotal"] for operator in operators),
                "watermark": batch.get("eventTime", {}).get("watermark"),
                "at": batch["timestamp"],
            }

    def document(self) -> dict[str, Any]:
        """`{"queries": {name: {...}}, "started": iso}`."""
        with self._lock:
            return {"queries": dict(self._queries), "started": self._started}

    def batches(self, name: str) -> int:
        """The newest batch that the query has done; -1 before the first. It grows while the query is well."""
        with self._lock:
            return int(self._queries.get(name, {}).get("batch", -1))

    def save(self, path: Path) -> None:
        """Replace `path` in one step: a reader never sees half a document."""
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_text(json.dumps(self.document()))
        beside.replace(path)


def behind(source: Mapping[str, Any]) -> int:
    """Records of a Kafka source that are not yet read; 0 where its report does not tell."""
    read, there = source.get("endOffset"), source.get("latestOffset")
    if not isinstance(read, dict) or not isinstance(there, dict):
        return 0
    return sum(
        max(0, offset - read.get(topic, {}).get(partition, 0))
        for topic, partitions in there.items()
        for partition, offset in partitions.items()
    )


class Listener(StreamingQueryListener):
    """Hands each batch's report to `progress`; called on a thread of Spark's, with the JVM's own events.

    PySpark would make a Python object of each field of a report, by some sixty calls into the JVM: a tenth
    of the application's CPU where batches are short. This one asks for the JSON text, by two calls.
    """

    def __init__(self, progress: Progress) -> None:
        self._wrapped: Any = None
        self._progress = progress

    @property
    def _jlistener(self) -> Any:
        if self._wrapped is None:
            jvm: Any = SparkContext._jvm
            self._wrapped = jvm.PythonStreamingQueryListenerWrapper(self)
        return self._wrapped

    def onQueryStarted(self, event: Any) -> None:
        """Nothing has been done yet."""

    def onQueryProgress(self, event: Any) -> None:
        """A batch is done."""
        self._progress.report(json.loads(event.progress().json()))

    def onQueryIdle(self, event: Any) -> None:
        """Nothing came."""

    def onQueryTerminated(self, event: Any) -> None:
        """The application itself sees to queries that end."""

    class Java:
        """For Py4J."""

        implements: ClassVar = ["org.apache.spark.sql.streaming.PythonStreamingQueryListener"]
