"""Settings: one JSON file, checked as a whole; every error names the setting and what it may be."""

import json


class SettingsError(Exception):
    """Its text lists everything that is wrong, a line each."""


def _text(value):
    return isinstance(value, str) and len(value) > 0, "a text"


def _board_id(value):
    good = isinstance(value, str) and 1 <= len(value) <= 32
    good = good and all(c.isalpha() or c.isdigit() or c in "_-" for c in value)
    return good, "1 to 32 letters, digits, - or _"


def _flag(value):
    return value is True or value is False, "true or false"


def _within(low, high, whole=False):
    def check(value):
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        kind = "a whole number" if whole else "a number"
        return number and low <= value <= high, "%s from %s to %s" % (kind, low, high)

    return check


def _hex_key(value):
    good = isinstance(value, str) and len(value) >= 32 and len(value) % 2 == 0
    return good and all(c in "0123456789abcdef" for c in value), "at least 32 hexadecimal digits"


_pin = _within(0, 48, True)
_mv = _within(0, 5000)

# name: (check, default); a default of None makes the setting optional, ... makes it required.
_SCHEMA = {
    "id": (_board_id, ...),
    "interval_s": (_within(1, 86400, True), 30),
    "deep_sleep": (_flag, False),
    "watchdog_s": (_within(2, 8, True), 8),
    "ntp_host": (_text, None),
    "update_key": (_hex_key, None),
    "wifi": {"ssid": (_text, ...), "password": (_text, None)},
    "mqtt": {
        "host": (_text, ...),
        "port": (_within(1, 65535, True), 8883),
        "tls": (_flag, True),
        "ca": (_text, None),
        "user": (_text, None),
        "password": (_text, None),
        "client_cert": (_text, None),
        "client_key": (_text, None),
        "keepalive_s": (_within(10, 3600, True), 60),
    },
    "store": {"per_segment": (_within(4, 256, True), 32), "max_segments": (_within(2, 1024, True), 64)},
    "position": {"lon": (_within(-180, 180), None), "lat": (_within(-90, 90), None)},
    "gps": {"uart": (_within(0, 2, True), None), "rx": (_pin, None), "tx": (_pin, None)},
    "sht3x": {"scl": (_pin, None), "sda": (_pin, None), "address": (_within(68, 69, True), 68)},
    "ph": {
        "pin": (_pin, None),
        "zero_mv": (_mv, 1650),
        "gain": (_within(0.1, 20), 3.0),
        "slope": (_within(0.85, 1.05), None),
        "offset_mv": (_within(-30, 30), 0),
        "full_scale_mv": (_mv, 3300),
    },
    "moisture": {
        "pin": (_pin, None),
        "dry_mv": (_mv, None),
        "wet_mv": (_mv, None),
        "dry": (_within(0, 100), 0),
        "wet": (_within(0, 100), 46),
        "full_scale_mv": (_mv, 3300),
    },
}


def checked(given):
    """The settings with their defaults; SettingsError lists all that is wrong."""
    wrong = []
    if not isinstance(given, dict):
        raise SettingsError("the settings must be one JSON object")
    settings = _section(_SCHEMA, given, "", wrong)
    if not wrong:
        _together(settings, wrong)
    if wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def load(path):
    """Read and check a file."""
    try:
        with open(path) as file:
            given = json.load(file)
    except OSError:
        raise SettingsError("%s is missing: copy settings.example.json and fill it in" % path)
    except ValueError:
        raise SettingsError("%s is not JSON: look for a missing comma or quote" % path)
    return checked(given)


def _section(schema, given, prefix, wrong):
    out = {}
    for name in given:
        if name not in schema:
            wrong.append("%s%s: no such setting" % (prefix, name))
    for name, rule in schema.items():
        value = given.get(name)
        if isinstance(rule, dict):
            if value is not None and not isinstance(value, dict):
                wrong.append("%s%s: must be an object" % (prefix, name))
                value = None
            out[name] = _section(rule, value or {}, prefix + name + ".", wrong)
        else:
            out[name] = _value(rule, value, prefix + name, wrong)
    return out


def _value(rule, value, name, wrong):
    check, default = rule
    if value is None:
        if default is ...:
            wrong.append("%s: is missing" % name)
        return default
    good, meaning = check(value)
    if not good:
        wrong.append("%s: must be %s" % (name, meaning))
    return value


def _together(settings, wrong):
    mqtt = settings["mqtt"]
    if mqtt["tls"] and not mqtt["ca"]:
        wrong.append("mqtt.ca: is missing: the file (DER) of the CA that signed the broker's certificate")
    for a, b in (("client_cert", "client_key"), ("user", "password")):
        if (mqtt[a] is None) != (mqtt[b] is None):
            wrong.append("mqtt.%s and mqtt.%s: give both or neither" % (a, b))
    position = settings["position"]
    if (position["lon"] is None) != (position["lat"] is None):
        wrong.append("position.lon and position.lat: give both or neither")
