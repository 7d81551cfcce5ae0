"""The pictures in docs/img of the dashboards, of the pipeline that runs under a home:

python -m benchmarks.pictures HOME FOLDER [FIELD]

Let it run for some minutes, with a past (`farmstream simulate --history 1y --interval 10m`) of FIELD, else of
the first, and with one of today for the trends on Live (`--history 6h --interval 1m --until NOW`).
"""

import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.page_costs import browser
from compose.local.dashboard import urls
from storage import connect

__all__ = ["take"]

_SIZE = {"width": 1280, "height": 1000}
_SETTLED = 4.0
"""Seconds until alerts and figures are there too."""


def take(home: Path, folder: Path, field: str | None = None) -> None:
    """`live.png`, and `history.png`: a year of `field`, else of the first, the pointer on a day of it."""
    if field is None:
        with connect(home=home) as farm:
            field = min(row["field_id"] for row in farm.fields().arrow().to_pylist())
    found, link = urls(home), f"#what=moisture&span=1y&fields={field}"
    with browser() as running:
        _picture(running, found["live"], ".ground", folder / "live.png")
        _picture(
            running, found["history"] + link, "#rendered_cells .chart", folder / "history.png", at=(760, 560)
        )


def _picture(running: Any, url: str, shows: str, file: Path, at: tuple[int, int] = (0, 0)) -> None:
    tab = running.new_page(viewport=_SIZE)
    tab.goto(url)
    tab.locator(f"{shows} canvas").first.wait_for(timeout=120_000)
    time.sleep(_SETTLED)
    tab.mouse.move(*at)
    tab.wait_for_timeout(500)
    tab.screenshot(path=file)
    tab.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
