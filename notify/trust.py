"""Whom a notifier trusts: the authorities of this machine, or the one in a `ca_file`."""

import ssl

from telemetry.errors import SettingsError

__all__ = ["trusted"]


def trusted(ca_file: str | None) -> ssl.SSLContext:
    """A context that knows the other side by its certificate; SettingsError where the file is none."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as why:
        raise SettingsError(f"{ca_file} holds no certificate (PEM): name another ca_file.") from why
    except OSError as why:
        raise SettingsError(f"Cannot read the ca_file {ca_file}: {why.strerror}.") from why
