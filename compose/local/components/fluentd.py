"""The Fluentd hop: the installed Fluentd with its Kafka plugin, else the embedded collector."""

import sys

from compose.local.component import Command, Component
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.stats import fetch_json
from compose.local.toml import write_toml
from fluentd.conf import fluentd_command, render
from fluentd.installed import fluentd_available
from telemetry.errors import SettingsError

__all__ = ["fluentd", "installed_fluentd"]


def fluentd(stack: Stack, program: str | None) -> Component:
    """`program` is the installed Fluentd, None for the embedded one; ready when its monitor answers."""
    page = "/api/plugins.json" if program else "/health"
    return Component(
        name="fluentd",
        log=stack.home.log("fluentd"),
        needs=("kafka",),
        port=stack.ports["fluentd"],
        prepare=lambda: _installed(stack, program) if program else _embedded(stack),
        ready=lambda: fetch_json(stack.address("collector"), page) is not None,
        start_timeout=60,
        stop_grace=40,
    )


def installed_fluentd(stack: Stack) -> str | None:
    """The Fluentd that the home's settings and this machine give; None is the embedded collector."""
    wanted = stack.settings.fluentd.hop
    if wanted == "embedded":
        return None
    found = fluentd_available()
    if wanted == "fluentd" and found.command is None:
        raise SettingsError(
            f'{stack.home.settings}: the hop is to be fluentd. {found.reason} Or write hop = "auto".'
        )
    return found.command


def _installed(stack: Stack, program: str) -> Command:
    config = stack.home.etc("fluentd") / "fluent.conf"
    values = {
        "FLUENTD_BIND": LOOPBACK,
        "FLUENTD_PORT": stack.ports["fluentd"],
        "FLUENTD_HTTP_PORT": stack.ports["collector"],
        "FLUENTD_KAFKA": stack.address("kafka"),
        "FLUENTD_BUFFER": stack.home.data("fluentd"),
    }
    config.write_text(render(values))
    return Command(fluentd_command(program, config))


def _embedded(stack: Stack) -> Command:
    settings = {
        "listen": {"host": LOOPBACK, "port": stack.ports["fluentd"]},
        "http": {"host": LOOPBACK, "port": stack.ports["collector"]},
        # Kafka and Spark share this machine: fewer and larger batches cost them less.
        "kafka": {"bootstrap": stack.address("kafka"), "linger": "20ms"},
    }
    config = write_toml(stack.home.etc("fluentd") / "collector.toml", settings)
    return Command((sys.executable, "-m", "fluentd.collector", "--config", str(config)))
