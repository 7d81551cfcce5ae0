"""`machine` for the unix port: pins and buses read `stimuli.json` of the board's folder at each use.

Stimuli: {"adc": {"<pin>": millivolts}, "sht3x": "<12 hex digits>" or null (nothing answers),
"nmea": ["$GPGGA…", …] (a sentence a second, in turn) or null, "hang": true (the next ADC sample never
ends)}. What outlives a reset on a chip is in files: `rtc` (retained memory), `cause` (of the next start).
"""

import json
import os
import sys
import time

ESP32 = os.uname()[0] == "esp32"
PWRON_RESET, WDT_RESET = 1, 3
if ESP32:
    HARD_RESET, DEEPSLEEP_RESET, SOFT_RESET = 2, 4, 5
EXIT_RESET, EXIT_SLEEP = 3, 4


def _stimuli():
    with open("stimuli.json") as file:
        return json.load(file)


def reset_cause():
    try:
        with open("cause") as file:
            return int(file.read()) if ESP32 else WDT_RESET
    except OSError:
        return PWRON_RESET


def _leave(code):
    """End the interpreter: by the file where it would go on as a REPL (its `-i`)."""
    with open("leaving", "w") as file:
        file.write(str(code))
    sys.exit(code)


def reset():
    _leave(EXIT_RESET)


def lightsleep(ms):
    """The watchdog goes on counting meanwhile, as on a Pico W."""
    time.sleep_ms(ms)


def deepsleep(ms):
    with open("sleep", "w") as file:
        file.write(str(ms))
    _leave(EXIT_SLEEP)


class WDT:
    """Writes a heartbeat; who runs this interpreter ends it when the heartbeat stops."""

    def __init__(self, timeout):
        with open("watchdog", "w") as file:
            file.write(str(timeout))
        self._last = -1000
        self.feed()

    def feed(self):
        now = time.ticks_ms()
        if time.ticks_diff(now, self._last) > 200:
            self._last = now
            with open("heartbeat", "w") as file:
                file.write(str(now))


class Pin:
    def __init__(self, number):
        self.number = number


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, atten=None):
        self._pin = str(pin.number)

    def read_u16(self):
        stimuli = _stimuli()
        while stimuli.get("hang"):
            pass
        return min(65535, int(stimuli["adc"].get(self._pin, 0) * 65535 / 3300))

    def read_uv(self):
        """On the ESP32 alone, by the chip's own calibration."""
        return self.read_u16() * 3300000 // 65535


class I2C:
    def __init__(self, number, scl, sda, freq):
        self._command = None

    def writeto(self, address, data):
        if not _stimuli().get("sht3x"):
            raise OSError(5)
        self._command = data

    def readfrom(self, address, count):
        if self._command != b"\x24\x00":
            raise OSError(5)
        return bytes.fromhex(_stimuli()["sht3x"])[:count]


class UART:
    def __init__(self, number, baud, tx=None, rx=None, rxbuf=256):
        self._turn = 0
        self._last = None

    def any(self):
        now = time.ticks_ms()
        due = self._last is None or time.ticks_diff(now, self._last) >= 1000
        return 1 if due and _stimuli().get("nmea") else 0

    def read(self):
        sentences = _stimuli()["nmea"]
        self._last = time.ticks_ms()
        self._turn += 1
        return sentences[self._turn % len(sentences)].encode() + b"\r\n"


class RTC:
    """The ESP32's retained memory, in the file `rtc`."""

    def memory(self, *data):
        if data:
            with open("rtc", "wb") as file:
                file.write(data[0])
            return None
        try:
            with open("rtc", "rb") as file:
                return file.read()
        except OSError:
            return b""


class _Scratch:
    """The RP2040's scratch registers, in the file `rtc`."""

    def __getitem__(self, address):
        try:
            with open("rtc") as file:
                return json.load(file).get(str(address), 0)
        except (OSError, ValueError):
            return 0

    def __setitem__(self, address, word):
        try:
            with open("rtc") as file:
                words = json.load(file)
        except (OSError, ValueError):
            words = {}
        words[str(address)] = word
        with open("rtc", "w") as file:
            json.dump(words, file)


mem32 = _Scratch()
