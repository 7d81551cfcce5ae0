"""What differs between an ESP32 and a Pico W, and how settings become drivers. The only user of `machine`."""

import os
import time

import machine

from farm.drivers import Analog, Gps, MoistureProbe, PhProbe, Sht3x

ESP32 = os.uname()[0] == "esp32"
BOARD = "esp32" if ESP32 else "picow"
SLICE_MS = 1000
"""Less than the shortest watchdog that the settings allow."""
RESET_CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET", "BROWN_OUT_RESET")


class Sensors:
    """The drivers that the settings name; None for a sensor that the board does not have."""

    def __init__(self, settings, clock, ticks_diff):
        self.sht3x = self.ph = self.moisture = self.gps = None
        bus, ph, moisture, gps = (settings[k] for k in ("sht3x", "ph", "moisture", "gps"))
        if bus["scl"] is not None:
            i2c = machine.I2C(0, scl=machine.Pin(bus["scl"]), sda=machine.Pin(bus["sda"]), freq=100000)
            self.sht3x = Sht3x(i2c, clock.sleep_ms, bus["address"])
        if ph["pin"] is not None:
            self.ph = PhProbe(Analog(adc(ph["pin"]), ph["full_scale_mv"]), ph)
        if moisture["pin"] is not None:
            self.moisture = MoistureProbe(Analog(adc(moisture["pin"]), moisture["full_scale_mv"]), moisture)
        if gps["uart"] is not None:
            uart = machine.UART(
                gps["uart"], 9600, tx=machine.Pin(gps["tx"]), rx=machine.Pin(gps["rx"]), rxbuf=512
            )
            self.gps = Gps(uart, clock.uptime_ms, ticks_diff)


class _ScaledAdc:
    """`read_uv` for a port without it: the RP2040's ADC is linear over 3.3 V."""

    def __init__(self, pin):
        self._adc = machine.ADC(pin)

    def read_uv(self):
        return self._adc.read_u16() * 3300000 // 65535


def adc(pin):
    """An ADC with `read_uv`: calibrated by the chip's own fuses on the ESP32."""
    if ESP32:
        return machine.ADC(machine.Pin(pin), atten=machine.ADC.ATTN_11DB)
    return _ScaledAdc(machine.Pin(pin))


class RtcMemory:
    """Retained memory on the ESP32: 2 kB that outlive deep sleep and resets, not a power cut."""

    def load(self):
        return machine.RTC().memory()

    def save(self, data):
        machine.RTC().memory(data)


class ScratchMemory:
    """Retained memory on the RP2040: watchdog scratch registers 0 to 3 (data sheet, 4.7.6)."""

    BASE = 0x4005800C

    def load(self):
        import struct

        return struct.pack("<IIII", *(machine.mem32[self.BASE + 4 * i] & 0xFFFFFFFF for i in range(4)))

    def save(self, data):
        import struct

        for index, word in enumerate(struct.unpack("<IIII", data)):
            machine.mem32[self.BASE + 4 * index] = word


def retained_memory():
    """The port's retained memory."""
    return RtcMemory() if ESP32 else ScratchMemory()


def deep_sleep(ms, feed):
    """Sleep, then start anew. A Pico W's own does just this, but its watchdog would bite in the middle."""
    if ESP32:
        machine.deepsleep(max(1, ms))  # 0 is for ever
    started = time.ticks_ms()
    left = ms
    while left > 0:
        feed()
        machine.lightsleep(min(left, SLICE_MS))
        left = ms - time.ticks_diff(time.ticks_ms(), started)
    machine.reset()


def reset_cause():
    """The cause of the last reset, as text: `pwron`, `wdt`, `deepsleep`, …"""
    cause = machine.reset_cause()
    for name in RESET_CAUSES:
        if getattr(machine, name, None) == cause:
            return name.replace("_RESET", "").lower()
    return "unknown"
