"""The stateful operator of query `quality`: a bucket's state, its new readings in, flags out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql.streaming.stateful_processor import StatefulProcessor, StatefulProcessorHandle

from streaming.quality.bucket import Bucket
from streaming.quality.control import Arrived, Told, control
from streaming.quality.limits import Limits
from streaming.quality.series import ROW
from telemetry.quantities import QUANTITIES

__all__ = ["ARRIVED", "TOLD", "QualityControl"]

_NAMES = [q.name for q in QUANTITIES]
ARRIVED = ("offset", "id", "date", "boot", "seq", "lon", "lat", *_NAMES, "parts")
"""Columns that come in, besides the bucket; `date` in ms since 1970."""
TOLD = "sensor_id STRING, date LONG, boot INT, seq INT, quality TINYINT, quality_tests STRING, anomaly FLOAT"


class QualityControl(StatefulProcessor):
    """Keyed by bucket; the state of a bucket is one value, and one for each two hours of the day."""

    def __init__(self, limits: Limits, watermark_ms: int) -> None:
        self._limits, self._watermark_ms = limits, watermark_ms

    def init(self, handle: StatefulProcessorHandle) -> None:
        """Open the state."""
        self._state = handle.getValueState("bucket", "state BINARY")
        self._slots = handle.getMapState("slots", "slot INT", "learned BINARY")

    def handleInputRows(self, key: Any, rows: Iterator[Any], timerValues: Any) -> Iterator[Any]:
        """Flags of the bucket's new readings, and those of older ones that they have changed."""
        frames = list(rows)
        arrived = _arrived(frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True))
        held = self._state.get()
        bucket = Bucket.decode(bytes(held[0]) if held else None, self._slot)
        told = control(bucket, arrived, self._limits, self._watermark_ms)
        self._state.update((bucket.encode(),))
        for slot, learned in bucket.changed():
            self._slots.updateValue((slot,), (learned,))
        yield _frame(bucket, told)

    def _slot(self, slot: int) -> bytes | None:
        held = self._slots.getValue((slot,))
        return bytes(held[0]) if held else None

    def close(self) -> None:
        """Nothing is open."""


def _arrived(frame: pd.DataFrame) -> Arrived:
    rows = np.zeros(len(frame), ROW)
    for name in ("date", "boot", "seq", "lon", "lat", "parts"):
        rows[name] = frame[name].to_numpy()
    for i, name in enumerate(_NAMES):
        rows["value"][:, i] = frame[name].to_numpy()
    rows["score"] = np.nan
    return Arrived(frame["id"].tolist(), frame["offset"].to_numpy(np.int64), rows)


def _frame(bucket: Bucket, told: Told) -> pd.DataFrame:
    rows = told.rows
    columns = {
        "sensor_id": np.array(bucket.ids, object)[rows["sensor"]],
        "date": rows["date"],
        "boot": rows["boot"],
        "seq": rows["seq"],
        "quality": told.quality.astype(np.int8),
        "quality_tests": told.tests.astype(object),
        "anomaly": told.score.astype(np.float32),
    }
    return pd.DataFrame(columns, copy=False)
