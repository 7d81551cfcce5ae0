"""TCP ports on loopback: the usual ones where they are free, chosen once for each home."""

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
import psutil
from msgspec import Meta

from telemetry.errors import FarmstreamError, SettingsError

__all__ = ["DASHBOARDS", "LOOPBACK", "PREFERRED", "PortInUse", "check_free", "choose_ports", "is_free"]

LOOPBACK = "127.0.0.1"

Port = Annotated[int, Meta(ge=1, le=65535)]

PREFERRED = {
    "mqtt": 1883,
    "fluentd": 24224,
    "kafka": 9092,
    "kafka-controller": 9093,
    "cassandra": 9042,
    "cassandra-storage": 7000,
    "gateway": 8470,
    "collector": 8471,
    "jupyter": 8888,
    "dashboards": 8866,
}
"""Each listener's usual port: that of its protocol, that of its program, or ours for the two health pages."""

DASHBOARDS = ("jupyter", "dashboards")
"""Those that `up --no-dashboards` does not need."""


class PortInUse(FarmstreamError):
    """The port that this home uses for `name` belongs to somebody else now."""

    def __init__(self, name: str, port: int, file: Path, holder: str | None) -> None:
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"Port {port}, which this home uses for {name}, is in use{by}: "
            f"stop that, or delete {file} to let farmstream choose other ports."
        )
        self.name, self.port = name, port


def is_free(port: int) -> bool:
    """Whether nothing listens on loopback at `port`, and we may."""
    with socket.socket() as probe:
        # As servers do: a port is free although old connections to it linger in TIME_WAIT.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    with socket.socket() as probe:
        # BSD lets a bind pass beside a listener on all addresses: ask for an answer, too.
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) != 0


def choose_ports(
    file: Path, wanted: Mapping[str, int] = PREFERRED, free: Callable[[int], bool] = is_free
) -> dict[str, int]:
    """Name → port as `file` has them; those that it lacks are chosen now, and written to it."""
    ports = _load(file)
    for name in [name for name in wanted if name not in ports]:
        taken = set(ports.values()) | (set(wanted.values()) - {wanted[name]})
        ports[name] = next(p for p in range(wanted[name], 65536) if p not in taken and free(p))
    draft = file.with_suffix(".new")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(ports), indent=1))
    draft.replace(file)
    return ports


def check_free(ports: Mapping[str, int], file: Path, free: Callable[[int], bool] = is_free) -> None:
    """PortInUse for the first port that is not free."""
    for name, port in ports.items():
        if not free(port):
            raise PortInUse(name, port, file, _holder(port))


def _load(file: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Port])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as why:
        raise SettingsError(f"{file} is not a list of ports ({why}): correct it, or delete it.") from why


def _holder(port: int) -> str | None:
    """`name (process 123)` of who listens there, as far as this user may know it."""
    try:
        found = [
            c.pid
            for c in psutil.net_connections("tcp")
            if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port and c.pid
        ]
        return f"{psutil.Process(found[0]).name()} (process {found[0]})" if found else None
    except psutil.Error:
        return None
