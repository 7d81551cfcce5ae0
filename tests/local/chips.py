"""A pipeline with boards of real firmware, and room for more: a broker with TLS, a folder of serial ports."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import trustme

from compose.local.access import tables_of
from compose.local.broker import find_mosquitto
from compose.local.home import Home
from storage.commands import list_readings
from tests.firmware.micropython.bench import free_port
from tests.local.pipeline import farmstream

__all__ = ["STIMULI", "Chips", "chips_pipeline"]

GGA = "$GPGGA,024430,3519.807,N,13921.606,E,1,08,1.0,42.0,M,,M,,*6B"
STIMULI: dict[str, dict[str, Any]] = {
    "avr-1": {"temperature": 21.5, "humidity": 48.25, "ph_mv": 2600, "moisture_mv": 2100},
    "avr-2": {"temperature": -3.25, "humidity": 91.5, "ph_mv": 2350, "moisture_mv": 1700, "nmea": GGA},
    "micropython-1": {"temperature": 30.5, "humidity": 33.0, "ph_mv": 1750, "moisture_mv": 2400},
}
_UP = ("up", "--detach", "--boards", "avr:2,micropython:1,simulated:2", "--interval", "1s", "--no-dashboards")


@dataclass(frozen=True)
class Chips:
    """A running pipeline; boards on Wi-Fi reach its broker at localhost:`tls_port`, as `ca` signs."""

    home: Home
    ca: trustme.CA
    tls_port: int

    def give(self, stimuli: dict[str, dict[str, Any]]) -> None:
        """What the sensors give from now on."""
        draft = self.home.path / "stimuli.new"
        draft.write_text(json.dumps(stimuli))
        draft.replace(self.home.path / "stimuli.json")

    def stored(self, board: str) -> list[dict[str, Any]]:
        """The rows of one board, newest first: what `readings BOARD --json` prints, without its start."""
        printed = StringIO()
        list_readings(tables_of(self.home.path, None, "farm"), board, printed, form="json")
        rows: list[dict[str, Any]] = json.loads(printed.getvalue())
        return rows


@contextmanager
def chips_pipeline(folder: Path) -> Iterator[Chips]:
    """It runs an Uno, a Mega, a MicroPython board and two simulated ones, and the queries that store."""
    made = Chips(Home(folder / "home").make(), trustme.CA(), free_port())
    made.home.settings.write_text(_settings(folder, made))
    made.give(STIMULI)
    started = farmstream(made.home, *_UP)
    try:
        assert started.returncode == 0, started.stderr
        yield made
    finally:
        farmstream(made.home, "down")


def _settings(folder: Path, made: Chips) -> str:
    """The listener for boards, where there is a broker that has one."""
    settings = (
        '[streaming]\nqueries = ["join", "readings"]\nmaster_refresh = "1s"\n'
        'triggers = {join = "4s", readings = "4s"}\n'
    )
    if not find_mosquitto():
        return settings
    server = made.ca.issue_cert("localhost")
    server.cert_chain_pems[0].write_to_path(str(folder / "broker.pem"))
    server.private_key_pem.write_to_path(str(folder / "broker.key"))
    made.ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    return settings + (
        f'[mqtt.tls]\nlisten = "127.0.0.1:{made.tls_port}"\n'
        f'certificate = "{folder}/broker.pem"\nkey = "{folder}/broker.key"\n'
    )
