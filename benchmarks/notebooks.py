"""`farmstream bench notebooks`: how soon pages show something, and what news costs them.

In a home of its own: `up` with dashboards, a year of one more field, pages opened in Debian's chromium by a
person without a cache.
Then 10, 1,000 and 10,000 boards on the live page, all of which send at once; then reads into pandas.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.page_costs import ROWS, SHOWN, browser, fill_year, first_paint, read_rate, update_ms
from compose.local.detach import run_detached
from compose.local.home import Home
from compose.local.lifecycle import take_down
from compose.local.options import Options
from compose.local.state import read_state

__all__ = ["NotebooksReport", "run_notebooks", "show_notebooks"]

SIZES = (10, 1_000, 10_000)


class NotebooksReport(Struct, frozen=True, kw_only=True):
    """`first_paint_s`: from the click to a map with boards on it, the kernel being warm; a median.

    `first_paint_history_year_s`: History opened with a link to a year of one field, until that year is
    drawn; four boards, a reading each in 10 minutes: `year_readings`, which took `year_fill_s` to make.
    `whole_history_year_s`: until the rest of that page is there too, what to choose from and the tables.
    `update_ms` by number of boards: `kernel` takes a reading of each, and makes all that is sent of it;
    `browser` draws the map. `update_ms_1000` is the two together; `update_ms_quality` is that of the largest
    farm coloured by quality, 500 boards of which are judged anew. `pages_mib` is what the
    page server takes with its two warm kernels, before any page is opened.
    """

    first_paint_s: float
    first_paint_history_s: float
    first_paint_history_year_s: float
    whole_history_year_s: float
    year_readings: int
    year_fill_s: float
    update_ms_1000: float
    update_ms: dict[str, dict[str, float]]
    update_ms_quality: dict[str, float]
    read_rows_per_s: float
    rows_read: int
    pages_mib: float
    cores: int


def run_notebooks(console: Console) -> NotebooksReport:
    """Measure all of it; `console` shows how far it is. FarmstreamError where there is no browser."""
    with browser() as running, console.status("") as shown:
        shown.update("Updating pages of 10 to 10,000 boards …")
        updates = {str(size): update_ms(running, size) for size in SIZES}
        flags = update_ms(running, SIZES[-1], "quality")
        with _pipeline(shown.update) as home:
            shown.update("Filling a year of one field …")
            year, memory = fill_year(home.path), _memory(home)
            shown.update("Opening pages …")
            paints = {what: first_paint(running, home.path, what) for what in SHOWN}
            shown.update(f"Reading {ROWS:,} rows …")
            rate = read_rate(home.path)
    return NotebooksReport(
        first_paint_s=paints["live"].first, first_paint_history_s=paints["history"].first,
        first_paint_history_year_s=paints["year"].first, whole_history_year_s=paints["year"].whole,
        year_readings=year.readings, year_fill_s=year.seconds,
        update_ms_1000=round(sum(updates["1000"].values()), 1), update_ms=updates, update_ms_quality=flags,
        read_rows_per_s=rate, rows_read=ROWS, pages_mib=memory, cores=os.cpu_count() or 0,
    )  # fmt: skip


def show_notebooks(report: NotebooksReport, console: Console) -> None:
    """Print it as a table."""
    table = Table(title="The dashboards on this machine", show_header=False)
    table.add_row("live, first paint", f"{report.first_paint_s:.2f} s")
    table.add_row("history, first paint", f"{report.first_paint_history_s:.2f} s")
    year = f"{report.first_paint_history_year_s:.2f} s, all of the page {report.whole_history_year_s:.2f} s"
    table.add_row("history, first paint of a year", year)
    table.add_row(
        "a year of one field", f"{report.year_readings:,} readings, made in {report.year_fill_s:.0f} s"
    )
    costs = [(f"update, {int(size):,} boards", cost) for size, cost in report.update_ms.items()]
    for what, cost in (*costs, (f"the same of {SIZES[-1]:,}, by quality", report.update_ms_quality)):
        table.add_row(what, f"{cost['kernel']:.1f} ms kernel, {cost['browser']:.1f} ms browser")
    table.add_row("readings into pandas", f"{report.read_rows_per_s:,.0f} rows/s")
    table.add_row("pages and their warm kernels", f"{report.pages_mib:,.0f} MiB")
    console.print(table)


@contextmanager
def _pipeline(say: Callable[[str], None]) -> Iterator[Home]:
    home = Home(Path(mkdtemp(prefix="farmstream-bench-"))).make()
    say("Starting the pipeline with its dashboards …")
    try:
        run_detached(Options(home=home), Console(quiet=True))
        yield home
    finally:
        say("Stopping …")
        take_down(home.path, lambda text: None)
    shutil.rmtree(home.path, ignore_errors=True)


def _memory(home: Home) -> float:
    state = read_state(home.state)
    return state.components["dashboards"].rss_mib if state else 0.0
