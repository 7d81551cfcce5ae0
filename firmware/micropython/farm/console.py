"""The console on the USB line: the commands of the Arduino's, so that one guide calibrates both.

`show` and `C ?` tell the settings, `raw` what the sensors give, `cal ph 4.01`, `cal moisture dry [%]` take
a point, `C key=value` sets `interval` (ms), `position` (LAT,LON), `ph` (SLOPE,OFFSET mV) or `moisture`
(DRY,WET mV). Answers begin with `L ok` or `L refused`. What is set is kept and holds at once.
"""

import json
import select
import sys

from switch import write

from farm import calibration
from farm.drivers import SensorFault
from farm.settings import SettingsError, checked

MAX_LINE = 120
HELP = "show | raw | measure | cal ph 4.01 | cal ph 6.86 | cal moisture dry|wet [PERCENT] | C key=value"


class Refusal(Exception):
    """The reason why a command is not taken."""


class Console:
    """`poll()` once a step: takes what has been typed, never waits."""

    def __init__(self, app, path, board, stdin=sys.stdin):
        self._app = app
        self._path = path
        self._board = board
        self._stdin = stdin
        self._poll = select.poll()
        self._poll.register(stdin, select.POLLIN)
        self._line = ""
        self._first = None

    def poll(self):
        """Work on the typed characters."""
        while self._poll.poll(0):
            char = self._stdin.read(1)
            if not char:  # the end of a file: nobody will type any more
                self._poll = _Nobody
            elif char in "\r\n":
                line, self._line = self._line, ""
                if line:
                    self.handle(line)
            elif len(self._line) < MAX_LINE:
                self._line += char

    def hello(self):
        """One line: who this is."""
        s, app = self._app.settings, self._app
        fields = s["id"], app.report()["fw"], self._board, app.counters.boot, app.report()["reset"]
        more = s["interval_s"] * 1000, len(app.store), app.store.dropped
        print("H id=%s fw=%s board=%s boot=%d reset=%s" % fields, end=" ")
        print("interval=%d waiting=%d dropped=%d settings=good" % more)

    def handle(self, line):
        """One command; a wrong one is told, never raised."""
        line = line[2:] if line.startswith("C ") else line
        equals, space = line.find("="), line.find(" ")
        cut = min(at for at in (equals, space, len(line)) if at >= 0)
        key, value = line[:cut], line[cut + 1 :].strip()
        try:
            if key in ("show", "?"):
                self._show()
            elif key == "raw":
                print(self._raw())
            elif key == "measure":
                self._app.measure()
            elif key == "help":
                print("L " + HELP)
            elif key == "cal":
                print("L ok cal " + self._calibrate(value))
            else:
                self._keep(_setting(key, value))
                print("L ok " + key)
        except (Refusal, SettingsError) as why:
            print("L refused %s: %s" % (key, str(why).replace("\n", "; ")))

    def _show(self):
        s = self._app.settings
        self.hello()
        place, ph, moisture = s["position"], s["ph"], s["moisture"]
        print(
            "L position=" + ("none" if place["lat"] is None else "%.5f,%.5f" % (place["lat"], place["lon"]))
        )
        print(
            "L ph="
            + ("uncalibrated" if ph["slope"] is None else "%.4f,%.2f" % (ph["slope"], ph["offset_mv"]))
        )
        points = moisture["dry_mv"] or 0, moisture["wet_mv"] or 0, moisture["dry"], moisture["wet"]
        print("L moisture=%d,%d at %.2f,%.2f" % points)

    def _raw(self):
        sensors = self._app.sensors
        temperature, humidity = _tried(lambda: sensors.sht3x.read(), 2) if sensors.sht3x else ("!absent",) * 2
        at = None if isinstance(temperature, str) else temperature
        ph, moisture = sensors.ph, sensors.moisture
        values = (
            _tried(lambda: ph.analog.millivolts()) if ph else "!absent",
            _tried(lambda: ph.electrode_mv()) if ph else "!absent",
            _tried(lambda: moisture.analog.millivolts()) if moisture else "!absent",
            temperature,
            humidity,
            _tried(lambda: ph.read(at)) if ph else "!absent",
            _tried(lambda: moisture.read()) if moisture else "!absent",
        )
        text = "L raw ph_mv=%s electrode_mv=%s moisture_mv=%s temp=%s hum=%s ph=%s vwc=%s"
        return text % tuple(v if isinstance(v, str) else "%.2f" % v for v in values)

    def _calibrate(self, words):
        what, rest = (words + " ").split(" ", 1)
        rest = rest.split()
        if what == "ph" and len(rest) == 1:
            return self._calibrate_ph(_number(rest[0], 1, 13, "a buffer of pH 1 to 13"))
        if what == "moisture" and rest and rest[0] in ("dry", "wet") and len(rest) <= 2:
            return self._calibrate_moisture(*rest)
        raise Refusal("cal ph 4.01, cal ph 6.86, cal moisture dry or cal moisture wet")

    def _calibrate_ph(self, buffer):
        sensors = self._app.sensors
        if not sensors.ph:
            raise Refusal("the board has no pH probe: ph.pin")
        mv = _measured(sensors.ph.electrode_mv)
        temperature = _tried(lambda: sensors.sht3x.read(), 2)[0] if sensors.sht3x else None
        point = buffer, mv, None if isinstance(temperature, str) else temperature
        if self._first is None or abs(self._first[0] - buffer) < 1:
            self._first = point
            return "ph: first point taken, %.2f mV; now the other buffer" % mv
        first, self._first = self._first, None
        try:
            slope, offset = calibration.ph_two_point(first, point)
        except ValueError as why:
            raise Refusal("%s is not good: clean or replace the probe, start again" % why.args[0])
        self._keep({"ph": {"slope": round(slope, 4), "offset_mv": round(offset, 2)}})
        return "ph: slope %.2f %%, offset %.2f mV" % (slope * 100, offset)

    def _calibrate_moisture(self, name, percent=None):
        probe, kept = self._app.sensors.moisture, self._app.settings["moisture"]
        if not probe:
            raise Refusal("the board has no moisture probe: moisture.pin")
        now = {"dry_mv": kept["dry_mv"], "wet_mv": kept["wet_mv"], "dry": kept["dry"], "wet": kept["wet"]}
        now[name + "_mv"] = round(_measured(probe.analog.millivolts), 1)
        if percent is not None:
            now[name] = _number(percent, 0, 100, "water content is 0 to 100 %")
        both = now["dry_mv"] is not None and now["wet_mv"] is not None
        try:
            if both:
                calibration.moisture_two_point(now["dry_mv"], now["wet_mv"], now["dry"], now["wet"])
        except ValueError:
            raise Refusal("dry and wet are less than 200 mV apart, or wet is not wetter")
        self._keep({"moisture": now})
        return "moisture: %s %.0f mV%s" % (name, now[name + "_mv"], "" if both else "; now the other point")

    def _keep(self, changes):
        """Check, write, and let it hold at once: the drivers share these objects."""
        settings = self._app.settings
        new = dict(settings)
        for name, value in changes.items():
            new[name] = merged(settings[name], value)
        checked(new)
        write(self._path, json.dumps(new))
        for name, value in changes.items():
            if isinstance(value, dict):
                settings[name].update(value)
            else:
                settings[name] = value


class _Nobody:
    @staticmethod
    def poll(_):
        return []


def merged(old, new):
    """A section with its changes, or a plain value."""
    if not isinstance(new, dict):
        return new
    out = dict(old)
    out.update(new)
    return out


def _setting(key, value):
    if key == "interval":
        return {"interval_s": int(_number(value, 1000, 86400000, "1000 to 86400000 ms")) // 1000}
    names = {"position": ("lat", "lon"), "ph": ("slope", "offset_mv"), "moisture": ("dry_mv", "wet_mv")}
    if key not in names:
        raise Refusal("unknown, `help` lists all; the rest is in settings.json")
    if key == "position" and value == "none":
        return {key: {"lat": None, "lon": None}}
    parts = value.split(",")
    if len(parts) != 2:
        raise Refusal("two numbers with a comma")
    return {key: {name: _number(part, -1e6, 1e6, "a number") for name, part in zip(names[key], parts)}}


def _number(text, low, high, meaning):
    try:
        number = float(text)
    except ValueError:
        raise Refusal(meaning)
    if not low <= number <= high:
        raise Refusal(meaning)
    return number


def _measured(read):
    try:
        return read()
    except SensorFault as why:
        connected = why.args[0] != "disconnected"
        raise Refusal("the input is above its range" if connected else "the sensor is not connected")


def _tried(read, count=1):
    """What `read` gives, or `!reason` (`count` of them)."""
    try:
        return read()
    except SensorFault as why:
        return "!" + why.args[0] if count == 1 else ("!" + why.args[0],) * count
