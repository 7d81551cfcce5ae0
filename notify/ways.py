"""The three ways out: each sends one notice, and returns only when the other side has taken it.

NotSent                it was not taken; the text says why
"""

import smtplib
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPException
from queue import Empty, Queue
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from notify.notice import Notice
from notify.settings import Mail, Mqtt, Webhook, secret
from notify.trust import trusted
from telemetry.clock import duration
from telemetry.errors import FarmstreamError

__all__ = ["NotSent", "Way", "way_of"]


class NotSent(FarmstreamError):
    """The other side did not take it."""


class Way(Protocol):
    """Sends a notice, or raises NotSent."""

    def send(self, notice: Notice) -> None: ...


def way_of(notifier: Webhook | Mail | Mqtt) -> Way:
    """The way that the settings mean; secrets are read now."""
    if isinstance(notifier, Webhook):
        return _Webhook(notifier)
    return _Mail(notifier) if isinstance(notifier, Mail) else _Mqtt(notifier)


class _Stay(HTTPRedirectHandler):
    """A redirect is not followed: the token is for the address that was written down."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Webhook:
    def __init__(self, settings: Webhook) -> None:
        self._url, self._token = settings.url, secret(settings)
        self._timeout, self._opener = duration(settings.timeout), build_opener(_Stay)

    def send(self, notice: Notice) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.key}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = msgspec.json.encode(notice.alert | {"message": notice.message})
        request = Request(self._url, body, headers, method="POST")  # noqa: S310 - http(s), by the settings
        try:
            with self._opener.open(request, timeout=self._timeout):
                return
        except HTTPError as why:
            raise NotSent(f"it answers {why.code} {why.reason}") from why
        except (URLError, OSError) as why:
            raise NotSent(f"it cannot be reached ({getattr(why, 'reason', why)})") from why
        except HTTPException as why:
            raise NotSent(f"what it answers is no HTTP ({type(why).__name__})") from why
        except ValueError:  # its text would tell the token
            raise NotSent("its url or token holds a character that HTTP does not allow") from None


class _Mail:
    def __init__(self, settings: Mail) -> None:
        self._settings, self._password = settings, secret(settings)
        self._context = trusted(settings.ca_file)

    def send(self, notice: Notice) -> None:
        try:
            with self._connected() as server:
                if self._settings.user and self._password:
                    server.login(self._settings.user, self._password)
                server.send_message(self._letter(notice))
        except (OSError, smtplib.SMTPException) as why:
            raise NotSent(f"the mail server did not take it ({why})") from why
        except ValueError:  # its text would tell of the password
            raise NotSent(
                "its user, password or an address holds a character that SMTP does not allow"
            ) from None

    def _connected(self) -> smtplib.SMTP:
        it, timeout = self._settings, duration(self._settings.timeout)
        if it.security == "tls":
            return smtplib.SMTP_SSL(it.host, it.port, timeout=timeout, context=self._context)
        server = smtplib.SMTP(it.host, it.port, timeout=timeout)
        if it.security == "starttls":
            server.starttls(context=self._context)
        return server

    def _letter(self, notice: Notice) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._settings.sender, ", ".join(self._settings.to)
        letter["Subject"], letter["Date"] = notice.title, formatdate()
        letter["Message-ID"] = f"<{notice.key}@farmstream>"  # the same in a repeat
        times = {name: notice.alert.get(name) for name in ("opened", "updated", "closed")}
        lines = [f"{name}: {at}" for name, at in times.items() if at]
        letter.set_content("\n".join([notice.message, "", *lines, f"alert: {notice.alert_id}"]) + "\n")
        return letter


class _Mqtt:
    def __init__(self, settings: Mqtt) -> None:
        self._settings, self._password = settings, secret(settings)
        self._timeout = duration(settings.timeout)
        self._context = trusted(settings.ca_file)

    def send(self, notice: Notice) -> None:
        it, client = self._settings, paho.Client(CallbackAPIVersion.VERSION2)
        if it.user:
            client.username_pw_set(it.user, self._password)
        client.connect_timeout = self._timeout
        body = msgspec.json.encode(notice.alert | {"message": notice.message})
        try:
            if it.tls:
                client.tls_set_context(self._context)
            self._connect(client)
            told = client.publish(f"{it.topic}/{notice.alert_id}", body, qos=1, retain=True)
            told.wait_for_publish(self._timeout)
            if not told.is_published():
                raise NotSent(f"the broker did not acknowledge it within {it.timeout}")
        except (OSError, ValueError, RuntimeError) as why:
            raise NotSent(f"the broker cannot be reached ({why})") from why
        finally:
            client.disconnect()
            client.loop_stop()

    def _connect(self, client: paho.Client) -> None:
        answer: Queue[str] = Queue()
        client.on_connect = lambda *given: answer.put("" if not given[3].is_failure else str(given[3]))
        client.connect(self._settings.host, self._settings.port)
        client.loop_start()
        try:
            refused = answer.get(timeout=self._timeout)
        except Empty:
            refused = "no answer"
        if refused:
            raise NotSent(f"the broker does not let it in ({refused})")
