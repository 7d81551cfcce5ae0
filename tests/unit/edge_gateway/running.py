"""A whole gateway in this process: real spool, real sockets, real pseudo-terminals."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from edge_gateway.gateway import Gateway
from edge_gateway.settings import GatewaySettings


def settings(folder: Path, far_port: int, **spool: object) -> GatewaySettings:
    """Serial ports in `folder`/serial, the spool beside them, Fluentd on `far_port`, short waits."""
    (folder / "serial").mkdir(exist_ok=True)
    return msgspec.convert(
        {
            "name": "gw",
            "spool": {"path": "spool.db", "min_free_mib": 0, **spool},
            "forward": {
                "port": far_port, "ack_timeout": "2s", "retry_min": "20ms", "retry_max": "0.1s", "drain": "1s"
            },
            "http": {"port": 0},
            "serial": [{"ports": ["serial/*"]}],
        },
        GatewaySettings,
    )  # fmt: skip


@contextmanager
def running(chosen: GatewaySettings, folder: Path) -> Iterator[Gateway]:
    with Gateway(chosen, folder) as gateway:
        thread = threading.Thread(target=gateway.run)
        thread.start()
        try:
            yield gateway
        finally:
            gateway.stopping.set()
            thread.join()
