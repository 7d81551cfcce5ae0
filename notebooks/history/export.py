"""What is shown, as a file: CSV for spreadsheets, Parquet for programs. UTC, and units in the names."""

from io import BytesIO

import pandas as pd

from notebooks.history.load import Loaded
from telemetry.quantities import quantity

__all__ = ["as_csv", "as_parquet", "file_name", "table"]

_UNITS = {"°C": "celsius", "%RH": "percent", "pH": "ph", "%": "percent"}


def table(loaded: Loaded) -> pd.DataFrame:
    """One row for each point of each sensor: date (UTC), resolution, count, mean, least, greatest."""
    what = loaded.choice.what
    unit = _UNITS[quantity(what).unit]
    name = what if what == unit else f"{what}_{unit}"
    series = loaded.series
    return pd.DataFrame({
        "sensor_id": series["sensor_id"], "date": series["date"], "resolution": series["resolution"],
        "count": series[f"count_{what}"],
        **{f"{kind}_{name}": series[f"{kind}_{what}"] for kind in ("mean", "min", "max")},
    })  # fmt: skip


def as_csv(loaded: Loaded) -> bytes:
    """Dates as 2026-11-24T02:00:00.000Z."""
    made = table(loaded)
    made["date"] = made["date"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3] + "Z"
    return made.to_csv(index=False).encode()


def as_parquet(loaded: Loaded) -> bytes:
    """Dates as instants in UTC."""
    buffer = BytesIO()
    table(loaded).to_parquet(buffer, index=False)
    return buffer.getvalue()


def file_name(loaded: Loaded, ending: str) -> str:
    """`moisture-20261101-20261124.csv`."""
    choice = loaded.choice
    return f"{choice.what}-{choice.since:%Y%m%d}-{choice.until:%Y%m%d}.{ending}"
