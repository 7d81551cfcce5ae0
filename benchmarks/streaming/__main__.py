"""Part `source` by itself, on a Cassandra of its own: python -m benchmarks.streaming [--json]."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.streaming.source import Plan, SourceFigures, run
from compose.local.cassandra import Cassandra as CassandraServer
from compose.local.home import Home
from compose.local.jars import require_jars
from compose.local.java import find_java, spark_java_home
from compose.local.ports import LOOPBACK, choose_ports
from compose.local.process import running
from storage.migrate import migrate
from storage.settings import Cassandra


def main(plan: Plan) -> SourceFigures:
    """Start the server, measure, and leave nothing behind."""
    java = find_java()
    with TemporaryDirectory(prefix="farmstream-bench-") as name:
        home = Home(Path(name)).make()
        ports = choose_ports(home.ports)
        server = CassandraServer(
            home=home, java=java, jars=require_jars(java, ["cassandra"])["cassandra"],
            port=ports["cassandra"], storage_port=ports["cassandra-storage"],
        )  # fmt: skip
        with running(server):
            tables = Cassandra(host=LOOPBACK, port=server.port)
            migrate(tables)
            java_home = spark_java_home(java, home.etc("java"))
            return run(tables, java_home, Path(name) / "source", Console(stderr=True), plan)


def show(found: SourceFigures, console: Console) -> None:
    """Print it as a table."""
    jobs = ("write dense", "write sparse", "read")
    table = Table("rows/s", *jobs, title=f"{found.rows:,} rows; dense: 25 rows in a partition, sparse: one")
    for name, rates in found.rows_per_s.items():
        table.add_row(name, *(f"{rates[job]:,.0f}" for job in jobs))
    console.print(table)
    for name, value in found.figures.items():
        console.print(f"{name}: {value:.2f}")
    if found.without_connector:
        console.print(f"Without the connector: {found.without_connector}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streaming", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-connector", action="store_true", help="without spark-cassandra-connector")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = main(Plan(rows=given.rows, rounds=given.rounds, with_connector=not given.no_connector))
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(figures)).decode() + "\n")
    else:
        show(figures, Console())
