"""Where the dashboards are, and a browser that shows them without the token on any command line."""

import webbrowser
from collections.abc import Mapping
from html import escape
from pathlib import Path

from compose.local.credentials import load_credentials
from compose.local.home import Home, write_private
from compose.local.lifecycle import state_of
from compose.local.ports import LOOPBACK
from compose.local.state import State
from notebooks import PAGES
from telemetry.errors import FarmstreamError

__all__ = ["open_in_browser", "urls"]


def urls(home: Path) -> dict[str, str]:
    """Page → address with its token: the pages, and `lab`; FarmstreamError where they do not run."""
    ports = _ports(home, state_of(home))
    token = load_credentials(Home(home).credentials)["jupyter"].password
    pages = f"http://{LOOPBACK}:{ports['dashboards']}/voila/render"
    lab = f"http://{LOOPBACK}:{ports['jupyter']}/lab?token={token}"
    return {name: f"{pages}/{file.name}?token={token}" for name, file in PAGES.items()} | {"lab": lab}


def open_in_browser(home: Path, name: str, url: str) -> str:
    """Open it, and say so; a browser is started with the name of a private file that leads there."""
    file = Home(home).run / f"open-{name}.html"
    write_private(file, f'<meta http-equiv="refresh" content="0;url={escape(url)}">\n')
    if webbrowser.open(file.as_uri()):
        return f"Opened {name} in your browser."
    return f"No browser could be started here: open {file}, or see the address with --print."


def _ports(home: Path, state: State | None) -> Mapping[str, int]:
    """The ports of both servers while they run."""
    parts = state.components if state and state.phase != "stopped" else {}
    if not parts:
        raise FarmstreamError(f"Nothing runs under {home}: start it with `farmstream up`.")
    found = {name: part.port for name, part in parts.items() if name in ("jupyter", "dashboards")}
    if not found:
        raise FarmstreamError(
            "This pipeline runs without dashboards: stop it with `farmstream down`, and start it "
            "without --no-dashboards."
        )
    waiting = [name for name in found if parts[name].state != "running"]
    if waiting:
        raise FarmstreamError(
            f"The dashboards are not ready yet ({waiting[0]} is {parts[waiting[0]].state}): try again in "
            f"some seconds, or see `farmstream logs {waiting[0]}`."
        )
    return {name: port for name, port in found.items() if port}
