"""The gateway as a process: `gateway.toml` in, SIGTERM stops it with nothing lost."""

import logging
import signal
import sys
from pathlib import Path

from edge_gateway.gateway import Gateway
from edge_gateway.settings import GatewaySettings
from telemetry.settings import load_settings

__all__ = ["main"]

log = logging.getLogger(__name__)


def main(config: Path) -> int:
    """Run the gateway until SIGTERM or SIGINT; 0 when it stopped as asked, FarmstreamError if it cannot."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with Gateway(load_settings(config, GatewaySettings), config.resolve().parent) as gateway:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: gateway.stopping.set())
        log.info("%s is up; health on port %d.", gateway.settings.name, gateway.http_port)
        gateway.run()
    return 0
