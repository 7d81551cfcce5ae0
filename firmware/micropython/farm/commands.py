"""Commands on `farm/<id>/command`, JSON in and JSON out: show, set, update, piece, restart."""

import json

from switch import write

from farm.settings import SettingsError, checked
from farm.update import UpdateError

REMOTE = ("interval_s", "position", "ph", "moisture", "deep_sleep")
"""What may be set from afar: nothing that could cut the board off."""


class Commands:
    """`handle(payload) -> answer`; sets `restart` when the board is to be reset."""

    def __init__(self, settings, path, updater):
        self._settings = settings
        self._path = path
        self._updater = updater
        self.restart = False

    def handle(self, payload):
        """The answer to one command; a wrong one is told, never raised."""
        try:
            command = json.loads(payload)
            name = command["do"]
            if name == "show":
                return {"done": "show", "settings": _public(self._settings)}
            if name == "set":
                return self._set(command)
            if name == "restart":
                self.restart = True
                return {"done": "restart"}
            if name == "update":
                return self._next(self._updater.begin(command["manifest"]))
            if name == "piece":
                return self._next(self._updater.take(command))
        except (SettingsError, UpdateError) as why:
            return {"error": str(why)}
        except (ValueError, KeyError, TypeError, AttributeError):
            return {"error": "the command is not understood"}
        return {"error": "no such command: %s" % name}

    def _set(self, command):
        given = command["settings"]
        for name in given:
            if name not in REMOTE:
                raise SettingsError("%s: cannot be set from afar" % name)
        merged = _merged(self._settings, given)
        checked(merged)
        write(self._path, json.dumps(merged))
        self.restart = True
        return {"done": "set"}

    def _next(self, wanted):
        if wanted is not None:
            return {"want": wanted}
        self._updater.switch()
        self.restart = True
        return {"done": "update"}


def _merged(old, new):
    out = dict(old)
    for name, value in new.items():
        section = isinstance(value, dict) and isinstance(out.get(name), dict)
        out[name] = _merged(out[name], value) if section else value
    return out


def _public(settings):
    shown = dict(settings)
    shown["wifi"] = {"ssid": settings["wifi"]["ssid"]}
    secret = ("password", "client_key")
    shown["mqtt"] = {k: v for k, v in settings["mqtt"].items() if k not in secret}
    shown.pop("update_key")
    return shown
