"""`faults`: a reason from the closed list for each missing value and no other.

The twin of `telemetry.reading.normalised` in Spark's built-ins.
"""

from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from telemetry.quantities import FAULTS

__all__ = ["faults"]

_MAP = "map<string,string>"


def faults(values: dict[str, Column], given: Column, ignored: Column) -> Column:
    """A map of name to reason for the null ones of `values`; the `given` reasons count unless `ignored`."""
    missing = reduce(Column.__or__, (value.isNull() for value in values.values()))
    none = F.create_map().cast(_MAP)
    entries = [
        F.when(
            value.isNull(), F.create_map(F.lit(name), _known(F.try_element_at(given, F.lit(name)), ignored))
        ).otherwise(none)
        for name, value in values.items()
    ]
    return F.when(missing, F.map_concat(*entries)).otherwise(none)  # most readings miss nothing: no maps made


def _known(reason: Column, ignored: Column) -> Column:
    known = F.when(reason.isin(*FAULTS), reason).otherwise("unknown")
    return F.when(ignored | reason.isNull(), "absent").otherwise(known)
