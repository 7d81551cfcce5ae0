"""SHT3x: the six bytes of a measurement to temperature and humidity, with the sensor's CRC-8.

Formulas and checksum: Sensirion data sheet SHT3x-DIS, version 7, sections 4.12 and 4.13.
"""

from telemetry.errors import FarmstreamError

__all__ = ["Sht3xError", "crc8", "sht3x_frame", "sht3x_measurement"]


class Sht3xError(FarmstreamError):
    """The sensor's bytes are not a measurement; a reading carries the fault `crc` in its place."""


def crc8(data: bytes) -> int:
    """Polynomial 0x31, init 0xFF; `crc8(b"\\xBE\\xEF") == 0x92`."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x31 if crc & 0x80 else 0)) & 0xFF
    return crc


def sht3x_measurement(frame: bytes) -> tuple[float, float]:
    """(°C, %RH) from the bytes T-high T-low CRC RH-high RH-low CRC; Sht3xError where a CRC is wrong."""
    if len(frame) != 6 or crc8(frame[0:2]) != frame[2] or crc8(frame[3:5]) != frame[5]:
        raise Sht3xError("The SHT3x answered with a wrong checksum: check its wiring and pull-up resistors.")
    temperature = -45.0 + 175.0 * int.from_bytes(frame[0:2], "big") / 65535.0
    return temperature, 100.0 * int.from_bytes(frame[3:5], "big") / 65535.0


def sht3x_frame(temperature: float, humidity: float) -> bytes:
    """The six bytes that a sensor sends at `temperature` °C and `humidity` %RH."""
    raw_t = round((temperature + 45.0) / 175.0 * 65535.0).to_bytes(2, "big")
    raw_h = round(humidity / 100.0 * 65535.0).to_bytes(2, "big")
    return raw_t + bytes([crc8(raw_t)]) + raw_h + bytes([crc8(raw_h)])
