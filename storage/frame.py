"""A query's result, as the library at hand wants it."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Frame"]


class Frame:
    """Rows in columns: `arrow()`, `pandas()`, `spark(session)`. Instants are in UTC and say so."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"<Frame: {len(self):,} rows of {', '.join(self._table.column_names)}>"

    def arrow(self) -> pa.Table:
        """As a pyarrow Table, nothing copied."""
        return self._table

    def pandas(self, time_zone: str = "UTC") -> "pd.DataFrame":
        """As a pandas DataFrame, its instants in `time_zone` (an IANA name)."""
        frame: pd.DataFrame = self._table.to_pandas(maps_as_pydicts="strict")
        for name, kind in zip(self._table.column_names, self._table.schema.types, strict=True):
            if pa.types.is_timestamp(kind):
                frame[name] = frame[name].dt.tz_convert(time_zone)
        return frame

    def spark(self, session: "SparkSession") -> "DataFrame":
        """As a Spark DataFrame of `session`, whose time zone should be UTC."""
        made: Any = session.createDataFrame(self._table)
        return made  # type: ignore[no-any-return]
