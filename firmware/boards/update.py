"""Over-the-air update of one board: answers each piece it asks for, and waits until it has come up.

A board that loses the broker or restarts meanwhile is sent the last command again when it is back; one
that has restarted begins anew.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import paho.mqtt.client as paho

from firmware.boards.errors import BoardsError
from firmware.boards.manifest import Release
from telemetry.topics import command_topic, status_topic

__all__ = ["UpdateFailed", "push_update"]

Progress = Callable[[int, int], None]
"""Called with the bytes sent so far, and the bytes of all files."""

_RESTARTED = "no update is under way"
_BEGINNINGS = 5


class UpdateFailed(BoardsError):
    """The board refuses the update, does not answer, or has gone back to the version before."""


class _Session:
    """The board's answers and statuses, in the order in which they come."""

    def __init__(self, client: paho.Client, board: str) -> None:
        self._client = client
        self._board = board
        self._last: dict[str, Any] = {}
        self._inbox: Queue[tuple[str, dict[str, Any]]] = Queue()
        client.on_message = self._take
        client.subscribe([(command_topic(board) + "/ack", 1), (status_topic(board), 1)])

    def send(self, command: dict[str, Any]) -> None:
        self._last = command
        self.repeat()

    def repeat(self) -> None:
        """Send the last command again."""
        self._client.publish(command_topic(self._board), json.dumps(self._last), qos=1)

    def next(self, timeout: float) -> tuple[bool, dict[str, Any]]:
        """Whether it is a status (else an answer), and the message; UpdateFailed after silence."""
        try:
            topic, message = self._inbox.get(timeout=timeout)
        except Empty:
            text = f"Board {self._board} does not answer: is it online (farm/{self._board}/status)?"
            raise UpdateFailed(text) from None
        return topic == status_topic(self._board), message

    def _take(self, _: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        try:
            content = json.loads(message.payload)
        except ValueError:
            return
        if isinstance(content, dict) and not message.retain:
            self._inbox.put((message.topic, content))


class _Update:
    """One release on its way to one board."""

    def __init__(self, session: _Session, board: str, release: Release, progress: Progress) -> None:
        self._session, self._board = session, board
        self._release, self._progress = release, progress
        self._beginnings = 0
        self._switched = False

    def begin(self) -> None:
        """Offer the manifest."""
        self._beginnings += 1
        self._session.send({"do": "update", "manifest": self._release.manifest})

    def online(self, build: int | None) -> bool:
        """The board is there again, and runs `build`: whether that is the new one."""
        wanted: int = self._release.manifest["build"]
        if build != wanted and self._switched:
            raise UpdateFailed(
                f"Board {self._board} runs build {build} again: build {wanted} did not come up."
            )
        if build != wanted:
            self._session.repeat()  # its answer may have gone with the connection
        return build == wanted

    def answered(self, answer: dict[str, Any]) -> None:
        """Go on as the board says."""
        error = answer.get("error")
        if error == _RESTARTED and self._beginnings < _BEGINNINGS:
            self.begin()
        elif error:
            raise UpdateFailed(f"Board {self._board} refuses the update: {error}.")
        elif answer.get("done") == "update":
            self._switched = True
        elif want := answer.get("want"):
            self._give(want)

    def _give(self, want: dict[str, Any]) -> None:
        piece = _piece(self._release.folder, want)
        self._session.send({"do": "piece", **want, "data": b64encode(piece).decode()})
        files = self._release.manifest["files"]
        names = [file["name"] for file in files]
        before = sum(file["size"] for file in files[: names.index(want["name"])])
        self._progress(before + want["offset"] + len(piece), sum(file["size"] for file in files))


def push_update(
    client: paho.Client, board: str, release: Release, progress: Progress, timeout: float = 120
) -> None:
    """Send the manifest and then what the board asks for; `client` is connected and its loop runs.

    Returns when the board runs the release; UpdateFailed when it does not, or is silent for `timeout` s.
    """
    session = _Session(client, board)
    update = _Update(session, board, release, progress)
    update.begin()
    while True:
        is_status, message = session.next(timeout)
        if not is_status:
            update.answered(message)
        elif message.get("state") == "online" and update.online(message.get("build")):
            return


def _piece(folder: Path, want: dict[str, Any]) -> bytes:
    path: Path = folder / want["name"]
    with path.open("rb") as file:
        file.seek(want["offset"])
        return bytes(file.read(want["size"]))
