"""The notifiers, where the home's settings have a table `[notify]`; their list is under HOME/data/notify."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from compose.local.component import Command, Component
from compose.local.home_settings import beside
from compose.local.stack import Stack
from compose.local.toml import write_toml
from notify.settings import Settings, check_files

__all__ = ["notify", "notify_settings"]


def notify(stack: Stack) -> Component:
    """Ready when it has told for the first time what is waiting."""
    return Component(
        name="notify",
        log=stack.home.log("notify"),
        needs=("kafka",),
        prepare=lambda: _prepare(stack),
        ready=_progress(stack).exists,
        start_timeout=60,
        stop_grace=40,
    )


def notify_settings(stack: Stack) -> dict[str, Any]:
    """What stands in its file; SettingsError where the home's settings or files do not fit."""
    own = {
        "list": str(stack.home.data("notify") / "list.db"),
        "progress": str(_progress(stack)),
        "kafka": {"bootstrap": stack.address("kafka")},
    }
    both = beside(own, stack.settings.notify, Settings, f"{stack.home.settings} [notify]")
    check_files(msgspec.convert(both, Settings))
    return both


def _progress(stack: Stack) -> Path:
    return stack.home.run / "notify.json"


def _prepare(stack: Stack) -> Command:
    _progress(stack).unlink(missing_ok=True)
    config = write_toml(stack.home.etc("notify") / "notify.toml", notify_settings(stack))
    return Command((sys.executable, "-m", "compose.cli", "notify", "--config", str(config)))
