"""The streaming jobs: one Spark application, checkpoints under HOME/checkpoints."""

import os
import sys
from pathlib import Path

from compose.local.component import Command, Component
from compose.local.java import spark_java_home
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.toml import write_toml

__all__ = ["progress_file", "streaming"]


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


def _prepare(stack: Stack) -> Command:
    progress_file(stack).unlink(missing_ok=True)
    settings = {
        "checkpoints": stack.home.checkpoints,
        "progress": progress_file(stack),
        "jars": list(stack.jars["spark"].files),
        "kafka": {"bootstrap": stack.address("kafka")},
        "cassandra": {"host": LOOPBACK, "port": stack.ports["cassandra"], "keyspace": stack.keyspace},
    }
    config = write_toml(stack.home.etc("streaming") / "streaming.toml", settings)
    java = spark_java_home(stack.java, stack.home.etc("java"))
    path = os.pathsep.join((str(java / "bin"), os.environ.get("PATH", os.defpath)))
    argv = (sys.executable, "-m", "streaming.app", "--config", str(config))
    return Command(argv, {"JAVA_HOME": str(java), "PATH": path})
