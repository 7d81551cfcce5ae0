"""Hours and places of fields, from the tables: what `streaming.features` starts from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from storage.farm import Farm
from streaming.features import field_hours
from telemetry.soil import TEXTURES

__all__ = ["hours_of", "places", "places_of"]

_COLUMNS = ["sensor_id", "date", "mean_moisture", "mean_temperature", "mean_humidity"]
_PLACE = pa.schema([
    ("field_id", pa.string()), ("threshold", pa.float64()), ("wilting_point", pa.float64()),
    ("field_capacity", pa.float64()), ("lat", pa.float64()),
])  # fmt: skip


def hours_of(spark: SparkSession, farm: Farm, start: datetime, end: datetime) -> DataFrame:
    """`streaming.features.HOURS` of all fields, hours that begin in [start, end), from `reading_1h`."""
    series = farm.series(start=start, end=end, resolution="1h").arrow().select(_COLUMNS)
    sensors = farm.sensors().arrow().select(["sensor_id", "field_id"])
    return field_hours(spark.createDataFrame(series), spark.createDataFrame(sensors))


def places_of(spark: SparkSession, farm: Farm) -> DataFrame:
    """`streaming.features.PLACE` of all fields."""
    return places(spark, farm.fields().arrow().to_pylist())


def places(spark: SparkSession, fields: Iterable[Mapping[str, Any]]) -> DataFrame:
    """The same from rows of table `field`."""
    return spark.createDataFrame(pa.Table.from_pylist([_place(row) for row in fields], _PLACE))


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    texture, lats = TEXTURES[row["soil"]], [corner["lat"] for corner in row["outline"] or ()]
    return {
        "field_id": row["field_id"],
        "threshold": row["moisture_threshold"],
        "wilting_point": 100.0 * texture.wilting_point,
        "field_capacity": 100.0 * texture.field_capacity,
        "lat": sum(lats) / len(lats) if lats else None,
    }
