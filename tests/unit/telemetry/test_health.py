"""Health and metrics over real HTTP on loopback."""

import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, Counter

from telemetry.errors import SettingsError
from telemetry.health import serve_health

HOST = "127.0.0.1"


@pytest.fixture
def told() -> dict[str, object]:
    return {"status": "ok", "received": 3}


@pytest.fixture
def url(told: dict[str, object]) -> Iterator[str]:
    registry = CollectorRegistry()
    Counter("readings", "Readings taken.", registry=registry).inc(7)
    with serve_health(HOST, 0, lambda: told, registry) as port:
        yield f"http://{HOST}:{port}"


def _get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as why:
        with why:
            return why.code, why.read().decode()


def test_health_is_json_and_ok(url: str, told: dict[str, object]) -> None:
    code, body = _get(f"{url}/health")
    assert (code, json.loads(body)) == (200, told)


def test_degraded_is_503_with_the_same_body(url: str, told: dict[str, object]) -> None:
    told["status"] = "degraded"
    code, body = _get(f"{url}/health")
    assert (code, json.loads(body)) == (503, told)


def test_metrics_are_the_registry(url: str) -> None:
    code, body = _get(f"{url}/metrics")
    assert code == 200
    assert "readings_total 7.0" in body


def test_other_paths_are_named(url: str) -> None:
    assert _get(f"{url}/") == (404, "GET /health or /metrics.\n")


def test_a_taken_port_is_one_sentence(url: str) -> None:
    port = int(url.rpartition(":")[2])
    with (
        pytest.raises(SettingsError, match=rf"Cannot serve health on {HOST}:{port}"),
        serve_health(HOST, port, lambda: {"status": "ok"}, CollectorRegistry()),
    ):
        pass
