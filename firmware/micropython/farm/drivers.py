"""The sensors; each receives its bus and gives a value or raises SensorFault with the reason."""

from farm import calibration, nmea


class SensorFault(Exception):
    """The value is missing; its first argument is one of the contract's faults."""


def crc8(data):
    """SHT3x checksum: polynomial 0x31, initial 0xFF; BEEF gives 92."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return crc


class Sht3x:
    """Temperature in °C and humidity in %RH over I2C (Sensirion SHT3x data sheet, version 7)."""

    def __init__(self, i2c, sleep_ms, address=0x44):
        self._i2c = i2c
        self._sleep_ms = sleep_ms
        self._address = address

    def read(self):
        """(temperature, humidity); single shot, high repeatability, which takes at most 15.5 ms."""
        try:
            self._i2c.writeto(self._address, b"\x24\x00")
            self._sleep_ms(16)
            data = self._i2c.readfrom(self._address, 6)
        except OSError as why:
            raise SensorFault("timeout" if why.args[0] == 110 else "disconnected")
        return sht3x_values(data)


def sht3x_values(data):
    """(°C, %RH) from the six bytes of a measurement."""
    if len(data) != 6:
        raise SensorFault("timeout")
    if crc8(data[:2]) != data[2] or crc8(data[3:5]) != data[5]:
        raise SensorFault("crc")
    temperature = -45 + 175 * (data[0] << 8 | data[1]) / 65535
    return temperature, 100 * (data[3] << 8 | data[4]) / 65535


class Analog:
    """Millivolts from an ADC: the mean of `samples` readings of `read_uv`."""

    def __init__(self, adc, full_scale_mv, samples=16):
        self._adc = adc
        self._full_scale_mv = full_scale_mv
        self._samples = samples

    def millivolts(self):
        """The mean; SensorFault at a rail."""
        total = 0
        for _ in range(self._samples):
            total += self._adc.read_uv()
        mv = total / self._samples / 1000
        fault = calibration.analog_fault(mv, self._full_scale_mv)
        if fault:
            raise SensorFault(fault)
        return mv


class PhProbe:
    """pH from the amplifier's millivolts; `settings`: zero_mv, gain, slope, offset_mv."""

    def __init__(self, analog, settings):
        self.analog = analog
        self._settings = settings

    def electrode_mv(self):
        """The electrode's mV."""
        s = self._settings
        return calibration.electrode_mv(self.analog.millivolts(), s["zero_mv"], s["gain"])

    def read(self, temperature):
        """pH; `temperature` in °C or None."""
        s = self._settings
        if s["slope"] is None:
            raise SensorFault("uncalibrated")
        return calibration.ph(self.electrode_mv(), s["slope"], s["offset_mv"], temperature)


class MoistureProbe:
    """Volumetric water content in %; `settings`: dry_mv, wet_mv, dry, wet."""

    def __init__(self, analog, settings):
        self.analog = analog
        self._settings = settings

    def read(self):
        """Moisture in %."""
        s = self._settings
        if s["dry_mv"] is None or s["wet_mv"] is None:
            raise SensorFault("uncalibrated")
        return calibration.moisture(self.analog.millivolts(), s["dry_mv"], s["wet_mv"], s["dry"], s["wet"])


class Gps:
    """The newest position from a UART; `fixed` ((lon, lat) in 1e-5 degrees) where there is no GPS."""

    MAX_LINE = 120

    def __init__(self, uart, ticks_ms, ticks_diff, max_age_ms=10000):
        self._uart = uart
        self._ticks_ms = ticks_ms
        self._ticks_diff = ticks_diff
        self._max_age_ms = max_age_ms
        self._buffer = b""
        self._position = None
        self._heard = None
        self._placed = None

    def poll(self):
        """Take in what has arrived; call it often enough that the UART's buffer does not overflow."""
        data = self._uart.read() if self._uart.any() else None
        self._buffer += data or b""
        while b"\n" in self._buffer:
            end = self._buffer.find(b"\n")
            self._take(self._buffer[:end].strip())
            self._buffer = self._buffer[end + 1 :]
        self._buffer = self._buffer[-self.MAX_LINE :]

    def read(self):
        """(lon, lat); SensorFault `disconnected` where nothing was heard, `no-fix` without a fix."""
        now = self._ticks_ms()
        if self._placed is not None and self._ticks_diff(now, self._placed) <= self._max_age_ms:
            return self._position
        silent = self._heard is None or self._ticks_diff(now, self._heard) > self._max_age_ms
        raise SensorFault("disconnected" if silent else "no-fix")

    def _take(self, line):
        try:
            found = nmea.parse(line)
        except nmea.NmeaError:
            return
        except nmea.NoFix:
            self._heard = self._ticks_ms()
            return
        self._heard = self._ticks_ms()
        if found:
            self._position, self._placed = found, self._heard
