"""TLS to Cassandra, for both drivers: the server's certificate is always checked, its name too."""

import ssl
from pathlib import Path
from typing import Any

import acsylla

from storage.settings import Cassandra
from telemetry.errors import SettingsError

__all__ = ["hot_tls", "tls_context"]


def tls_context(settings: Cassandra) -> ssl.SSLContext | None:
    """For cassandra-driver; None without `ca_file`. SettingsError where a file cannot be used."""
    if not settings.ca_file:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except (OSError, ssl.SSLError) as why:
        raise SettingsError(f"ca_file, certificate_file or key_file cannot be used: {why}.") from why
    return context


def hot_tls(settings: Cassandra) -> dict[str, Any]:
    """Options of acsylla's cluster: the address must stand in the certificate, as no names are resolved."""
    if not settings.ca_file:
        return {}
    return {
        "ssl_enabled": True,
        "ssl_trusted_cert": _pem(settings.ca_file),
        "ssl_cert": _pem(settings.certificate_file),
        "ssl_private_key": _pem(settings.key_file),
        "ssl_verify_flags": acsylla.SSLVerifyFlags.PEER_IDENTITY,
    }


def _pem(file: str | None) -> str | None:
    try:
        return Path(file).read_text() if file else None
    except OSError as why:
        raise SettingsError(f"Cannot read {file}: {why.strerror}.") from why
