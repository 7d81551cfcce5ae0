"""Time on a board: milliseconds since the boot that do not wrap, and UTC once it is known."""

import time

KNOWN_FROM_YEAR = 2024
"""A clock that says less was never set: MicroPython starts in 1970, 2000 or 2021."""


class Clock:
    """`uptime_ms` grows from `start_ms` (of the same boot, before a deep sleep); `now_ms` may be None."""

    def __init__(self, start_ms=0):
        self._uptime = start_ms
        self._ticks = time.ticks_ms()
        self.epoch_year = time.gmtime(0)[0]

    def uptime_ms(self):
        """Milliseconds since the boot; call it at least once in the 6 days that `ticks_ms` can tell."""
        ticks = time.ticks_ms()
        self._uptime += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._uptime

    def now_ms(self):
        """UTC milliseconds since 1970, None while the time is not known."""
        if time.gmtime()[0] < KNOWN_FROM_YEAR:
            return None
        return time.time_ns() // 1000000 + (946684800000 if self.epoch_year == 2000 else 0)

    def sleep_ms(self, duration):
        """Wait."""
        time.sleep_ms(duration)
