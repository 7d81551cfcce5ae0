"""Kafka with the topics, and Cassandra with the tables, for the length of a benchmark."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.usage import Members, spark_members
from compose.local.cassandra import Cassandra as CassandraServer
from compose.local.home import Home
from compose.local.jars import require_jars
from compose.local.java import find_java, spark_java_home
from compose.local.kafka import Kafka
from compose.local.ports import LOOPBACK, choose_ports
from compose.local.process import running
from compose.local.processes import family
from compose.local.topics import make_topics
from storage.migrate import migrate
from storage.settings import Cassandra

__all__ = ["Servers", "serving"]


@dataclass(frozen=True)
class Servers:
    """Where they are, with their pids; Spark's jars and JAVA_HOME, and a folder for what a part keeps."""

    folder: Path
    bootstrap: str
    tables: Cassandra
    jars: tuple[str, ...]
    java_home: Path
    pids: Mapping[str, int]

    def members(self, spark: int) -> Members:
        """Their processes, and those of the Spark application whose Python driver is `spark`."""
        return {name: family(pid) for name, pid in self.pids.items()} | spark_members(spark)


@contextmanager
def serving() -> Iterator[Servers]:
    """Start both; nothing of them is left behind."""
    java = find_java()
    jars = require_jars(java)
    with TemporaryDirectory(prefix="farmstream-bench-") as name, ExitStack() as stack:
        home = Home(Path(name)).make()
        ports = choose_ports(home.ports)
        kafka = Kafka(
            home=home, java=java, jars=jars["kafka"], port=ports["kafka"],
            controller_port=ports["kafka-controller"],
        )  # fmt: skip
        cassandra = CassandraServer(
            home=home, java=java, jars=jars["cassandra"], port=ports["cassandra"],
            storage_port=ports["cassandra-storage"],
        )  # fmt: skip
        pids = {one.name: stack.enter_context(running(one)).pid for one in (kafka, cassandra)}
        make_topics(kafka.bootstrap)
        tables = Cassandra(host=LOOPBACK, port=cassandra.port)
        migrate(tables)
        yield Servers(
            Path(name), kafka.bootstrap, tables, tuple(str(jar) for jar in jars["spark"].files),
            spark_java_home(java, home.etc("java")), pids,
        )  # fmt: skip
