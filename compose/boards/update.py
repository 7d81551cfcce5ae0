"""`boards update`: the application of a board on Wi-Fi, signed and sent through the pipeline's broker."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import paho.mqtt.client as paho
import typer
from paho.mqtt.enums import CallbackAPIVersion
from rich.console import Console
from rich.progress import Progress

from compose.local.access import broker_of
from compose.local.credentials import Credential
from firmware.boards.errors import BoardsError
from firmware.boards.manifest import Release, make_manifest
from firmware.boards.update import push_update
from telemetry.settings import read_secret

__all__ = ["APPLICATION", "run_update"]

APPLICATION = Path(__file__).parents[2] / "firmware" / "micropython"
_PATIENCE_S = 20.0


def run_update(home: Path, board: str, key_file: Path, folder: Path) -> None:
    """Send the application in `folder`; returns when the board runs it. UpdateFailed otherwise."""
    address, credential = broker_of(home)
    manifest = make_manifest(folder, int(time.time()) // 60, _version(folder), read_secret(key_file))
    console = Console(stderr=True)
    with (
        _connected(address, credential) as client,
        Progress(console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task(f"updating {board}", total=1.0)
        push_update(
            client,
            board,
            Release(folder, manifest),
            lambda sent, total: bar.update(task, completed=sent / total),
        )
    typer.echo(f"{board} runs {manifest['version']}, build {manifest['build']}.")


def _version(folder: Path) -> str:
    """What the application calls itself."""
    found = re.search(r'^FIRMWARE = "([^"]+)"', (folder / "farm" / "run.py").read_text(), re.MULTILINE)
    if not found:
        raise BoardsError(f'{folder}/farm/run.py does not say its version: it needs a line FIRMWARE = "…".')
    return found[1]


@contextmanager
def _connected(address: str, credential: Credential) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(credential.user, credential.password)
    up = Event()
    client.on_connect = lambda *_: up.set()
    host, _, port = address.rpartition(":")
    client.connect(host, int(port))
    client.loop_start()
    try:
        if not up.wait(_PATIENCE_S):
            raise BoardsError(f"The broker at {address} does not answer: look at `farmstream status`.")
        yield client
    finally:
        client.disconnect()
        client.loop_stop()
