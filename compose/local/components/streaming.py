"""The streaming jobs: one Spark application, checkpoints under HOME/checkpoints."""

import os
import sys
from pathlib import Path
from typing import Any

from compose.local.component import Command, Component
from compose.local.home_settings import beside
from compose.local.java import spark_java_home
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.toml import write_toml
from streaming.settings import Settings

__all__ = ["progress_file", "streaming", "streaming_settings"]


def progress_file(stack: Stack) -> Path:
    """Where the application tells how far its queries are."""
    return stack.home.run / "streaming.json"


def streaming(stack: Stack) -> Component:
    """Ready when it has told the progress of its queries for the first time."""
    return Component(
        name="streaming",
        log=stack.home.log("streaming"),
        needs=("kafka", "cassandra"),
        prepare=lambda: _prepare(stack),
        ready=progress_file(stack).exists,
        start_timeout=180,
        stop_grace=60,
    )


def streaming_settings(stack: Stack) -> dict[str, Any]:
    """What stands in its file; SettingsError where the home's settings do not fit."""
    own = {
        **stack.settings.shared,
        "checkpoints": str(stack.home.checkpoints),
        "progress": str(progress_file(stack)),
        "models": str(stack.home.models),
        "jars": [str(jar) for jar in stack.jars["spark"].files],
        "kafka": {"bootstrap": stack.address("kafka")},
        "cassandra": {"host": LOOPBACK, "port": stack.ports["cassandra"], "keyspace": stack.keyspace},
    }
    return beside(own, stack.settings.streaming, Settings, f"{stack.home.settings} [streaming]")


def _prepare(stack: Stack) -> Command:
    progress_file(stack).unlink(missing_ok=True)
    config = write_toml(stack.home.etc("streaming") / "streaming.toml", streaming_settings(stack))
    java = spark_java_home(stack.java, stack.home.etc("java"))
    path = os.pathsep.join((str(java / "bin"), os.environ.get("PATH", os.defpath)))
    argv = (sys.executable, "-m", "streaming.app", "--config", str(config))
    return Command(argv, {"JAVA_HOME": str(java), "PATH": path})
