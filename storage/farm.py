"""What is stored, for plain Python: readings, windows, alerts and master data, each query a `Frame`."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Self

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from storage import master
from storage.collect import collect
from storage.days import Span, days_back
from storage.frame import Frame
from storage.latest import BUCKETS, KEPT
from storage.series import Asked, read_series
from storage.session import Session, plain_errors
from storage.session import connect as open_session
from storage.settings import Cassandra
from storage.when import When, span_of
from telemetry.clock import utc_now
from telemetry.quantities import QUANTITIES

__all__ = ["ALERT", "PREDICTION", "READING", "WINDOW", "Farm"]

Names = str | Iterable[str] | None
"""One id, several, or None for all."""

_MEANS = tuple(f"{what}_{q.name}" for q in QUANTITIES for what in ("count", "mean"))
READING = (
    "sensor_id", "date", "boot", "seq", "field_id", "lon", "lat", *(q.name for q in QUANTITIES),
    "faults", "gateway", "received", "time_source", "late", "quality", "quality_tests", "anomaly",
)  # fmt: skip
WINDOW = ("field_id", "window_start", "window_end", "count", *_MEANS, "threshold")
ALERT = (
    "alert_id", "opened", "rule", "severity", "state", "field_id", "sensor_id", "updated", "closed",
    "value", "threshold", "evidence", "acknowledged", "acknowledged_by",
)  # fmt: skip
PREDICTION = (
    "field_id", "made_at", "horizon", "target", "moisture", "mean", "low", "high", "probability",
    "hours_to_threshold", "threshold", "model", "observed", "error",
)  # fmt: skip


class Farm:
    """Readings, windows, alerts and master data of one keyspace; a context manager."""

    def __init__(self, settings: Cassandra) -> None:
        self.settings = settings
        with ExitStack() as opened:
            self.session: Session = opened.enter_context(open_session(settings))
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the connection."""
        self._opened.close()

    def sensors(self) -> Frame:
        """The sensor master: `sensor_id, field_id, lon, lat`."""
        with plain_errors(self.settings):
            rows = master.read_sensors(self.session, self.settings)
        return Frame(
            _table(rows, (("sensor_id", _TEXT), ("field_id", _TEXT), ("lon", _REAL), ("lat", _REAL)))
        )

    def fields(self) -> Frame:
        """The field master: `field_id, name, soil, moisture_threshold` (% VWC), `time_zone, outline`."""
        with plain_errors(self.settings):
            rows = master.read_fields(self.session, self.settings)
        return Frame(_table(rows, _FIELD))

    def readings(  # noqa: PLR0913 - what of, when, and how much of it
        self, sensors: Names = None, fields: Names = None, *, since: str | None = None,
        start: When | None = None, end: When | None = None, columns: Sequence[str] = READING,
    ) -> Frame:  # fmt: skip
        """Raw readings by sensor and date, oldest first: °C, %RH, pH, % VWC; null where a value is missing.

        `fields` takes the sensors that stand in these fields by the master, and of those what was read
        there. `columns` of READING; the fewer, the faster. A board that counts neither has boot = seq = -1.
        `quality` is the worst QARTOD flag (null: not told yet), `quality_tests` telemetry.quality.decode's.
        """
        wanted = _listed(sensors) if sensors is not None else self._sensors_in(_listed(fields))
        span = span_of(since, start, end, utc_now())
        table = self._by_day("reading", "sensor_id", wanted, "date", span, columns, ("sensor_id", "field_id"))
        if fields is not None:
            table = table.filter(_in_fields(fields))
        if "late" in columns:
            table = table.filter(pc.field("late").is_valid())  # else a reading's flags came before it
        return Frame(table.select(list(columns)))

    def latest(self, *, days: int = 2) -> Frame:
        """The newest reading of each sensor, by sensor, not older than `days`; of 100,000 sensors too."""
        select = f"SELECT {', '.join(KEPT)} FROM {self.settings.table('reading_latest')}"  # noqa: S608
        with plain_errors(self.settings):
            buckets = ((number,) for number in range(BUCKETS))
            found = collect(self.session, f"{select} WHERE bucket = ?", buckets)
        oldest = pa.scalar(utc_now() - timedelta(days=days), pa.timestamp("ms", "UTC"))
        return Frame(found.filter(pc.greater_equal(found["date"], oldest)).sort_by("sensor_id"))

    def series(  # noqa: PLR0913 - what of, when, and how much of it
        self, sensors: Names = None, fields: Names = None, *, since: str | None = None,
        start: When | None = None, end: When | None = None, max_points: int = 1000,
        resolution: str | None = None,
    ) -> Frame:  # fmt: skip
        """Values over time for a chart, columns of `storage.series.SERIES`, by sensor and date.

        Raw readings, or means with their least and greatest value by minute, hour or day of UTC: the finest
        that has at most `max_points` of a sensor in the span, unless `resolution` says raw, 1m, 1h or 1d.
        `fields` takes the sensors that stand in these fields by the master.
        """
        wanted = _listed(sensors) if sensors is not None else self._sensors_in(_listed(fields))
        span = span_of(since, start, end, utc_now())
        with plain_errors(self.settings):
            asked = Asked(self.session, self.settings, wanted or [], span)
            return Frame(read_series(asked, max_points, resolution))

    def acknowledge(self, alert_id: str, opened: datetime, by: str) -> None:
        """Note that `by` has seen the alert; what the stream writes of it stays as it is."""
        table = self.settings.table("alert")
        set_it = f"UPDATE {table} SET acknowledged = ?, acknowledged_by = ?"  # noqa: S608
        with plain_errors(self.settings):
            query = self.session.prepare(f"{set_it} WHERE day = ? AND opened = ? AND alert_id = ?")
            day = opened.astimezone(UTC).date()
            self.session.execute(query, (utc_now(), by, day, opened, alert_id))

    def windows(
        self, fields: Names = None, *, since: str | None = None, start: When | None = None,
        end: When | None = None, columns: Sequence[str] = WINDOW,
    ) -> Frame:  # fmt: skip
        """Means by field and window (`window_start` in the span), oldest first; columns of WINDOW."""
        wanted = self._all_fields() if fields is None else _listed(fields)
        span = span_of(since, start, end, utc_now())
        table = self._by_day("field_window", "field_id", wanted, "window_start", span, columns, ("field_id",))
        return Frame(table.select(list(columns)))

    def alerts(
        self, fields: Names = None, *, state: str | None = None, since: str | None = None,
        start: When | None = None, end: When | None = None,
    ) -> Frame:  # fmt: skip
        """Alerts opened in the span, oldest first; `state` open, closed or withdrawn."""
        span = span_of(since, start, end, utc_now())
        table = self._by_day("alert", None, (), "opened", span, ALERT, ())
        table = table.filter(pc.field("state").is_valid())  # an acknowledgement alone is no alert
        if fields is not None:
            table = table.filter(_in_fields(fields))
        return Frame(table if state is None else table.filter(pc.field("state") == state))

    def predictions(
        self, fields: Names = None, *, since: str | None = None, start: When | None = None,
        end: When | None = None,
    ) -> Frame:  # fmt: skip
        """Columns of PREDICTION by field and `made_at` (which lies in the span), oldest first.

        Moisture in % VWC that is expected `horizon` hours later, with the interval that should hold nine of
        ten; `probability` of falling below the threshold within 24 h; `hours_to_threshold` null where
        it is not expected to. `observed` and `error` (mean less observed) are null until the hour has come.
        """
        wanted = self._all_fields() if fields is None else _listed(fields)
        span = span_of(since, start, end, utc_now())
        table = self._by_day("prediction", "field_id", wanted, "made_at", span, PREDICTION, ())
        order = [(name, "ascending") for name in ("field_id", "made_at", "horizon")]
        return Frame(table.select(list(PREDICTION)).sort_by(order))

    def _sensors_in(self, fields: list[str] | None) -> list[str]:
        with plain_errors(self.settings):
            sensors = master.read_sensors(self.session, self.settings)
        return [s.sensor_id for s in sensors if fields is None or s.field_id in fields]

    def _all_fields(self) -> list[str]:
        with plain_errors(self.settings):
            return [f.field_id for f in master.read_fields(self.session, self.settings)]

    def _by_day(  # noqa: PLR0913, PLR0917 - a table, its key, its time, and what is wanted of it
        self, table: str, key: str | None, names: Iterable[str] | None, time: str, span: Span,
        columns: Sequence[str], more: Sequence[str],
    ) -> pa.Table:  # fmt: skip
        asked = dict.fromkeys([*columns, time, *more])
        where = f"{key} = ? AND day = ?" if key else "day = ?"
        select = f"SELECT {', '.join(asked)} FROM {self.settings.table(table)}"  # noqa: S608
        days = list(days_back(span))
        keys = product(names or (), days) if key else product(days)
        with plain_errors(self.settings):
            found = collect(
                self.session,
                f"{select} WHERE {where} AND {time} >= ? AND {time} < ?",
                ((*each, *span) for each in keys),
            )
        return found.sort_by([*([(key, "ascending")] if key else []), (time, "ascending")])


_TEXT, _REAL = pa.string(), pa.float64()
_FIELD = (
    ("field_id", _TEXT), ("name", _TEXT), ("soil", _TEXT), ("moisture_threshold", _REAL),
    ("time_zone", _TEXT), ("outline", pa.list_(pa.struct({"lon": _REAL, "lat": _REAL}))),
)  # fmt: skip


def _table(rows: Sequence[Any], columns: Iterable[tuple[str, pa.DataType]]) -> pa.Table:
    schema = pa.schema(list(columns))
    plain = msgspec.to_builtins(rows)
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in plain], schema)


def _in_fields(fields: Names) -> pc.Expression:
    return pc.field("field_id").isin(pa.array(_listed(fields) or [], _TEXT))


def _listed(names: Names) -> list[str] | None:
    return [names] if isinstance(names, str) else None if names is None else list(names)
