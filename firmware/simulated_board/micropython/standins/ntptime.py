"""`ntptime` for the unix port, whose clock is the machine's own; no answer with `"ntp": false`."""

import json
import time

host = "localhost"


def settime():
    with open("stimuli.json") as file:
        if not json.load(file).get("ntp", True):
            raise OSError(110)
    time.known = True
