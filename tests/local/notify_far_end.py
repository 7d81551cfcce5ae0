"""The other sides of notifiers: a web server and a mail server on loopback that note what they are given."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

__all__ = ["Hook", "Mailbox", "hook", "mailbox"]


class Hook:
    """`taken` are (key, body) in order; the first `refuse` requests get a 503, each takes `delay` seconds."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.tokens: set[str | None] = set()
        self.refuse, self.delay, self.url = 0, 0.0, ""


@contextmanager
def hook() -> Iterator[Hook]:
    """A web server."""
    it = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sleep(it.delay)
            it.refuse, refused = max(0, it.refuse - 1), it.refuse > 0
            if not refused:
                it.taken.append((self.headers["Idempotency-Key"], msgspec.json.decode(body)))
                it.tokens.add(self.headers["Authorization"])
            self.send_response(503 if refused else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Not on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_port}/farm"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mailbox:
    """`letters` in the order in which they came; `users` that have logged in."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.users: list[tuple[str, str]] = []
        self.port = 0

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        """What aiosmtpd calls."""
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def mailbox(port: int, context: ssl.SSLContext, *, from_first: bool = False) -> Iterator[Mailbox]:
    """A mail server that takes nothing without a login, after STARTTLS or with TLS `from_first` byte on."""
    it = Mailbox()

    def login(server: object, session: object, envelope: object, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        it.users.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"s3cret")

    starttls: dict[str, Any] = {"tls_context": context, "require_starttls": True}
    at_once: dict[str, Any] = {"ssl_context": context, "auth_require_tls": False}  # it takes this for none
    controller = Controller(
        it, hostname="127.0.0.1", port=port, authenticator=login, auth_required=True,
        **at_once if from_first else starttls,
    )  # fmt: skip
    it.port = port
    controller.start()
    try:
        yield it
    finally:
        controller.stop()
