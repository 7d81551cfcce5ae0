"""`python -m compose.local.amqtt_broker --config amqtt.toml`: the MQTT broker where no mosquitto is.

It takes mosquitto's own password and access files, so that users and rights are stated once.
"""

import argparse
import asyncio
import hmac
import logging
import signal
import sys
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from pathlib import Path

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session
from msgspec import Struct

from telemetry.errors import FarmstreamError
from telemetry.settings import load_settings

__all__ = ["AccessFile", "PasswordFile", "Settings", "allows", "main", "read_rights", "verify"]

RIGHTS = Path(__file__).with_name("mosquitto.acl.conf")

Rights = dict[str, dict[str, list[str]]]
"""User → `read` or `write` → topic filters."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """amqtt.toml; `passwords` is a file in mosquitto's format."""

    host: str
    port: int
    passwords: str


class PasswordFile(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in the users of a password file, and nobody without a name."""

    @dataclass
    class Config:
        """`passwords`: the file."""

        passwords: str

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        lines = Path(self.config.passwords).read_text().splitlines()
        self._hashes = dict(line.split(":", 1) for line in lines)

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the session's password is that of its user."""
        known = self._hashes.get(session.username or "")
        return known is not None and verify(session.password or "", known)


class AccessFile(BaseTopicPlugin):  # type: ignore[misc]
    """Grants each user the topics of `mosquitto.acl.conf`."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._rights = read_rights(RIGHTS)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether the session's user may publish to, subscribe to or receive `topic`."""
        user = session.username if session else None
        verb = "write" if action == Action.PUBLISH else "read"
        filters = self._rights.get(user or "", {}).get(verb, [])
        return topic is not None and any(allows(granted, topic) for granted in filters)


def verify(password: str, hashed: str) -> bool:
    """Whether `password` is the one in `hashed`: `$7$iterations$salt$hash` as mosquitto writes it."""
    kind, iterations, salt, wanted = hashed.lstrip("$").split("$")
    made = pbkdf2_hmac("sha512", password.encode(), b64decode(salt), int(iterations))
    return kind == "7" and hmac.compare_digest(made, b64decode(wanted))


def read_rights(path: Path) -> Rights:
    """Read an access file of mosquitto: `user NAME`, then `topic read|write FILTER` lines."""
    rights: Rights = {}
    user = ""
    for words in (line.split() for line in path.read_text().splitlines()):
        if words[:1] == ["user"]:
            user = words[1]
        elif words[:1] == ["topic"]:
            rights.setdefault(user, {}).setdefault(words[1], []).append(words[2])
    return rights


def allows(granted: str, asked: str) -> bool:
    """Whether the filter `granted` covers the topic or filter `asked`, all of it."""
    allowed, wanted = granted.split("/"), asked.split("/")
    for level, name in enumerate(allowed):
        if name == "#":
            return True
        if level >= len(wanted) or wanted[level] == "#" or name not in ("+", wanted[level]):
            return False
    return len(allowed) == len(wanted)


async def _serve(settings: Settings) -> None:
    here = "compose.local.amqtt_broker"
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"{settings.host}:{settings.port}"}},
        "plugins": {
            f"{here}.PasswordFile": {"passwords": settings.passwords},
            f"{here}.AccessFile": {},
        },
    }
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    broker = Broker(config)
    await broker.start()
    await stop.wait()
    await broker.shutdown()


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m compose.local.amqtt_broker")
    parser.add_argument("--config", type=Path, required=True)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_serve(load_settings(parser.parse_args(arguments).config, Settings)))
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
