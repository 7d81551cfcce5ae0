"""Run by MicroPython: the golden vectors through the board's own modules. argv: firmware, vectors."""

import json
import sys

sys.path.insert(0, sys.argv[1])
from farm import calibration, drivers, nmea

checked = 0


def load(name):
    with open(sys.argv[2] + "/" + name) as file:
        return json.load(file)


def equal(got, want, tolerance, what):
    global checked
    checked += 1
    if isinstance(want, (int, float)):
        assert abs(got - want) <= tolerance, (what, got, want)
    else:
        assert got == want, (what, got, want)


def fails(kind, reason, call, *args):
    global checked
    checked += 1
    try:
        got = call(*args)
    except kind as why:
        assert why.args[0] == reason, (args, why, reason)
    else:
        raise AssertionError((args, got))


data = load("calibration.json")
T = data["tolerance"]
for v in data["nernst"]:
    equal(calibration.nernst_slope(v["temperature"]), v["mv_per_ph"], T["nernst"], v)
for v in data["electrode"]:
    equal(calibration.electrode_mv(v["adc_mv"], v["zero_mv"], v["gain"]), v["mv"], T["electrode"], v)
for v in data["ph"]:
    equal(calibration.ph(v["mv"], v["slope"], v["offset_mv"], v["temperature"]), v["ph"], T["ph"], v)
for v in data["analog_fault"]:
    equal(calibration.analog_fault(v["mv"], v["full_scale_mv"]), v["fault"], 0, v)
for v in data["moisture"]:
    got = calibration.moisture(v["mv"], v["dry_mv"], v["wet_mv"], v["dry"], v["wet"])
    equal(got, v["moisture"], T["moisture"], v)
for v in data["ph_calibration"]["accepted"]:
    a, b = ((p["ph"], p["mv"], p["temperature"]) for p in v["points"])
    slope, offset = calibration.ph_two_point(a, b)
    equal(slope, v["slope"], T["slope"], v)
    equal(offset, v["offset_mv"], T["offset"], v)
for v in data["ph_calibration"]["refused"]:
    points = [(p["ph"], p["mv"], p["temperature"]) for p in v["points"]]
    fails(ValueError, v["reason"], calibration.ph_two_point, *points)
for v in data["moisture_calibration"]["accepted"]:
    calibration.moisture_two_point(v["dry_mv"], v["wet_mv"], v["dry"], v["wet"])
for v in data["moisture_calibration"]["refused"]:
    fails(
        ValueError, v["reason"], calibration.moisture_two_point, v["dry_mv"], v["wet_mv"], v["dry"], v["wet"]
    )
for v in data["sht3x"]:
    if "fault" in v:
        fails(drivers.SensorFault, v["fault"], drivers.sht3x_values, bytes.fromhex(v["hex"]))
    else:
        temperature, humidity = drivers.sht3x_values(bytes.fromhex(v["hex"]))
        equal(temperature, v["temperature"], T["temperature"], v)
        equal(humidity, v["humidity"], T["temperature"], v)
for v in load("crc.json")["crc8"]:
    equal("%02X" % drivers.crc8(bytes.fromhex(v["hex"])), v["crc"], 0, v)

data = load("nmea.json")
for v in data["valid"]:
    got = nmea.parse(v["sentence"].encode())
    if v["position"] is None:
        equal(got, None, 0, v)
    else:
        equal(got[0], round(v["position"]["lon"] * 100000), 1, v)
        equal(got[1], round(v["position"]["lat"] * 100000), 1, v)
for v in data["no_fix"]:
    fails(nmea.NoFix, v["fault"], nmea.parse, v["sentence"].encode())
for v in data["invalid"]:
    fails(nmea.NmeaError, v["reason"], nmea.parse, v["sentence"].encode())
print(checked)
