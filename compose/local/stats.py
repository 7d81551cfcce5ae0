"""Asks every hop how far it is: the gateway's and the collector's /health, the others' progress files.

A hop that does not answer (it starts, or is being restarted) is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["HOPS", "Sources", "answers_http", "counters", "fetch_json", "gauges"]

HOPS = ("sent", "received", "accepted", "forwarded", "delivered", "joined", "stored", "windows")
"""What is counted on the way of a reading, in order."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Sources:
    """Where each hop tells; None where it does not run."""

    simulator: Path | None = None
    gateway: str | None = None
    collector: str | None = None
    streaming: Path | None = None

    def forget(self) -> None:
        """Remove what an earlier run told, so that nobody takes it for this one's."""
        for path in (self.simulator, self.streaming):
            if path:
                path.unlink(missing_ok=True)

    def read(self) -> dict[str, Document]:
        """What each says now, by its name here."""
        found = {
            "simulator": _file(self.simulator),
            "gateway": self.gateway and fetch_json(self.gateway),
            "collector": self.collector and fetch_json(self.collector),
            "streaming": _file(self.streaming),
        }
        return {name: document for name, document in found.items() if document}


def fetch_json(address: str, path: str = "/health", timeout: float = 2.0) -> Document | None:
    """GET a JSON object from `address` (host:port); None where there is no answer."""
    connection = HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", path)
        return msgspec.json.decode(connection.getresponse().read(), type=dict[str, Any])
    except (OSError, HTTPException, msgspec.DecodeError):
        return None
    finally:
        connection.close()


def answers_http(address: str, timeout: float = 2.0) -> bool:
    """Whether anything at `address` (host:port) answers HTTP, be it that it wants a token."""
    connection = HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def counters(documents: Mapping[str, Document]) -> dict[str, float]:
    """What only grows while its owner lives: the HOPS, and what was refused or dropped."""
    simulator, gateway = documents.get("simulator", {}), documents.get("gateway", {})
    collector = documents.get("collector", {})
    queries = documents.get("streaming", {}).get("queries", {})
    found = {
        "sent": simulator.get("sent"),
        "acknowledged": simulator.get("acked"),
        "received": gateway.get("received"),
        "accepted": gateway.get("accepted"),
        "duplicates": gateway.get("duplicates"),
        "rejected": gateway.get("rejected"),
        "forwarded": gateway.get("forwarded"),
        "delivered": collector.get("delivered"),
        "joined": _query(queries, "join", "input_rows"),
        "stored": _query(queries, "readings", "input_rows"),
        "windows": _query(queries, "windows", "input_rows"),
        "dropped": _query(queries, "windows", "dropped"),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def gauges(documents: Mapping[str, Document]) -> dict[str, float]:
    """What waits: readings on the boards, rows in the spool, rows in Kafka that a query has not read."""
    gateway = documents.get("gateway", {})
    queries = documents.get("streaming", {}).get("queries", {})
    found = {
        "kept": documents.get("simulator", {}).get("kept"),
        "spooled": gateway.get("spooled"),
        "behind": _query(queries, "join", "behind"),
        "behind_readings": _query(queries, "readings", "behind"),
        "behind_windows": _query(queries, "windows", "behind"),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def _query(queries: Document, name: str, key: str) -> Any:
    return queries.get(name, {}).get(key)


def _file(path: Path | None) -> Document | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any]) if path else None
    except (OSError, msgspec.DecodeError):
        return None
