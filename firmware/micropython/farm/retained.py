"""Boot and sequence counters: the boot number on flash, both in memory that outlives deep sleep.

A cold start or a reset is a boot: its number is one more than the one on flash, written before the
first reading. A wake from deep sleep is not: it goes on with the numbers that the retained memory
(RTC memory on the ESP32, watchdog scratch registers on the RP2040) holds, checked by CRC-32. Into that
is written, too, that a sleep or a restart is meant: of a Pico W's causes all but power are the watchdog.
"""

import binascii
import os
import struct

FORMAT = "<III"
SIZE = 16
RUNNING, ASLEEP, RESTARTING = 0, 0x51EE9000, 0x2E57A270
"""What the board was about to do, added to the CRC."""


class Counters:
    """`boot`, and `take()` for the next seq; `memory` has `load() -> bytes` and `save(bytes)`.

    `meant` is why the board started where it meant to: `deepsleep` or `soft`, else None.
    """

    def __init__(self, path, memory):
        self._path = path
        self._memory = memory
        kept, mark = _unpack(memory.load())
        self.meant = {ASLEEP: "deepsleep", RESTARTING: "soft"}.get(mark)
        if mark == ASLEEP:
            self.boot, self._next, self.uptime_ms = kept
        else:
            self.boot, self._next, self.uptime_ms = self._count_boot(), 0, 0
        self.keep(self.uptime_ms)

    def take(self):
        """The next sequence number, kept before it is used."""
        seq = self._next
        self._next += 1
        self.keep(self.uptime_ms)
        return seq

    def keep(self, uptime_ms, mark=RUNNING):
        """Write the counters, how long this boot has lasted, and what comes now into the retained memory."""
        self.uptime_ms = uptime_ms
        body = struct.pack(FORMAT, self.boot, self._next, uptime_ms & 0xFFFFFFFF)
        self._memory.save(body + struct.pack("<I", binascii.crc32(body) ^ mark))

    def _count_boot(self):
        boot = max(_number(self._path), _number(self._path + ".new")) + 1
        with open(self._path + ".new", "w") as file:
            file.write("%d %d" % (boot, _check(boot)))
        os.rename(self._path + ".new", self._path)
        return boot


def _unpack(data):
    """The counters and the mark, None and None where the memory holds neither."""
    if not data or len(data) < SIZE:
        return None, None
    body, crc = data[:12], struct.unpack_from("<I", data, 12)[0]
    mark = crc ^ binascii.crc32(body)
    if mark not in (RUNNING, ASLEEP, RESTARTING):
        return None, None
    return struct.unpack(FORMAT, body), mark


def _number(path):
    try:
        with open(path) as file:
            number, check = file.read().split()
        return int(number) if int(check) == _check(int(number)) else 0
    except (OSError, ValueError):
        return 0


def _check(number):
    return binascii.crc32(str(number).encode())
