"""JupyterLab with the notebooks, and the same dashboards as pages (Voilà, kernels kept warm).

Two servers, as Voilà keeps kernels warm only in a server of its own. Both ask for the same token, which
stands in files that only their owner can read, and nowhere else.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from compose.local.component import Command
from compose.local.home import Home, write_private
from compose.local.notebook_files import put_notebooks
from notebooks import PAGES, WEB

__all__ = ["SERVERS", "PageServer", "page_server"]

_UNWATCHED = 600
"""Seconds after which a page's kernel is ended when no browser shows it any more."""

_REFILL = 5.0
"""Seconds until the next kernel is made warm: the page that took this one wants the processor first."""


class PageServer(NamedTuple):
    """Where one of them listens, the token it asks for, and the home whose notebooks it shows."""

    home: Home
    ip: str
    port: int
    token: str


def page_server(name: str, server: PageServer, more: Mapping[str, str]) -> Command:
    """Lay out what one of SERVERS needs; how it is started, with `more` in its environment."""
    home = server.home
    put_notebooks(home.notebooks)
    _ask_for_no_news(home)
    module, file, settings = SERVERS[name]
    write_private(home.etc(name) / file, msgspec.json.encode(settings(server)).decode())
    return Command((sys.executable, "-m", module), _environ(home, name) | dict(more), home.notebooks)


def _ask_for_no_news(home: Home) -> None:
    """JupyterLab would ask whether it may fetch news; a farm may have no internet to fetch them from."""
    folder = home.data("jupyter") / "settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "notification.jupyterlab-settings"
    if not file.exists():
        file.write_text('{"fetchNews": "false", "checkForUpdates": false}')


def _environ(home: Home, name: str) -> dict[str, str]:
    """Nothing of the user's own Jupyter comes in, and nothing of ours gets there."""
    return {
        "FARMSTREAM_HOME": str(home.path),
        "JUPYTER_CONFIG_DIR": str(home.etc(name)),
        "JUPYTER_NO_CONFIG": "",
        "JUPYTER_PATH": str(WEB),
        "JUPYTER_DATA_DIR": str(home.data(name)),
        "JUPYTER_RUNTIME_DIR": str(home.data(name) / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home.data(name) / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home.data(name) / "workspaces"),
        "IPYTHONDIR": str(home.data(name) / "ipython"),
    }


def _place(server: PageServer) -> dict[str, Any]:
    """Where it listens, that port or none, and what it shows."""
    return {
        "ip": server.ip,
        "port": server.port,
        "port_retries": 0,
        "open_browser": False,
        "root_dir": str(server.home.notebooks),
    }


def _lab_settings(server: PageServer) -> dict[str, Any]:
    return {
        "ServerApp": {
            **_place(server),
            "allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
            "jpserver_extensions": {"jupyterlab": True, "voila": True},
        },
        "IdentityProvider": {"token": str(server.token)},
        "LabApp": {"extension_manager": "readonly", "check_for_updates_class": _NO_UPDATES},
        "VoilaConfiguration": _PAGE,
    }


def _page_settings(server: PageServer) -> dict[str, Any]:
    return {
        "Voila": {
            **_place(server),
            "connection_dir_root": str(server.home.data("dashboards")),
            "token": str(server.token),
        },
        "VoilaConfiguration": {**_PAGE, "preheat_kernel": True},
        "VoilaKernelManager": {"preheat_denylist": [_all_but(PAGES)], "fill_delay": _REFILL},
        "MappingKernelManager": {"cull_idle_timeout": _UNWATCHED, "cull_interval": 60},
    }


SERVERS = {
    "jupyter": ("jupyterlab", "jupyter_server_config.json", _lab_settings),
    "dashboards": ("voila", "voila.json", _page_settings),
}
"""Server → Python module, its file of settings, and what stands in that."""

_PAGE = {
    "template": "farmstream",
    "file_allowlist": [],
    # each that is not needed costs a page some of its first second
    "extension_denylist": [
        "jupyterlab-plotly",
        "jupyterlab_pygments",
        "@voila-dashboards/jupyterlab-preview",
    ],
}
_NO_UPDATES = "jupyterlab.handlers.announcements.NeverCheckForUpdate"


def _all_but(pages: Mapping[str, Path]) -> str:
    """A pattern for all paths that end in none of these notebooks."""
    return f"^(?!.*({'|'.join(file.name for file in pages.values())})$)"
