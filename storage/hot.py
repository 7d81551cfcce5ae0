"""Sessions of acsylla, the C++ driver: made once for each process and settings, then kept.

Everything here waits for a Cassandra that is away or overloaded, up to `Cassandra.wait`; after that it
is Unreachable. Runs on the loop of `storage.loop` only.
"""

import asyncio
import logging
import os
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import acsylla
from acsylla import errors

from storage.errors import QueryFailed, Unreachable
from storage.settings import Cassandra
from storage.tls import hot_tls
from telemetry.clock import duration

__all__ = ["insisting", "session"]

T = TypeVar("T")

TRANSIENT = (
    errors.CassExceptionConnectionError,
    errors.CassErrorLibHostResolution,
    errors.CassErrorLibNoHostsAvailable,
    errors.CassErrorLibNoStreams,
    errors.CassErrorLibRequestQueueFull,
    errors.CassErrorLibRequestTimedOut,
    errors.CassErrorLibUnableToConnect,
    errors.CassErrorLibWriteError,
    errors.CassErrorServerIsBootstrapping,
    errors.CassErrorServerOverloaded,
    errors.CassErrorServerReadFailure,
    errors.CassErrorServerReadTimeout,
    errors.CassErrorServerServerError,
    errors.CassErrorServerUnavailable,
    errors.CassErrorServerWriteFailure,
    errors.CassErrorServerWriteTimeout,
)
"""What passes: the statement is harmless when repeated, so it is tried again."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0

_sessions: dict[tuple[int, Cassandra], Any] = {}  # by process: a fork cannot use its parent's

_log = logging.getLogger("acsylla")
_log.addHandler(logging.NullHandler())  # not on stderr: errors are sentences
_log.addFilter(lambda record: "sharding info" not in record.getMessage())  # every Cassandra is without it


async def session(settings: Cassandra) -> Any:
    """The session for `settings`, made at the first call."""
    key = os.getpid(), settings
    if key not in _sessions:
        _sessions[key] = await insisting(settings, _cluster(settings).create_session)
    return _sessions[key]


async def insisting(
    settings: Cassandra, attempt: Callable[[], Awaitable[T]], failed: Callable[[], None] | None = None
) -> T:
    """The result of `attempt`, again and again with growing pauses while the failure may pass.

    `failed` is told of each of those.
    """
    until, pause = time.monotonic() + duration(settings.wait), FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except TRANSIENT as why:
            if failed:
                failed()
            if time.monotonic() + pause > until:
                raise Unreachable(
                    f"Cassandra at {settings.place} did not take it for {settings.wait} ({_text(why)}): "
                    f"is it running and not overloaded? See its log, then start again."
                ) from why
        except errors.CassException as why:
            raise QueryFailed(f"Cassandra at {settings.address} refused: {_text(why)}.") from why
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the retries, no secret
        pause = min(2 * pause, LONGEST_PAUSE)


def _cluster(settings: Cassandra) -> Any:
    password = settings.password()
    return acsylla.create_cluster(
        settings.hosts,
        port=settings.port,
        username=settings.user if password is not None else None,
        password=str(password) if password is not None else None,
        protocol_version=4,  # the newest that the C++ driver has out of beta
        consistency=acsylla.Consistency[settings.consistency],
        connect_timeout=duration(settings.connect_timeout),
        request_timeout=duration(settings.request_timeout),
        load_balance_dc_aware=settings.data_centre,
        constant_reconnect_delay_ms=500,  # the default backs off to a minute
        use_schema=False,  # half of a session's cost; it asks for the keyspaces, and so finds a row's nodes
        timestamp_gen="monotonic",  # the later write wins, in whatever order the server sees them
        log_level="error",
        **hot_tls(settings),
    )


def _text(why: Exception) -> str:
    return " ".join(str(why).split()).rstrip(".") or type(why).__name__
