"""An ESP32 that waits for its image: the serial protocol of its ROM loader and of esptool's stub.

Only what the board's side of the line does (docs.espressif.com, "Serial protocol"): the stub that esptool
uploads is not run, its commands are answered as it does. `flash` is what was written.
"""

import os
import pty
import select
import struct
import tty
import zlib
from hashlib import md5
from threading import Event, Thread
from types import TracebackType
from typing import Self

__all__ = ["Esp32Rom"]

_SYNC, _READ_REG, _MEM_END, _SECURITY = 0x08, 0x0A, 0x06, 0x14
_DEFL_BEGIN, _DEFL_DATA, _MD5, _ERASE = 0x10, 0x11, 0x13, 0xD0
_REGISTERS = {0x40001000: 0x00F01D83, 0x3FF42080: 0x001640EF}
"""Which chip it is (an ESP32), and the identity of its flash (4 MB of Winbond's)."""
_FLASH_BYTES = 4 << 20


class Esp32Rom:
    """A context manager; `path` is its port. A `chip_id` makes it one of the later chips (9: ESP32-S3)."""

    def __init__(self, chip_id: int | None = None) -> None:
        self.flash = bytearray(b"\x00" * _FLASH_BYTES)
        self.erased = False
        self._chip_id, self._stub = chip_id, False
        self._at, self._unpack = 0, zlib.decompressobj()
        self._outer, self._inner = pty.openpty()
        tty.setraw(self._inner)
        self.path = os.ttyname(self._inner)
        self._stop = Event()
        self._thread = Thread(target=self._serve, name="esp32", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._outer)
        os.close(self._inner)

    def _serve(self) -> None:
        rest = b""
        while not self._stop.is_set():
            if not select.select([self._outer], [], [], 0.1)[0]:
                continue
            rest += os.read(self._outer, 65536)
            while rest.count(b"\xc0") >= 2:
                _, packet, rest = rest.split(b"\xc0", 2)
                packet = packet.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
                if len(packet) >= 8:
                    self._answer(packet[1], packet[8:])

    def _answer(self, command: int, data: bytes) -> None:
        value, more, error = 0, b"", 0
        if command == _SYNC:
            value = 0x20120707
        elif command == _READ_REG:
            value = _REGISTERS.get(struct.unpack("<I", data)[0], 0)
        elif command == _SECURITY:
            error, more = (5, b"") if self._chip_id is None else (0, self._security())
        elif command == _ERASE:
            self.flash[:] = b"\xff" * _FLASH_BYTES
            self.erased = True
        elif command == _DEFL_BEGIN:
            self._at, self._unpack = struct.unpack_from("<I", data, 12)[0], zlib.decompressobj()
        elif command == _DEFL_DATA:
            self._write(self._unpack.decompress(data[16:]))
        elif command == _MD5:
            start, size = struct.unpack_from("<II", data)
            more = md5(self.flash[start : start + size]).digest()
        status = bytes([int(error > 0), error]) + (b"" if self._stub else b"\0\0")
        for _ in range(8 if command == _SYNC else 1):
            self._say(struct.pack("<BBHI", 1, command, len(more + status), value) + more + status)
        if command == _MEM_END:
            self._say(b"OHAI")
            self._stub = True

    def _security(self) -> bytes:
        return struct.pack("<IB7BII", 0, 0, *bytes(7), self._chip_id, 0)

    def _write(self, piece: bytes) -> None:
        self.flash[self._at : self._at + len(piece)] = piece
        self._at += len(piece)

    def _say(self, packet: bytes) -> None:
        body = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        os.write(self._outer, b"\xc0" + body + b"\xc0")
