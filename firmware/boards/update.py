"""Over-the-air update of one board: answers each piece it asks for, and waits until it has come up."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import paho.mqtt.client as paho

from firmware.boards.manifest import Release
from telemetry.errors import FarmstreamError
from telemetry.topics import command_topic, status_topic

__all__ = ["UpdateFailed", "push_update"]

Progress = Callable[[int, int], None]
"""Called with the bytes sent so far, and the bytes of all files."""


class UpdateFailed(FarmstreamError):
    """The board refuses the update, does not answer, or has gone back to the version before."""


class _Session:
    """The board's answers and statuses, in the order in which they come."""

    def __init__(self, client: paho.Client, board: str) -> None:
        self._client = client
        self._board = board
        self._inbox: Queue[tuple[str, dict[str, Any]]] = Queue()
        client.on_message = self._take
        client.subscribe([(command_topic(board) + "/ack", 1), (status_topic(board), 1)])

    def send(self, command: dict[str, Any]) -> None:
        self._client.publish(command_topic(self._board), json.dumps(command), qos=1)

    def next(self, leaf: str, timeout: float) -> dict[str, Any]:
        """The next message whose topic ends in `leaf`; UpdateFailed after `timeout` s of silence."""
        try:
            while True:
                topic, message = self._inbox.get(timeout=timeout)
                if topic.endswith(leaf):
                    return message
        except Empty:
            text = f"Board {self._board} does not answer: is it online (farm/{self._board}/status)?"
            raise UpdateFailed(text) from None

    def _take(self, _: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        try:
            content = json.loads(message.payload)
        except ValueError:
            return
        if isinstance(content, dict) and not message.retain:
            self._inbox.put((message.topic, content))


def push_update(
    client: paho.Client, board: str, release: Release, progress: Progress, timeout: float = 120
) -> None:
    """Send `manifest` and then what the board asks for; `client` is connected and its loop runs."""
    session, manifest = _Session(client, board), release.manifest
    session.send({"do": "update", "manifest": manifest})
    total, sent = sum(f["size"] for f in manifest["files"]), 0
    while True:
        answer = session.next("/ack", timeout)
        if "error" in answer:
            raise UpdateFailed(f"Board {board} refuses the update: {answer['error']}.")
        if answer.get("done") == "update":
            break
        if want := answer.get("want"):
            piece = _piece(release.folder, want)
            session.send({"do": "piece", **want, "data": b64encode(piece).decode()})
            sent += len(piece)
            progress(sent, total)
    _wait_until_up(session, board, manifest["build"], timeout)


def _piece(folder: Path, want: dict[str, Any]) -> bytes:
    path: Path = folder / want["name"]
    with path.open("rb") as file:
        file.seek(want["offset"])
        return bytes(file.read(want["size"]))


def _wait_until_up(session: _Session, board: str, build: int, timeout: float) -> None:
    while True:
        status = session.next("/status", timeout)
        if status.get("state") == "online":
            if status.get("build") == build:
                return
            text = f"Board {board} runs build {status.get('build')} again: build {build} did not come up."
            raise UpdateFailed(text)
