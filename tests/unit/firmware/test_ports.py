"""`boards list`: what USB says stands at a port; the ports are pyserial's, filled in by hand."""

import pytest
from serial.tools.list_ports_common import ListPortInfo

from firmware.boards import ports
from firmware.boards.ports import find_boards


def usb(device: str, vid: int, pid: int, product: str | None = None) -> ListPortInfo:
    found = ListPortInfo(device)
    found.vid, found.pid, found.product, found.serial_number = vid, pid, product, "7593231"
    return found


@pytest.fixture(autouse=True)
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [
        usb("/dev/ttyACM1", 0x2E8A, 0x0005, "Board in FS mode"),
        usb("/dev/ttyACM0", 0x2341, 0x0043),
        usb("/dev/ttyUSB0", 0x1A86, 0x7523, "USB Serial"),
        ListPortInfo("/dev/ttyS0"),
    ]
    monkeypatch.setattr(ports, "comports", lambda: known)


def test_ports_of_the_usb_with_their_identity_and_the_board_that_it_usually_is() -> None:
    found = find_boards(ask=False)
    assert [(port.port, port.usb, port.looks_like) for port in found] == [
        ("/dev/ttyACM0", "2341:0043", "uno"),
        ("/dev/ttyACM1", "2e8a:0005", "picow"),
        ("/dev/ttyUSB0", "1a86:7523", None),
    ]
    assert (found[1].description, found[1].serial_number) == ("Board in FS mode", "7593231")
    assert {port.state for port in found} == {"not asked"}


def test_a_port_that_is_named_need_not_be_on_usb() -> None:
    first, second = find_boards(["/dev/ttyS0", "/dev/pts/99"], ask=False)
    assert (first.port, first.usb) == ("/dev/ttyS0", None)
    assert (second.port, second.description) == ("/dev/pts/99", None)
