"""The passwords of the containers, made at the first start, each in the volume of whoever needs it.

`python -m compose.docker.credentials FOLDER` writes, and at a later start leaves as they are:

FOLDER/all/credentials.json         every user and password, for the operator
FOLDER/mqtt/passwords               hashes, for the broker
FOLDER/gateway/mqtt.password        one password each
FOLDER/simulator/mqtt.password
FOLDER/jupyter/token                both ask for the same one
FOLDER/dashboards/token
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from compose.local.broker import password_line
from compose.local.credentials import BROKER, make_credentials
from compose.local.home import write_private
from telemetry.errors import FarmstreamError

__all__ = ["OWNERS", "main", "write"]

OWNERS = {"mqtt": 1883, "gateway": 10001, "simulator": 10001, "jupyter": 10001, "dashboards": 10001}
"""Folder → user id of the container that reads it: mosquitto's in its image, and that of our Dockerfile."""


def write(folder: Path) -> None:
    """Write what is missing; SettingsError where the operator's file cannot be read."""
    for name in ("all", *OWNERS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    known = make_credentials(folder / "all" / "credentials.json")
    token = folder / "all" / "jupyter.token"
    if not token.exists():
        write_private(token, known["jupyter"].password)
    write_private(
        folder / "mqtt" / "passwords", "".join(password_line(known[name]) + "\n" for name in BROKER)
    )
    write_private(folder / "gateway" / "mqtt.password", known["mqtt-gateway"].password + "\n")
    write_private(folder / "simulator" / "mqtt.password", known["mqtt"].password + "\n")
    for name in ("jupyter", "dashboards"):
        write_private(folder / name / "token", token.read_text())


def main(arguments: Sequence[str]) -> int:
    """Write them and, as root, hand each folder to its reader; 1 after one sentence where that fails."""
    parser = argparse.ArgumentParser(prog="python -m compose.docker.credentials")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    try:
        write(folder)
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    if os.geteuid() == 0:
        for name, user in OWNERS.items():
            for path in (folder / name, *(folder / name).iterdir()):
                os.chown(path, user, user)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
