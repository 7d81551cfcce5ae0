"""The Fluentd hop: the installed Fluentd with its Kafka plugin, else the embedded collector."""

import sys

from compose.local.component import Command, Component
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.stats import fetch_json
from compose.local.toml import write_toml

__all__ = ["fluentd"]


def fluentd(stack: Stack) -> Component:
    """Ready when its health page answers."""
    return Component(
        name="fluentd",
        log=stack.home.log("fluentd"),
        needs=("kafka",),
        port=stack.ports["fluentd"],
        prepare=lambda: _collector(stack),
        ready=lambda: fetch_json(stack.address("collector")) is not None,
        start_timeout=60,
        stop_grace=40,
    )


def _collector(stack: Stack) -> Command:
    settings = {
        "listen": {"host": LOOPBACK, "port": stack.ports["fluentd"]},
        "http": {"host": LOOPBACK, "port": stack.ports["collector"]},
        # Kafka and Spark share this machine: fewer and larger batches cost them less.
        "kafka": {"bootstrap": stack.address("kafka"), "linger": "20ms"},
    }
    config = write_toml(stack.home.etc("fluentd") / "collector.toml", settings)
    return Command((sys.executable, "-m", "fluentd.collector", "--config", str(config)))
