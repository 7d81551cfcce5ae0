"""The master data as the stream sees it: read again every few seconds, kept while it cannot be read."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType

import pyarrow as pa
from msgspec import Struct
from pyspark.sql import DataFrame, SparkSession

from telemetry.errors import FarmstreamError
from telemetry.master import Field, Sensor
from telemetry.rule import Rule

__all__ = ["Master", "Snapshot", "kept_current"]

_log = logging.getLogger(__name__)
_COLUMNS = pa.schema([("sensor_id", pa.string()), ("field_id", pa.string()), ("field_name", pa.string())])
_PLACES = _COLUMNS.append(pa.field("soil", pa.string()))


class Snapshot(Struct, frozen=True):
    """Sensors, fields and rules at one moment."""

    sensors: tuple[Sensor, ...] = ()
    fields: tuple[Field, ...] = ()
    rules: tuple[Rule, ...] = ()

    def table(self) -> pa.Table:
        """`streaming.join.MASTER`: a row for each sensor in a field; no name where the field is not known."""
        return self.places().select(_COLUMNS.names)

    def places(self) -> pa.Table:
        """The same with the field's `soil`."""
        known = {field.field_id: field for field in self.fields}
        placed = [(s, known.get(s.field_id)) for s in self.sensors if s.field_id is not None]
        rows = [
            [s.sensor_id for s, _ in placed],
            [s.field_id for s, _ in placed],
            [field and field.name for _, field in placed],
            [field and field.soil for _, field in placed],
        ]
        return pa.table(rows, schema=_PLACES)


class Master:
    """The newest snapshot, for several threads."""

    def __init__(self, first: Snapshot) -> None:
        self._lock = threading.Lock()
        self.fields: MappingProxyType[str, Field] = MappingProxyType({})
        self.members: MappingProxyType[str, list[str]] = MappingProxyType({})
        self.sensors = 0
        self._frame: DataFrame | None = None
        self._snapshot = first
        self._index()

    def replace(self, snapshot: Snapshot) -> bool:
        """Take a newer snapshot; whether anything changed."""
        with self._lock:
            changed = snapshot != self._snapshot
            if changed:
                self._snapshot, self._frame = snapshot, None
                self._index()
            return changed

    def frame(self, spark: SparkSession) -> DataFrame:
        """The snapshot as a local relation, made once for each change."""
        with self._lock:
            if self._frame is None:
                self._frame = spark.createDataFrame(self._snapshot.table())
            return self._frame

    @property
    def snapshot(self) -> Snapshot:
        """As it is now."""
        with self._lock:
            return self._snapshot

    def _index(self) -> None:
        self.fields = MappingProxyType({field.field_id: field for field in self._snapshot.fields})
        self.sensors = len(self._snapshot.sensors)
        members: dict[str, list[str]] = {}
        for sensor in self._snapshot.sensors:
            if sensor.field_id is not None:
                members.setdefault(sensor.field_id, []).append(sensor.sensor_id)
        self.members = MappingProxyType(members)


@contextmanager
def kept_current(read: Callable[[], Snapshot], every: float) -> Iterator[Master]:
    """A master that a thread reads again `every` so many seconds; a failed read leaves it as it is."""
    master, stop = Master(read()), threading.Event()

    def refresh() -> None:
        while not stop.wait(every):
            try:
                if master.replace(read()):
                    _log.info("The master data has changed.")
            except FarmstreamError as why:
                _log.warning("The master data stays as it was: %s", why)

    thread = threading.Thread(target=refresh, name="master", daemon=True)
    thread.start()
    try:
        yield master
    finally:
        stop.set()
        thread.join()
