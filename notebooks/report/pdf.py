"""HTML to PDF by a headless Chromium, where one is installed.

The page is made for print, so the browser's own engine gives paper the very look of the screen. A library
from the package index would be a second layout to keep (reportlab) or need libraries of the system that pip
does not bring (WeasyPrint: Pango).
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from telemetry.errors import FarmstreamError

__all__ = ["PrintFailed", "find_chromium", "to_pdf"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_QUIET = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--no-pdf-header-footer",
)  # fmt: skip
_PATIENCE = 120


class PrintFailed(FarmstreamError):
    """The browser made no PDF; the text has its last words."""


def find_chromium() -> Path | None:
    """The first of the usual commands."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else None


def to_pdf(chromium: Path, html: Path, pdf: Path) -> None:
    """Print the file `html`; it fetches nothing, so the browser needs no network."""
    with tempfile.TemporaryDirectory(prefix="farmstream-print-") as profile:
        words = [str(chromium), *_QUIET, *_sandbox(), f"--user-data-dir={profile}", f"--print-to-pdf={pdf}"]
        try:
            done = subprocess.run(
                [*words, html.resolve().as_uri()],
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as why:
            raise PrintFailed(f"{chromium} made no PDF within {_PATIENCE} s: {html} is there.") from why
    if not pdf.exists():
        said = done.stderr.strip().splitlines()
        raise PrintFailed(
            f"{chromium} made no PDF ({said[-1] if said else 'it said nothing'}): {html} is there."
        )


def _sandbox() -> list[str]:
    """As root Chromium does not run in its sandbox; the page is our own and runs no script."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
