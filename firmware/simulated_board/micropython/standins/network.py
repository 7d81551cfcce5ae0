"""`network` for the unix port: the machine's own network, up unless `stimuli.json` says `"wifi": false`."""

import json

STA_IF = 0


class WLAN:
    def __init__(self, interface):
        self._asked = False

    def active(self, on):
        self._asked = self._asked and on

    def connect(self, ssid, password):
        self._asked = True

    def isconnected(self):
        with open("stimuli.json") as file:
            return self._asked and json.load(file).get("wifi", True)

    def status(self, what):
        return -55
