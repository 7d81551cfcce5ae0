"""How a person's command reaches a running pipeline: its Cassandra, its broker."""

from pathlib import Path

import msgspec

from compose.local.credentials import Credential, load_credentials
from compose.local.home import Home, write_private
from compose.local.lifecycle import state_of
from storage.settings import Cassandra, log_in
from telemetry.errors import FarmstreamError, SettingsError

__all__ = ["broker_of", "broker_words", "tables_of"]


def tables_of(home: Path, address: str | None, keyspace: str, **more: str) -> Cassandra:
    """The tables at `address` (host:port), else those of the pipeline under `home`; `more` of its options."""
    address = address or _endpoint(home, "cassandra")
    if not address:
        raise FarmstreamError(
            f"Nothing runs under {home}: start it with `farmstream up`, or name a Cassandra with --cassandra."
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise SettingsError(f"--cassandra {address}: write host:port, for example 127.0.0.1:9042.")
    try:
        place = {"host": host, "port": int(port), "keyspace": keyspace}
        return msgspec.convert(place | log_in() | more, Cassandra)
    except msgspec.ValidationError as why:
        raise SettingsError(f"--cassandra {address} --keyspace {keyspace}: {why}.") from why


def broker_words(home: Path) -> list[str]:
    """The words that let `farmstream simulate` publish there; FarmstreamError where nothing runs."""
    address = _endpoint(home, "mqtt")
    if not address:
        raise FarmstreamError(
            f"Nothing runs under {home}: say where the boards send with --mqtt mqtt://host:port or "
            f"--serial FOLDER, or start the pipeline with `farmstream up`."
        )
    folder = Home(home)
    entry = load_credentials(folder.credentials)["mqtt"]
    file = folder.etc("simulate") / "mqtt.password"
    write_private(file, entry.password + "\n")
    return ["--mqtt", f"mqtt://{address}", "--user", entry.user, "--password-file", str(file)]


def broker_of(home: Path) -> tuple[str, Credential]:
    """host:port of the running pipeline's broker, and the user who may command boards."""
    address = _endpoint(home, "mqtt")
    if not address:
        raise FarmstreamError(f"Nothing runs under {home}: start it with `farmstream up`.")
    return address, load_credentials(Home(home).credentials)["mqtt-gateway"]


def _endpoint(home: Path, name: str) -> str | None:
    state = state_of(home)
    return state.endpoints.get(name) if state and state.phase != "stopped" else None
