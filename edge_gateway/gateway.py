"""The gateway's parts, wired: settings in, a gateway that runs until it is told to stop."""

import logging
import selectors
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from edge_gateway.backoff import Backoff
from edge_gateway.forward import Forwarder
from edge_gateway.health import HealthServer
from edge_gateway.intake import Intake
from edge_gateway.memory import Memory, RejectMemory
from edge_gateway.notes import Notes
from edge_gateway.pipeline import GroupCommit, Pipeline
from edge_gateway.sender import AckingSender
from edge_gateway.settings import ForwardSettings, GatewaySettings, SpoolSettings
from edge_gateway.sources.mqtt import MqttSource
from edge_gateway.sources.serial import SerialPorts
from edge_gateway.spool import Spool
from edge_gateway.sqlite_spool import SqliteSpool
from edge_gateway.stamp import Stamp
from telemetry.clock import duration
from telemetry.errors import SettingsError

__all__ = ["Gateway"]

log = logging.getLogger(__name__)


class Gateway:
    """All parts, wired; a context manager that opens them and closes them in the right order.

    `folder` is where relative paths of the settings begin.
    """

    def __init__(self, settings: GatewaySettings, folder: Path) -> None:
        self.settings, self._folder, self._open = settings, folder, ExitStack()
        self.stopping = threading.Event()

    def __enter__(self) -> "Gateway":
        with ExitStack() as opened:
            self._wire(opened)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def run(self) -> None:
        """Work until `stopping` is set (by a signal), then close the sources and send what is left."""
        try:
            self.pipeline.run(self.stopping)
        finally:
            for source in self.pipeline.sources:
                source.close()
        self.forwarder.drain(duration(self.settings.forward.drain))
        if self.forwarder.failure is not None:
            raise self.forwarder.failure
        log.info("Stopped; %d entries stay in the spool for the next start.", self.spool.rows)

    def health(self) -> dict[str, Any]:
        """Return what `/health` shows; `problems` says in words why the status is degraded."""
        sources = {name: state for s in self.pipeline.sources for name, state in s.states().items()}
        problems = [text for text in (self.pipeline.problem, self.forwarder.problem) if text]
        problems += [f"{name}: {state}" for name, state in sources.items() if state not in ("ok", "gone")]
        oldest = self.spool.oldest()
        return {
            "status": "degraded" if problems else "ok",
            "problems": problems,
            **asdict(self.intake.counts),
            "forwarded": self.forwarder.forwarded,
            "spooled": self.spool.rows,
            "oldest_s": None if oldest is None else round(max(0.0, time.time() - oldest), 3),
            "sources": sources,
            "boards": dict(self.notes.boards),
            "log": list(self.notes.lines),
        }

    def _wire(self, opened: ExitStack) -> None:
        settings, notes = self.settings, Notes()
        self.notes = notes
        self.spool = opened.enter_context(_spool(settings.spool, self._folder))
        memory = Memory(settings.spool.max_boards, self.spool.boards())
        rejects = RejectMemory(settings.spool.max_rejects, self.spool.rejects())
        self.intake = Intake(_stamp(settings), memory, rejects)
        selector = opened.enter_context(_selector())
        self.pipeline = Pipeline(
            self.spool,
            self.intake,
            selector,
            GroupCommit(settings.spool.commit_rows, duration(settings.spool.commit_after)),
        )
        self._wire_sources(selector)
        self.forwarder = _forwarder(settings.forward, self.spool, self.stopping.set)
        # HTTP first: where its port is taken, a gateway with these settings is running already.
        http = HealthServer(settings.http.host, settings.http.port, self.health)
        self.http_port = opened.enter_context(http).port
        opened.enter_context(self.forwarder)

    def _wire_sources(self, selector: selectors.BaseSelector) -> None:
        settings, sources, intake = self.settings, self.pipeline.sources, self.intake
        if settings.mqtt is not None:
            secret = settings.mqtt.password_file
            mqtt = replace(
                settings.mqtt,
                client_id=settings.mqtt.client_id or settings.name,
                password_file=secret and str(self._folder / secret),
            )
            sources.append(MqttSource(mqtt, selector, intake, _zone(settings.legacy_time_zone)))
        for table in settings.serial:
            here = replace(table, ports=tuple(str(self._folder / pattern) for pattern in table.ports))
            sources.append(SerialPorts(here, selector, intake, self.notes))


def _spool(settings: SpoolSettings, folder: Path) -> SqliteSpool:
    return SqliteSpool(
        folder / settings.path,
        max_rows=settings.max_rows,
        min_free_mib=settings.min_free_mib,
        max_rejects=settings.max_rejects,
    )


def _forwarder(settings: ForwardSettings, spool: Spool, failed: Callable[[], None]) -> Forwarder:
    sender = AckingSender(
        settings.host,
        settings.port,
        timeout=duration(settings.connect_timeout),
        ack_timeout=duration(settings.ack_timeout),
    )
    backoff = Backoff(duration(settings.retry_min), duration(settings.retry_max))
    return Forwarder(spool, sender, backoff, settings.chunk_rows, failed)


def _stamp(settings: GatewaySettings) -> Stamp:
    ahead, late = duration(settings.max_ahead), duration(settings.late_after)
    return Stamp(settings.name, timedelta(seconds=ahead), timedelta(seconds=late))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise SettingsError(
            f"legacy_time_zone '{name}' is no IANA time zone: write for example Asia/Tokyo."
        ) from why


def _selector() -> selectors.BaseSelector:
    # kqueue does not report terminals on every macOS; select does.
    return selectors.SelectSelector() if sys.platform == "darwin" else selectors.DefaultSelector()
