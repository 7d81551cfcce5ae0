"""`boards provision` for MicroPython: settings from options, what the board has, and what is asked for."""

import json
import sys
from pathlib import Path
from typing import Any

import typer

from compose.boards.wanted import Wanted
from firmware.boards.mpremote import put_files, read_settings
from firmware.boards.settings import as_der, as_json, board_settings, private_files
from telemetry.errors import SettingsError
from telemetry.settings import read_secret

__all__ = ["provision_micropython"]


def provision_micropython(wanted: Wanted) -> None:
    """Write settings.json and the CA's certificate; passwords come from files or the keyboard."""
    base = _given(wanted.settings) if wanted.settings else json.loads(read_settings(wanted.port) or "{}")
    if wanted.gps:
        base = _without_position(base)
    changes = _changes(wanted)
    changes["wifi"]["password"] = _secret(wanted.wifi_password_file, wanted.ssid, "Wi-Fi password")
    changes["mqtt"]["password"] = _secret(
        wanted.mqtt_password_file, wanted.user, f"Password of {wanted.user}"
    )
    contents = {"settings.json": as_json(board_settings(base, changes))}
    if wanted.ca:
        contents["ca.der"] = as_der(wanted.ca)
    with private_files(contents) as files:
        put_files(wanted.port, wanted.board, files)
    typer.echo(f"wrote {', '.join(contents)}", err=True)


def _changes(wanted: Wanted) -> dict[str, Any]:
    identity = wanted.identity()
    host, _, port = (wanted.mqtt or "").partition(":")
    if port and not port.isdigit():
        raise SettingsError(f"--mqtt {wanted.mqtt}: write host:port, for example broker.farm.lan:8883.")
    slope, offset = identity.ph or (None, None)
    dry, wet = identity.moisture or (None, None)
    return {
        "id": identity.id,
        "update_key": read_secret(wanted.update_key_file) if wanted.update_key_file else None,
        "interval_s": round(identity.interval_s) if identity.interval_s else None,
        "position": {"lon": wanted.lon, "lat": wanted.lat},
        "wifi": {"ssid": wanted.ssid},
        "mqtt": {
            "host": host or None,
            "port": int(port) if port else None,
            "ca": "ca.der" if wanted.ca else None,
            "user": wanted.user,
        },
        "ph": {"slope": slope, "offset_mv": offset},
        "moisture": {"dry_mv": dry, "wet_mv": wet},
    }


def _without_position(base: dict[str, Any]) -> dict[str, Any]:
    """A board takes its GPS's position where none is written into its settings."""
    if (base.get("gps") or {}).get("uart") is None:
        raise SettingsError(
            "--gps: the board's settings name no GPS; give its uart, rx and tx with --settings."
        )
    return base | {"position": {}}


def _given(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_bytes())
    except ValueError as why:
        raise SettingsError(f"{path} is not JSON: look for a missing comma or quote ({why}).") from why
    if not isinstance(given, dict):
        raise SettingsError(f"{path} must hold one JSON object.")
    return given


def _secret(file: Path | None, needed_for: str | None, question: str) -> str | None:
    """From its file; asked for where somebody is there to answer; None: as the board has it."""
    if file:
        return read_secret(file)
    if needed_for and sys.stdin.isatty():
        return str(typer.prompt(question, hide_input=True, default="", show_default=False, err=True)) or None
    return None
