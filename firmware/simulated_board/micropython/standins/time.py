"""`time` for the unix port, `FARMSTREAM_PACE` times as fast as the wall's; the date begins as much earlier.

With a pace of 12 ten minutes of the board are fifty seconds, and their dates still lie in the past. With
`"clock": false` in `stimuli.json` the date is 1970 until `ntptime` has set it, as on a chip that starts.
"""

import json
import os

import utime
from utime import *

PACE = int(os.getenv("FARMSTREAM_PACE") or 1)
_BEHIND_NS = 1200 * 1000000000 if PACE > 1 else 0
_START_NS = utime.time_ns()
_START_MS = utime.ticks_ms()
with open("stimuli.json") as file:
    known = json.load(file).get("clock", True)


def gmtime(*seconds):
    return utime.gmtime(*seconds) if known or seconds else utime.gmtime(utime.ticks_ms() // 1000 % 86400)


def ticks_ms():
    passed = utime.ticks_diff(utime.ticks_ms(), _START_MS)
    return utime.ticks_add(_START_MS, passed * PACE)


def time_ns():
    return _START_NS - _BEHIND_NS + (utime.time_ns() - _START_NS) * PACE


def sleep_ms(ms):
    utime.sleep_ms(max(1, ms // PACE))
