"""Which windows, or other groups of readings, differ from the raw table, and which readings came too late.

Spark drops what is behind the watermark before anything of ours can see it; but it is in table `reading`,
and its windows count fewer readings than lie in that table.
"""

from math import ceil

import pandas as pd

from telemetry.clock import duration

__all__ = ["WINDOW_KEY", "differing", "in_windows", "late"]

WINDOW_KEY = ["field_id", "window_start"]


def in_windows(readings: pd.DataFrame, window: str, slide: str) -> pd.DataFrame:
    """Each reading once for each window it falls into, with that window's `window_start`.

    As Spark's `window`: a start is a multiple of the slide since 1970, and a window takes its start, not its
    end. `readings` have `field_id` and `date` (UTC).
    """
    length, step = (pd.Timedelta(seconds=duration(text)) for text in (window, slide))
    last = readings["date"].dt.floor(step)
    shifted = [readings.assign(window_start=last - n * step) for n in range(ceil(length / step))]
    found = pd.concat(shifted, ignore_index=True)
    return found[found["window_start"] > found["date"] - length]


def differing(placed: pd.DataFrame, stored: pd.DataFrame, key: list[str] = WINDOW_KEY) -> pd.DataFrame:
    """`key` and `lacking`: windows of which `stored` (`key`, `count`) holds fewer than `placed`."""
    lies = placed.groupby(key).size().rename("lies").reset_index()
    both = lies.merge(stored[[*key, "count"]], on=key, how="left")
    both["lacking"] = both["lies"] - both["count"].fillna(0).astype("int64")
    return both.loc[both["lacking"] > 0, [*key, "lacking"]]


def late(placed: pd.DataFrame, lacking: pd.DataFrame) -> pd.DataFrame:
    """The readings that windows of `lacking` were computed without: of each, those written last.

    Rows of `placed`, each reading once. What came after the watermark came after all that was counted.
    """
    both = placed.merge(lacking, on=WINDOW_KEY).sort_values("written", kind="stable")
    from_the_end = both.groupby(WINDOW_KEY).cumcount(ascending=False)
    key = ["sensor_id", "date", "boot", "seq"]
    return both[from_the_end < both["lacking"]].drop_duplicates(key)[[*key, "field_id"]]
