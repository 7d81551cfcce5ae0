"""The gateway: reads the broker and HOME/serial/*, spools under HOME/data/gateway, sends to the hop."""

import sys
from typing import Any

from compose.local.component import Command, Component
from compose.local.home_settings import beside
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.stats import fetch_json
from compose.local.toml import write_toml
from edge_gateway.settings import GatewaySettings

__all__ = ["gateway", "gateway_settings"]


def gateway(stack: Stack) -> Component:
    """Ready when its health page answers."""
    return Component(
        name="gateway",
        log=stack.home.log("gateway"),
        needs=("mqtt", "fluentd"),
        port=stack.ports["gateway"],
        prepare=lambda: _prepare(stack),
        ready=lambda: fetch_json(stack.address("gateway")) is not None,
        start_timeout=60,
        stop_grace=60,
    )


def gateway_settings(stack: Stack) -> dict[str, Any]:
    """What stands in its file; SettingsError where the home's settings do not fit."""
    own = {
        "name": "gateway-1",
        **stack.settings.shared,
        "spool": {"path": str(stack.home.data("gateway") / "spool.db")},
        "forward": {"host": LOOPBACK, "port": stack.ports["fluentd"], "drain": "20s"},
        "http": {"host": LOOPBACK, "port": stack.ports["gateway"]},
        "mqtt": {
            "host": LOOPBACK,
            "port": stack.ports["mqtt"],
            "username": stack.credentials["mqtt-gateway"].user,
            "password_file": str(stack.password_file("mqtt-gateway", "gateway")),
        },
        "serial": [{"ports": [str(stack.home.serial / "*")]}],
    }
    return beside(own, stack.settings.gateway, GatewaySettings, f"{stack.home.settings} [gateway]")


def _prepare(stack: Stack) -> Command:
    config = write_toml(stack.home.etc("gateway") / "gateway.toml", gateway_settings(stack))
    return Command((sys.executable, "-m", "compose.cli", "gateway", "--config", str(config)))
