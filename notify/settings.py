"""The settings of `farmstream notify --config notify.toml` (docs/alerts.md)."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from notify.trust import trusted
from telemetry.clock import duration
from telemetry.errors import SettingsError
from telemetry.settings import Secret, load_settings, read_secret

__all__ = [
    "Kafka",
    "Mail",
    "Mqtt",
    "Notifier",
    "Settings",
    "Webhook",
    "check_files",
    "read_settings",
    "secret",
]

Severity = Literal["info", "warning", "critical"]
State = Literal["open", "closed", "withdrawn"]
Port = Annotated[int, Meta(ge=1, le=65535)]
_HERE = ("127.0.0.1", "localhost", "::1")


class Kafka(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`start` is where a list that is new begins: with what comes (`latest`), or all the topic holds."""

    bootstrap: str
    topic_prefix: str = ""
    start: Literal["latest", "earliest"] = "latest"


class Notifier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all have: a `name` that is kept in the list, which alerts, and how long one attempt may take."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,48}$")]
    severities: tuple[Severity, ...] = ("warning", "critical")
    states: tuple[State, ...] = ("open", "closed", "withdrawn")
    timeout: str = "10s"


class Webhook(Notifier, frozen=True, kw_only=True):
    """A POST of the alert as JSON; `token_file` holds what goes into `Authorization: Bearer`, over https."""

    url: str
    token_file: str | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url '{self.url}' of webhook {self.name} is no http:// or https:// address")
        if parts.password:
            raise ValueError(f"url of webhook {self.name} holds a password: put a token into token_file")
        if self.token_file and parts.scheme == "http" and parts.hostname not in _HERE:
            raise ValueError(f"webhook {self.name}: a token leaves this machine over https:// alone")


class Mail(Notifier, frozen=True, kw_only=True):
    """SMTP; `security` is `starttls`, `tls` from the first byte, or `none`, on loopback alone."""

    host: str
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    sender: str
    to: Annotated[tuple[str, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in _HERE:
            raise ValueError(f"mail {self.name}: without TLS only a server on this machine is written to")
        if (self.user is None) != (self.password_file is None):
            raise ValueError(f"mail {self.name}: user and password_file come together")


class Mqtt(Notifier, frozen=True, kw_only=True):
    """A retained QoS 1 message to `topic/<alert id>`; a password leaves this machine with `tls` alone.

    `ca_file` is the authority that signed the broker's certificate, where the machine does not know it.
    """

    host: str
    port: Port = 1883
    tls: bool = False
    ca_file: str | None = None
    user: str | None = None
    password_file: str | None = None
    topic: Annotated[str, Meta(pattern=r"^[^+#]+$")] = "farm/alerts"

    def __post_init__(self) -> None:
        if self.password_file and not self.user:
            raise ValueError(f"mqtt {self.name}: a password_file is for a user: name the user")
        if self.ca_file and not self.tls:
            raise ValueError(f"mqtt {self.name}: a ca_file is for TLS: set tls = true")
        if self.password_file and not self.tls and self.host not in _HERE:
            raise ValueError(f"mqtt {self.name}: a password leaves this machine over TLS: set tls = true")


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`list` is the SQLite file of what is to be sent and was; after `give_up_after` one is left unsent."""

    kafka: Kafka
    list: str
    progress: str | None = None
    give_up_after: str = "3d"
    longest_pause: str = "5m"
    webhook: tuple[Webhook, ...] = ()
    mail: tuple[Mail, ...] = ()
    mqtt: tuple[Mqtt, ...] = ()

    def __post_init__(self) -> None:
        names = [notifier.name for notifier in self.notifiers]
        if not names:
            raise ValueError("there is nobody to notify: write a table [[webhook]], [[mail]] or [[mqtt]]")
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two notifiers are called '{min(twice)}'")
        for text in (self.give_up_after, self.longest_pause, *(n.timeout for n in self.notifiers)):
            _duration(text)

    @property
    def notifiers(self) -> tuple[Webhook | Mail | Mqtt, ...]:
        """All of them."""
        return (*self.webhook, *self.mail, *self.mqtt)


def read_settings(path: Path) -> Settings:
    """Settings from a TOML file; SettingsError names what is wrong, also in the files that they name."""
    settings = load_settings(path, Settings)
    check_files(settings)
    return settings


def check_files(settings: Settings) -> None:
    """SettingsError unless all secrets and certificates can be read."""
    for notifier in settings.notifiers:
        secret(notifier)
        if not isinstance(notifier, Webhook):
            trusted(notifier.ca_file)


def secret(notifier: Webhook | Mail | Mqtt) -> Secret | None:
    """The token or password, from its file."""
    file = notifier.token_file if isinstance(notifier, Webhook) else notifier.password_file
    return None if file is None else read_secret(Path(file))


def _duration(text: str) -> None:
    try:
        duration(text)
    except SettingsError as why:
        raise ValueError(str(why).removesuffix(".")) from why
