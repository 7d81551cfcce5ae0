"""Run by MicroPython: every wrong setting is named with what it may be. argv: firmware."""

import sys

sys.path.insert(0, sys.argv[1])
from farm.settings import SettingsError, checked

GOOD = {"id": "b-1", "wifi": {"ssid": "barn"}, "mqtt": {"host": "h", "ca": "ca.der"}}


def wrong(text, **changes):
    given = dict(GOOD)
    given.update(changes)
    try:
        checked(given)
    except SettingsError as why:
        assert text in str(why), (text, str(why))
    else:
        raise AssertionError(changes)


assert checked(GOOD)["mqtt"]["port"] == 8883
wrong("id: must be 1 to 32 letters", id="a/b")
wrong("id: is missing", id=None)
wrong("interval_s: must be a whole number from 1 to 86400", interval_s=0)
wrong("interval_s: must be a whole number", interval_s=True)
wrong("intervall: no such setting", intervall=5)
wrong("wifi: must be an object", wifi="barn")
wrong("mqtt.ca: is missing", mqtt={"host": "h"})
wrong("mqtt.user and mqtt.password: give both", mqtt={"host": "h", "ca": "c", "user": "u"})
wrong("mqtt.port: must be a whole number from 1", mqtt={"host": "h", "ca": "c", "port": 0})
wrong("position.lon and position.lat", position={"lon": 3})
wrong("ph.slope: must be a number from 0.85 to 1.05", ph={"slope": 0.5})
wrong("update_key: must be at least 32", update_key="abc")
try:
    checked({"id": "a b", "interval_s": 0})
except SettingsError as why:
    assert len(str(why).split("\n")) == 4, str(why)
print("ok")
