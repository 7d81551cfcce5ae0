"""`boards provision` for MicroPython: what the options make of settings, without a board."""

from typing import Any

import pytest

from compose.boards import micropython
from compose.boards.micropython import provision_micropython
from compose.boards.wanted import Wanted
from telemetry.errors import SettingsError

KEPT = '{"id": "a", "wifi": {"ssid": "barn"}, "mqtt": {"host": "h", "ca": "ca.der"}, "interval_s": 60'


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be written onto the board, which has KEPT, a position and, here, a GPS."""
    found: list[Any] = []
    gps = ', "position": {"lon": 1.0, "lat": 2.0}, "gps": {"uart": 1, "tx": 8, "rx": 9}}'
    monkeypatch.setattr(micropython, "read_settings", lambda port: KEPT + gps)
    monkeypatch.setattr(micropython, "put_files", lambda *given: None)
    monkeypatch.setattr(micropython, "as_json", lambda settings: found.append(settings) or b"")
    return found


def test_what_is_not_named_stays(written: list[Any]) -> None:
    provision_micropython(Wanted(port="p", board="picow", id="b", interval="5m"))
    (settings,) = written
    assert (settings["id"], settings["interval_s"], settings["position"]["lat"]) == ("b", 300, 2.0)


def test_with_gps_there_is_no_position_in_the_settings(written: list[Any]) -> None:
    provision_micropython(Wanted(port="p", board="picow", id="b", gps=True))
    (settings,) = written
    assert "position" not in settings
    assert settings["gps"]["uart"] == 1


def test_gps_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(micropython, "read_settings", lambda port: KEPT + "}")
    with pytest.raises(SettingsError, match="--gps: the board's settings name no GPS"):
        provision_micropython(Wanted(port="p", board="picow", id="b", gps=True))
