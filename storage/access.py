"""Open what is stored, from a notebook or a script: `from storage import connect`.

with connect() as farm:                                  # the pipeline under FARMSTREAM_HOME
    farm.readings(fields="orchard", since="7d").pandas()
"""

import os
from pathlib import Path

import msgspec

from storage.errors import QueryFailed, Unreachable
from storage.farm import Farm
from storage.settings import Cassandra, log_in

__all__ = ["connect"]


def connect(
    address: str | None = None, *, keyspace: str = "farm", home: Path | str | None = None,
    user: str | None = None, password_file: Path | str | None = None,
) -> Farm:  # fmt: skip
    """Open what is stored at `address` (host:port), else in the pipeline that runs under `home`.

    Where not given, FARMSTREAM_CASSANDRA and FARMSTREAM_HOME say which, the home being `.farmstream` then;
    FARMSTREAM_CASSANDRA_USER, _PASSWORD_FILE and _CA_FILE how, where it asks for a password or TLS, and
    _DATA_CENTRE whose nodes, where there are several.
    Close it, or use it in a `with`. Unreachable where nothing answers.
    """
    host, _, port = (address or os.environ.get("FARMSTREAM_CASSANDRA") or _running(home)).rpartition(":")
    try:
        given = {"user": user, "password_file": password_file and str(password_file)}
        known = log_in() | {name: value for name, value in given.items() if value}
        settings = msgspec.structs.replace(Cassandra(host=host, port=int(port), keyspace=keyspace), **known)
    except ValueError as why:
        raise QueryFailed(f"'{address}' is no address: write host:port, for example 127.0.0.1:9042.") from why
    return Farm(settings)


def _running(home: Path | str | None) -> str:
    """The address of the Cassandra that runs under `home`, by its state.json."""
    folder = Path(home or os.environ.get("FARMSTREAM_HOME") or ".farmstream").expanduser()
    try:
        state = msgspec.json.decode((folder / "state.json").read_bytes())
    except (OSError, msgspec.DecodeError):
        state = {}
    address = None if state.get("phase") == "stopped" else (state.get("endpoints") or {}).get("cassandra")
    if not address:
        raise Unreachable(
            f"Nothing runs under {folder}: start it with `farmstream up`, or say connect('host:port')."
        )
    return str(address)
