"""Wiring: settings to drivers, queue, link and loop; and what a board does at its end: reset or sleep."""

import time

import machine
import switch

from farm import update
from farm.app import App
from farm.clock import Clock
from farm.commands import Commands
from farm.console import Console
from farm.hardware import BOARD, Sensors, deep_sleep, reset_cause, retained_memory
from farm.link import Link, tls_context
from farm.network import Network
from farm.retained import ASLEEP, RESTARTING, Counters
from farm.settings import SettingsError, load
from farm.store import Store

FIRMWARE = "1.0.0"
STEP_MS = 20
AWAKE_MS = 60000
"""A battery board sleeps after this long even where not all is delivered: the rest is on flash."""


def run(root, steps=None):
    """Run the board for ever (`steps` turns in a test); a SettingsError is printed, a line a setting."""
    try:
        settings = load(root + "/settings.json")
    except SettingsError as why:
        print("The settings are wrong; this board does not start:")
        print(why)
        return None
    app = build(root, settings)
    loop(app, root, steps)
    return app


def build(root, settings):
    """The application with everything it needs."""
    watchdog = machine.WDT(timeout=settings["watchdog_s"] * 1000)
    counters = Counters(root + "/boot", retained_memory())
    cause = counters.meant or reset_cause()
    clock = Clock(counters.uptime_ms)
    store = Store(root + "/queue", settings["store"]["per_segment"], settings["store"]["max_segments"])
    network = Network(settings, clock, watchdog.feed, _tls(root, settings["mqtt"]))
    folder = root + "/" + switch.active(root)
    build_number = update.build_of(folder)
    key = bytes.fromhex(settings["update_key"]) if settings["update_key"] else None

    def report():
        return {"fw": FIRMWARE, "build": build_number, "reset": cause, "rssi": network.rssi()}

    sensors = Sensors(settings, clock, lambda a, b: a - b)
    app = App(settings, counters, clock, store, sensors, Link(clock, watchdog.feed), network, report)
    app.commands = Commands(settings, root + "/settings.json", update.Updater(root, key, build_number))
    app.console = Console(app, root + "/settings.json", BOARD)
    app.watchdog = watchdog
    return app


def loop(app, root, steps):
    """Step, feed, rest; sleep or restart when it is time."""
    confirmed = False
    app.console.hello()
    while steps is None or steps > 0:
        steps = steps if steps is None else steps - 1
        app.step()
        app.console.poll()
        app.watchdog.feed()
        if app.online and not confirmed:
            switch.confirm(root)
            confirmed = True
        if app.commands.restart:
            app.goodbye()
            app.counters.keep(app.clock.uptime_ms(), RESTARTING)
            machine.reset()
        if app.settings["deep_sleep"] and (app.idle() or app.clock.uptime_ms() > AWAKE_MS):
            _sleep(app)
        time.sleep_ms(STEP_MS)


def _sleep(app):
    app.goodbye()
    app.network.off()
    pause = app.until_measure_ms()
    app.counters.keep(app.clock.uptime_ms() + pause, ASLEEP)
    deep_sleep(pause, app.watchdog.feed)


def _tls(root, mqtt):
    if not mqtt["tls"]:
        return None

    def der(name):
        if mqtt[name] is None:
            return None
        with open(root + "/" + mqtt[name], "rb") as file:
            return file.read()

    return tls_context(der("ca"), der("client_cert"), der("client_key"))
