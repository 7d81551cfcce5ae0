"""Run by MicroPython with the stand-ins of an ESP32: it never sleeps without an end. argv: firmware, stand-ins."""

import sys

sys.path[:0] = sys.argv[2], sys.argv[1]
from farm import hardware

assert hardware.BOARD == "esp32"
hardware.deep_sleep(0, None)
