"""`HOME/settings.toml`, which a person may write: read once when `up` starts (docs/settings.md).

The tables `[gateway]`, `[streaming]` and `[notify]` hold settings of those programs; what `up` decides for
them (addresses, paths, names) stands beside and cannot be set.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from storage.retention import ttl
from telemetry.errors import SettingsError
from telemetry.settings import load_settings

__all__ = ["BoardsTls", "Fluentd", "HomeSettings", "Map", "Mqtt", "beside", "read_home_settings"]

T = TypeVar("T")


class BoardsTls(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second listener of mosquitto, with TLS, for boards on the network; PEM files of absolute path."""

    listen: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]+:\d{1,5}$")]
    certificate: Path
    key: Path

    def __post_init__(self) -> None:
        for file in (self.certificate, self.key):
            if not file.is_absolute():
                raise ValueError(f"{file} must be an absolute path")


class Mqtt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`auto` is mosquitto where it is installed, else amqtt."""

    broker: Literal["auto", "mosquitto", "amqtt"] = "auto"
    tls: BoardsTls | None = None


class Fluentd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`auto` is an installed Fluentd that takes our configuration, else the embedded collector."""

    hop: Literal["auto", "fluentd", "embedded"] = "auto"


class Map(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tiles of the land (Web Mercator) under the fields on Live, from this address; and whom to name."""

    tiles: str = ""
    credit: str = ""

    def __post_init__(self) -> None:
        if self.tiles and not all(part in self.tiles for part in ("{z}", "{x}", "{y}")):
            raise ValueError("tiles is an address with {z}, {x} and {y} in it")


class HomeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `legacy_time_zone` and `max_ahead` go to the gateway and to the stream alike."""

    legacy_time_zone: str = "UTC"
    max_ahead: str = "10m"
    mqtt: Mqtt = Mqtt()
    fluentd: Fluentd = Fluentd()
    map: Map = Map()
    gateway: dict[str, Any] = {}
    streaming: dict[str, Any] = {}
    notify: dict[str, Any] = {}
    keep: dict[str, str] = {}
    """Table → how long its rows are kept."""

    def __post_init__(self) -> None:
        for table, text in self.keep.items():
            try:
                ttl(table, text)
            except SettingsError as why:
                raise ValueError(str(why).removesuffix(".")) from why

    @property
    def shared(self) -> dict[str, Any]:
        """What both programs must agree on."""
        return {"legacy_time_zone": self.legacy_time_zone, "max_ahead": self.max_ahead}


def read_home_settings(path: Path) -> HomeSettings:
    """What the file says, the defaults where there is none; SettingsError names file and setting."""
    return load_settings(path, HomeSettings) if path.exists() else HomeSettings()


def beside(own: Mapping[str, Any], given: Mapping[str, Any], kind: type[T], where: str) -> dict[str, Any]:
    """`own` settings of a program with those `given` beside them, valid as `kind` (its own settings).

    SettingsError where a given one is unknown, wrong, or `up`'s to decide; `where` names file and table.
    """
    both = _merged(own, given, where)
    try:
        msgspec.convert(both, kind)
    except msgspec.ValidationError as why:
        raise SettingsError(f"{where}: {str(why).replace('`$.', '`').removesuffix(' - at `$`')}.") from why
    return both


def _merged(own: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    both = dict(own)
    for key, value in given.items():
        if key not in own:
            both[key] = value
        elif isinstance(own[key], Mapping) and isinstance(value, Mapping):
            both[key] = _merged(own[key], value, f"{where} {key}")
        else:
            raise SettingsError(f"{where}: `{key}` is for `farmstream up` to decide: remove it.")
    return both
