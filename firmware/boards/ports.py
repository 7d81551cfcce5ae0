"""Which serial ports there are, what USB says stands behind them, and which board answers."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct
from msgspec.structs import replace
from serial.tools.list_ports import comports
from serial.tools.list_ports_common import ListPortInfo

from firmware.boards.errors import PortError, SilentBoard
from firmware.boards.talk import Talk

__all__ = ["Found", "find_boards"]

KNOWN = {
    (0x2341, 0x0043): "uno", (0x2341, 0x0001): "uno", (0x2341, 0x0243): "uno", (0x2A03, 0x0043): "uno",
    (0x2341, 0x0042): "mega", (0x2341, 0x0010): "mega", (0x2341, 0x0242): "mega", (0x2A03, 0x0042): "mega",
    (0x2E8A, 0x0005): "picow", (0x10C4, 0xEA60): "esp32", (0x303A, 0x1001): "esp32",
}  # fmt: skip
"""USB vendor and product to the board that it usually is; a CH340 (1A86:7523) may be any."""


class Found(Struct, frozen=True, kw_only=True):
    """A port. `state`: `answers` (then `hello` has its fields), `silent`, `in use`, or `not asked`."""

    port: str
    usb: str | None = None
    serial_number: str | None = None
    description: str | None = None
    looks_like: str | None = None
    state: str = "not asked"
    hello: dict[str, str] = {}
    problem: str | None = None


def find_boards(named: Sequence[str] = (), ask: bool = True, patience: float = 8.0) -> list[Found]:
    """The ports of the USB, or those `named`; asked all at once, which takes `patience` s at most."""
    ports = _named(named) if named else _on_usb()
    if not ask or not ports:
        return ports
    with ThreadPoolExecutor(len(ports)) as pool:
        return list(pool.map(lambda port: _asked(port, patience), ports))


def _on_usb() -> list[Found]:
    return [_usb(port) for port in sorted(comports()) if port.vid is not None]


def _named(names: Iterable[str]) -> list[Found]:
    known = {port.device: port for port in comports()}
    return [_usb(known[name]) if name in known else Found(port=name) for name in names]


def _usb(port: ListPortInfo) -> Found:
    if port.vid is None or port.pid is None:
        return Found(port=port.device, description=port.description)
    return Found(
        port=port.device,
        usb=f"{port.vid:04x}:{port.pid:04x}",
        serial_number=port.serial_number,
        description=port.product or port.description,
        looks_like=KNOWN.get((port.vid, port.pid)),
    )


def _asked(port: Found, patience: float) -> Found:
    try:
        with Talk(port.port) as talk:
            return replace(port, state="answers", hello=talk.hello(patience))
    except SilentBoard:
        return replace(port, state="silent")
    except PortError as why:
        state = "in use" if "in use" in str(why) else "cannot be opened"
        return replace(port, state=state, problem=str(why))
