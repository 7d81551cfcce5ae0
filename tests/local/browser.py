"""A real browser without a window: Debian's chromium, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

__all__ = ["DESKTOP", "PHONE", "Seen", "chromium", "opened"]

DESKTOP, PHONE = (1280, 1000), (390, 844)
_ARGUMENTS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
              "--disable-component-update")  # fmt: skip
_FEDERATION = ("Unsatisfied version", "No satisfying version")
"""JupyterLab's modules warn of each other's versions; that is no error, and none of ours."""


@dataclass
class Seen:
    """What a page did besides showing itself."""

    page: Page
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the test is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("chromium is not installed")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, size: tuple[int, int] = DESKTOP) -> Iterator[Seen]:
    """A page in a profile of its own; what it logs as an error and asks of other hosts is kept."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, accept_downloads=True, timezone_id="America/New_York"
    )
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: _keep(message, seen))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.on("request", lambda request: _watch(request, seen))
    yield seen
    context.close()


def _keep(message: ConsoleMessage, seen: Seen) -> None:
    if message.type == "error" and not any(text in message.text for text in _FEDERATION):
        seen.errors.append(message.text)


def _watch(request: Request, seen: Seen) -> None:
    if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")):
        seen.elsewhere.append(request.url)
