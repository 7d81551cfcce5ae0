"""A saved model: a folder with `model.json` and fitted pipelines, made by the study, used by the stream."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.features import FEATURES
from telemetry.errors import FarmstreamError

__all__ = ["CARD", "ModelCard", "NoModel", "SavedModel", "newest"]

CARD = "model.json"
_FARTHEST = 240.0


class NoModel(FarmstreamError):
    """There is no model, or it cannot be read or used."""


class ModelCard(Struct, frozen=True, kw_only=True):
    """`model.json`. `errors` has for each horizon the 5 % and 95 % quantile of observed less expected."""

    name: str
    made: datetime
    begins: datetime
    ends: datetime
    fields: list[str]
    features: list[str]
    horizons: list[int]
    within: int
    errors: dict[str, tuple[float, float]]
    regressor: dict[str, Any]
    classifier: dict[str, Any]
    scores: dict[str, Any]


def newest(models: Path) -> Path | None:
    """The folder of the newest model under `models`; a link or file is not looked for, only names sort."""
    found = sorted(card.parent for card in models.glob(f"*/{CARD}"))
    return found[-1] if found else None


class SavedModel:
    """The pipelines of a folder, loaded."""

    def __init__(self, folder: Path) -> None:
        try:
            self.card = msgspec.json.decode((folder / CARD).read_bytes(), type=ModelCard)
        except (OSError, msgspec.DecodeError) as why:
            raise NoModel(
                f"{folder / CARD} is no model ({why}): make one with `farmstream analyze`."
            ) from why
        if gone := sorted(set(self.card.features) - {*FEATURES}):
            raise NoModel(
                f"{folder / CARD} was made with features that this version does not have "
                f"({', '.join(gone)}): make a new one with `farmstream analyze`."
            )
        from pyspark.ml import PipelineModel  # a stream without a model does without

        self._moisture = {k: PipelineModel.load(str(folder / f"after_{k}")) for k in self.card.horizons}
        self._falls = PipelineModel.load(str(folder / "falls"))

    def expect(self, rows: DataFrame) -> DataFrame:
        """Rows of table `prediction`, without the truth, from rows of `streaming.features.features`."""
        from pyspark.ml.functions import vector_to_array

        known = rows.dropna(subset=self.card.features)
        out = self._falls.transform(known).withColumn("falls", vector_to_array(F.col("probability"))[1])
        out = out.select(*known.columns, "falls")
        for k, model in self._moisture.items():
            out = model.transform(out).withColumn(f"expected_{k}", F.col("moisture") + F.col("prediction"))
            out = out.select(*known.columns, "falls", *(f"expected_{j}" for j in self._moisture if j <= k))
        each = [self._horizon(k) for k in self.card.horizons]
        hours = _hours_to_threshold(self.card.horizons).alias("hours_to_threshold")
        told = out.select(
            "field_id", "hour", "moisture", "threshold", "falls", hours, F.explode(F.array(*each)).alias("e")
        )
        made = F.col("hour") + F.expr("INTERVAL 1 HOUR")  # the hour is known when it is over
        return told.select(
            "field_id", F.to_date(made).alias("day"), made.alias("made_at"), "e.horizon",
            F.timestamp_seconds(F.unix_seconds(made) + 3600 * F.col("e.horizon")).alias("target"),
            "moisture", "e.mean", "e.low", "e.high",
            F.when(F.col("e.horizon") == self.card.within, F.col("falls")).alias("probability"),
            "hours_to_threshold", "threshold", F.lit(self.card.name).alias("model"),
        )  # fmt: skip

    def _horizon(self, hours: int) -> Column:
        mean, (low, high) = F.col(f"expected_{hours}"), self.card.errors[str(hours)]
        values = {"mean": mean, "low": mean + low, "high": mean + high}
        bounded = [
            F.least(F.greatest(value, F.lit(0.0)), F.lit(100.0)).alias(name) for name, value in values.items()
        ]
        return F.struct(F.lit(hours).alias("horizon"), *bounded)


def _hours_to_threshold(horizons: list[int]) -> Column:
    """Along the line through the expected means; beyond the last by its slope, null where that is too far."""
    points = [(0, F.col("moisture")), *((k, F.col(f"expected_{k}")) for k in horizons)]
    threshold = F.col("threshold")
    crossings = []
    for (a, at_a), (b, at_b) in pairwise(points):
        share = (at_a - threshold) / (at_a - at_b)
        crossings.append(F.when((at_a >= threshold) & (at_b < threshold), a + (b - a) * share))
    (a, at_a), (b, at_b) = points[-2:]
    beyond = b + (at_b - threshold) / ((at_a - at_b) / (b - a))
    crossings.append(F.when((at_b >= threshold) & (at_b < at_a) & (beyond <= _FARTHEST), beyond))
    return F.when(F.col("moisture") < threshold, F.lit(0.0)).otherwise(F.coalesce(*crossings))
