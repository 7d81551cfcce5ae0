"""What is forecast: moisture some hours ahead, and whether it falls below the threshold within a day."""

from pyspark.sql import DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

__all__ = ["FALLS", "HORIZONS", "LABELS", "LONGEST", "WITHIN", "labelled"]

HORIZONS = (6, 24, 48)
"""Hours ahead for which moisture is forecast."""

WITHIN = 24
"""Hours within which a field may fall below its threshold."""

LONGEST = max(*HORIZONS, WITHIN)

FALLS = "falls"
LABELS = (*(f"after_{k}" for k in HORIZONS), FALLS)
"""Columns of `labelled`; each gets a model of its own."""

_ENOUGH = WITHIN - 2
"""Hours of these that must be known."""


def labelled(rows: DataFrame) -> DataFrame:
    """Rows of `streaming.features.features` with `after_6`, `after_24`, `after_48`, the change until then
    in % of volume, and `falls`: 1 where a field that is not below its threshold falls below it within 24 h,
    else 0, null where it is below already. Null too where the time ahead is not known.
    """
    hourly = rows.withColumn("h", F.floor(F.unix_seconds("hour") / 3600).cast("long"))
    changes = {f"after_{k}": F.first("moisture").over(_ahead(k, k)) - F.col("moisture") for k in HORIZONS}
    least = F.min("moisture").over(_ahead(1, WITHIN))
    known = F.count("moisture").over(_ahead(1, WITHIN)) >= _ENOUGH
    falls = F.when(known & (F.col("margin") >= 0), (least < F.col("threshold")).cast("double"))
    return hourly.withColumns(changes | {FALLS: falls}).drop("h")


def _ahead(first: int, last: int) -> WindowSpec:
    return Window.partitionBy("field_id").orderBy("h").rangeBetween(first, last)
