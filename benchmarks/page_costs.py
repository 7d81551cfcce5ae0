"""What the dashboards cost: a refresh by number of boards, a first look, a read into pandas."""

import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, cast

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct

from benchmarks.made_farm import MadeFarm
from compose.local.access import tables_of
from compose.local.dashboard import urls
from firmware.simulator.fleet import Fleet
from notebooks.live.ground_map import MODES
from notebooks.live.page import Page
from notebooks.live.source import Source
from notebooks.look import CSS
from notebooks.pipeline import Pipeline
from notebooks.widgets.script import script
from storage import connect
from storage.writer import write_batches
from telemetry.errors import FarmstreamError

__all__ = [
    "ROUNDS",
    "ROWS",
    "SHOWN",
    "Filled",
    "Paint",
    "browser",
    "fill_year",
    "first_paint",
    "read_rate",
    "update_ms",
]

ROUNDS = 5
ROWS = 200_000
_YEAR = Fleet(seed=2, boards=4)
"""A field that has a year behind it, beside those whose boards send."""

SHOWN = {
    "live": ("live", "", "document.querySelector('.ground')?.dataset.boards > 0"),
    "history": ("history", "", "document.querySelector('.chart')?.dataset.draws > 0"),
    "year": (
        "history",
        f"#what=moisture&span=1y&fields={_YEAR.fields()[0].field_id}",
        "(({ span, points } = {}) => span > 364 * 86400e3 && points > 360)"
        "(document.querySelector('.chart')?.dataset)",
    ),
}
"""What is opened → page, what stands behind its address, and what is true of it once it shows something."""

_WHOLE = """document.querySelector('#rendered_cells .farm')?.offsetHeight > 100
  && !document.querySelector('#first-look:not([hidden])')"""
"""True once all of a page is there, and not its first look any more."""

_WARM_UP = 16.0
"""Seconds until the next kernel is there, and warm."""

_TELL = """async ([code, message, parts]) => {
  if (!window.take) {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    const get = (name) => (name === "height" ? 420 : "");
    const model = { get, send() {}, off() {}, on: (_, take) => { window.take = take; } };
    widget.render({ model, el: document.querySelector(".farm") });
  }
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const views = parts.map((text) => new DataView(bytes(text)));
  const begin = performance.now();
  window.take(message, views);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return [performance.now() - begin, Number(document.querySelector(".ground").dataset.boards)];
}"""


class Paint(NamedTuple):
    """Seconds from the request until a page shows something, and until all of it is there."""

    first: float
    whole: float


class Filled(Struct, frozen=True):
    """What `simulate --history --json` tells."""

    readings: int
    seconds: float


@contextmanager
def browser() -> Iterator[Any]:
    """Debian's chromium; FarmstreamError where there is none, or nothing that drives it."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as why:
        raise FarmstreamError(
            "This benchmark needs playwright: run `./farmstream test --unit` once."
        ) from why
    if program is None:
        raise FarmstreamError("This benchmark needs a browser: install it (apt install chromium).")
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", *sandbox])
        yield running
        running.close()


def update_ms(browser: Any, boards: int, mode: str = MODES[0]) -> dict[str, float]:
    """Milliseconds of a refresh in which every board has sent: in the kernel, and in the browser."""
    page = Page(Pipeline("nowhere"), lambda _, model: cast(Source, MadeFarm(model, boards)))
    told: list[tuple[Any, list[bytes]]] = []
    page.map_widget.send = lambda message, buffers=(): told.append((message, list(buffers)))
    page.colour_by(mode)
    page.start()
    kernel, drawn = [], []
    tab = browser.new_page(viewport={"width": 1280, "height": 1000})
    tab.set_content(f"{CSS}<div class='farm'></div>")
    for number in range(ROUNDS + 1):
        begin = time.perf_counter()
        page.refresh()
        kernel.append((time.perf_counter() - begin) * 1000)
        message, buffers = told[-1] if number else told[0]
        parts = [base64.b64encode(buffer).decode() for buffer in buffers]
        took, there = tab.evaluate(_TELL, [script("map"), message, parts])
        if number and there != boards:  # the first time it has no size yet
            raise FarmstreamError(f"The map shows {there} of {boards:,} boards: its time means nothing.")
        drawn.append(took)
    tab.close()
    return {"kernel": round(median(kernel[1:]), 1), "browser": round(median(drawn[1:]), 1)}


def fill_year(home: Path) -> Filled:
    """A past of a year for one field of four boards, as a person would make it."""
    fleet = ("--boards", "4", "--seed", str(_YEAR.seed), "--history", "1y", "--interval", "10m")
    words = [sys.executable, "-m", "compose.cli", "--home", str(home), "simulate", *fleet, "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FarmstreamError(f"The year could not be made: {done.stderr.strip()}")
    return msgspec.json.decode(done.stdout, type=Filled)


def first_paint(browser: Any, home: Path, what: str) -> Paint:
    """Until a warm page shows one of SHOWN; medians, each time for somebody new."""
    page, link, shown = SHOWN[what]
    url, found = urls(home)[page] + link, list[Paint]()
    for _ in range(ROUNDS):
        time.sleep(_WARM_UP)
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        tab = context.new_page()
        begin = time.perf_counter()
        tab.goto(url, wait_until="commit")
        tab.wait_for_function(shown, timeout=120_000)
        first = time.perf_counter() - begin
        tab.wait_for_function(f"({shown}) && {_WHOLE}", timeout=120_000)
        found.append(Paint(first, time.perf_counter() - begin))
        context.close()
    return Paint(*(round(median(each), 2) for each in zip(*found, strict=True)))


def read_rate(home: Path) -> float:
    """Rows per second from Cassandra into pandas: ROWS readings of four sensors over a day each."""
    write_batches(tables_of(home, None, "farm"), "reading", _rows())
    day = datetime(2026, 6, 1, tzinfo=UTC)
    columns = ("sensor_id", "date", "temperature", "humidity", "ph", "moisture")
    with connect(home=home) as farm:
        begin = time.perf_counter()
        frame = farm.readings(_SENSORS, start=day, end=day + timedelta(days=1), columns=columns).pandas()
        took = time.perf_counter() - begin
    if len(frame) != ROWS:
        raise FarmstreamError(f"{ROWS:,} rows were written, and {len(frame):,} read.")
    return round(len(frame) / took)


_SENSORS = tuple(f"bench-{number}" for number in range(4))


def _rows() -> Iterator[pa.RecordBatch]:
    each = ROWS // len(_SENSORS)
    start = np.datetime64("2026-06-01T00:00:00", "ms")
    dates = start + (np.arange(each) * (86_400_000 // each)).astype("timedelta64[ms]")
    for sensor in _SENSORS:
        values = pa.array(np.random.default_rng(1).normal(20, 2, each))
        yield pa.record_batch({
            "sensor_id": pa.array([sensor] * each), "day": pa.array(dates.astype("datetime64[D]")),
            "date": pa.array(dates, pa.timestamp("ms", "UTC")), "boot": pa.array([1] * each, pa.int32()),
            "seq": pa.array(range(each), pa.int32()), "temperature": values, "humidity": values, "ph": values,
            "moisture": values,
        })  # fmt: skip
