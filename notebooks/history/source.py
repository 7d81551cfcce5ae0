"""The tables, opened when they are first asked for, and what the master says of fields and sensors."""

from collections.abc import Mapping

import msgspec

from notebooks.pipeline import Pipeline
from storage.farm import Farm
from telemetry.master import Field

__all__ = ["Source"]


class Source:
    """`fields` and `sensors` (sensor → its field) as the master had them at the last `learn`."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._farm: Farm | None = None
        self.fields: Mapping[str, Field] = {}
        self.sensors: Mapping[str, str | None] = {}

    @property
    def farm(self) -> Farm:
        """The connection; FarmstreamError where there is none to be had."""
        if self._farm is None:
            self._farm = self._pipeline.farm()
        return self._farm

    def learn(self) -> None:
        """Read the master."""
        rows = self.farm.fields().arrow().to_pylist()
        fields = (msgspec.convert(row, Field) for row in rows)
        self.fields = {field.field_id: field for field in sorted(fields, key=lambda field: field.field_id)}
        sensors = self.farm.sensors().arrow().to_pylist()
        self.sensors = {row["sensor_id"]: row["field_id"] for row in sensors}
