"""A server of a test's own, which can be killed and started again with what it has on disk."""

from contextlib import ExitStack
from subprocess import Popen

from compose.local.cassandra import Cassandra
from compose.local.kafka import Kafka
from compose.local.ports import LOOPBACK
from compose.local.process import running
from tests.servers import Server

__all__ = ["Killable"]


class Killable:
    """It runs from the start; `stack` ends it."""

    def __init__(self, service: Cassandra | Kafka, stack: ExitStack) -> None:
        self._service, self._stack = service, stack
        self.server = Server(LOOPBACK, service.port)
        self.start()

    def start(self) -> None:
        """Until it answers."""
        self._process: Popen[bytes] = self._stack.enter_context(running(self._service))

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()
