"""JupyterLab with the notebooks, and the same dashboards as pages (Voilà, kernels kept warm).

Two servers, as Voilà keeps kernels warm only in a server of its own. Both ask for the same token, which
stands in files that only their owner can read, and nowhere else.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from compose.local.component import Command, Component
from compose.local.home import Home, write_private
from compose.local.java import Java, spark_java_home
from compose.local.notebook_files import put_notebooks
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.stats import answers_http
from notebooks import PAGES, WEB

__all__ = ["dashboards", "jupyter"]

_UNWATCHED = 600
"""Seconds after which a page's kernel is ended when no browser shows it any more."""


def jupyter(stack: Stack) -> Component:
    """JupyterLab; ready when it answers."""
    return _component(stack, "jupyter", "jupyterlab", _lab_settings(stack), "jupyter_server_config.json")


def _ask_for_no_news(home: Home) -> None:
    """JupyterLab would ask whether it may fetch news; a farm may have no internet to fetch them from."""
    folder = home.data("jupyter") / "settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "notification.jupyterlab-settings"
    if not file.exists():
        file.write_text('{"fetchNews": "false", "checkForUpdates": false}')


def dashboards(stack: Stack) -> Component:
    """The pages; ready when they answer, their kernels a few seconds later."""
    return _component(stack, "dashboards", "voila", _page_settings(stack), "voila.json")


def _component(stack: Stack, name: str, module: str, settings: Mapping[str, Any], file: str) -> Component:
    def prepare() -> Command:
        put_notebooks(stack.home.notebooks)
        _ask_for_no_news(stack.home)
        write_private(stack.home.etc(name) / file, msgspec.json.encode(settings).decode())
        return Command(
            (sys.executable, "-m", module), _environ(stack.home, stack.java, name), stack.home.notebooks
        )

    return Component(
        name=name,
        log=stack.home.log(name),
        needs=("streaming",),  # what shows readings does not compete with what brings them
        port=stack.ports[name],
        prepare=prepare,
        ready=lambda: answers_http(stack.address(name)),
        start_timeout=120,
        stop_grace=20,
    )


def _environ(home: Home, java: Java, name: str) -> dict[str, str]:
    """Nothing of the user's own Jupyter comes in, and nothing of ours gets there."""
    return {
        "FARMSTREAM_HOME": str(home.path),
        "JAVA_HOME": str(spark_java_home(java, home.etc("java"))),  # for notebooks that start a Spark
        "JUPYTER_CONFIG_DIR": str(home.etc(name)),
        "JUPYTER_NO_CONFIG": "",
        "JUPYTER_PATH": str(WEB),
        "JUPYTER_DATA_DIR": str(home.data(name)),
        "JUPYTER_RUNTIME_DIR": str(home.data(name) / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home.data(name) / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home.data(name) / "workspaces"),
        "IPYTHONDIR": str(home.data(name) / "ipython"),
    }


def _lab_settings(stack: Stack) -> dict[str, Any]:
    return {
        "ServerApp": {
            "ip": LOOPBACK,
            "port": stack.ports["jupyter"],
            "port_retries": 0,
            "open_browser": False,
            "allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
            "root_dir": str(stack.home.notebooks),
            "jpserver_extensions": {"jupyterlab": True, "voila": True},
        },
        "IdentityProvider": {"token": _token(stack)},
        "LabApp": {"extension_manager": "readonly", "check_for_updates_class": _NO_UPDATES},
        "VoilaConfiguration": _PAGE,
    }


def _page_settings(stack: Stack) -> dict[str, Any]:
    return {
        "Voila": {
            "ip": LOOPBACK,
            "port": stack.ports["dashboards"],
            "port_retries": 0,
            "open_browser": False,
            "root_dir": str(stack.home.notebooks),
            "connection_dir_root": str(stack.home.data("dashboards")),
            "token": _token(stack),
        },
        "VoilaConfiguration": {**_PAGE, "preheat_kernel": True},
        "VoilaKernelManager": {"preheat_denylist": [_all_but(PAGES)]},
        "MappingKernelManager": {"cull_idle_timeout": _UNWATCHED, "cull_interval": 60},
    }


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


def _token(stack: Stack) -> str:
    return str(stack.credentials["jupyter"].password)


def _all_but(pages: Mapping[str, Path]) -> str:
    """A pattern for all paths that end in none of these notebooks."""
    return f"^(?!.*({'|'.join(file.name for file in pages.values())})$)"
