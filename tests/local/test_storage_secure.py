"""A Cassandra that asks for TLS and passwords: who gets in, what each role may do, and that it is killed."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate
from msgspec.structs import replace
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from compose.local.cassandra import Security
from compose.local.home import Home, write_private
from compose.local.java import Java
from compose.local.process import running
from storage import commands
from storage import connect as open_farm
from storage.errors import QueryFailed, StorageError, Unreachable
from storage.farm import Farm
from storage.how import How
from storage.latest import write_readings
from storage.migrate import migrate
from storage.roles import ROLES, Role, grant_roles, role_name
from storage.session import connect as open_session
from storage.settings import Cassandra
from storage.writer import write_batches
from telemetry.clock import utc_now
from telemetry.errors import SettingsError
from telemetry.settings import Secret
from tests.local.storage_tables import connection, reading_batch
from tests.servers import Jars, cassandra_in, make_home

pytestmark = pytest.mark.servers

Users = dict[Role, Cassandra]


class Secure:
    """A server with all tables, which a test may kill and start again; role → how it connects."""

    def __init__(self, stack: ExitStack, home: Home, jars: Jars, security: Security) -> None:
        self._stack, self._home, self._jars, self._security = stack, home, jars, security
        self.users: Users = {}

    def start(self, java: Java) -> int:
        """Its port."""
        service = cassandra_in(self._home, java, self._jars, self._security)
        self._process = self._stack.enter_context(running(service))
        return service.port

    def kill(self) -> None:
        """As a power cut does."""
        self._process.kill()
        self._process.wait()


def _server(folder: Path, ca: trustme.CA) -> Security:
    """The server's certificate for 127.0.0.1, as the keystore that Cassandra reads."""
    issued, password = ca.issue_cert("127.0.0.1"), secrets.token_urlsafe(12)
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    chain = [load_pem_x509_certificate(pem.bytes()) for pem in issued.cert_chain_pems]
    store = pkcs12.serialize_key_and_certificates(
        b"cassandra", key, chain[0], chain[1:], BestAvailableEncryption(password.encode())  # type: ignore[arg-type]
    )  # fmt: skip
    (folder / "server.p12").write_bytes(store)
    write_private(folder / "server.password", password)
    return Security(
        passwords=True, keystore=folder / "server.p12", keystore_password=folder / "server.password"
    )


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, java: Java, jars: Jars) -> Iterator[Secure]:
    folder, ca = tmp_path_factory.mktemp("secure"), trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    passwords: dict[Role, Secret] = {role: Secret(f"it's {secrets.token_urlsafe(12)}") for role in ROLES}
    with ExitStack() as stack:
        server = Secure(stack, make_home(folder / "home"), jars, _server(folder, ca))
        own = Cassandra(
            port=server.start(java), user="cassandra", ca_file=str(folder / "ca.pem"), wait="5s",
            password_file=_password(folder, "cassandra", "cassandra"),
        )  # fmt: skip
        _migrated(own)
        grant_roles(own, passwords)
        for role in ROLES:
            password = _password(folder, role, passwords[role])
            server.users[role] = replace(own, user=role_name(own, role), password_file=password)
        yield server


@pytest.fixture
def users(secure: Secure) -> Users:
    return secure.users


def _migrated(settings: Cassandra) -> None:
    """The server makes its first user shortly after it listens."""
    until = monotonic() + 120
    while True:
        try:
            migrate(settings)
            return
        except StorageError:
            if monotonic() > until:
                raise
            sleep(0.5)


def _password(folder: Path, name: str, password: str) -> str:
    write_private(folder / f"{name}.password", password + "\n")
    return str(folder / f"{name}.password")


def _refused(settings: Cassandra) -> str:
    """The sentence, once the server has forgotten the password that it knew for some seconds."""
    until = monotonic() + 60
    while monotonic() < until:
        try:
            with open_session(settings):
                sleep(0.5)
        except Unreachable as why:
            return str(why)
    return "let in"


def test_the_reader_reads_and_cannot_write(users: Users) -> None:
    write_readings(users["writer"], [reading_batch("s", range(10))], How())
    with Farm(users["reader"]) as farm:
        assert len(farm.readings("s", start="2026-03-01", end="2026-03-02")) == 10
    with pytest.raises(QueryFailed, match="no MODIFY permission"):
        write_batches(users["reader"], "reading", [reading_batch("s", range(20))])
    with Farm(users["reader"]) as farm:
        assert len(farm.readings("s", start="2026-03-01", end="2026-03-02")) == 10
    with pytest.raises(QueryFailed, match="no MODIFY permission"), open_session(users["reader"]) as session:
        session.execute(f"TRUNCATE {users['reader'].table('reading')}")


def test_the_writer_leaves_master_data_and_schema_alone(users: Users) -> None:
    writer = users["writer"]
    for statement in (
        f"INSERT INTO {writer.table('sensor')} (sensor_id) VALUES ('x')",
        f"DELETE FROM {writer.table('schema_migration')} WHERE version = 1",
        f"DROP TABLE {writer.table('reading')}",
        f"ALTER TABLE {writer.table('reading')} WITH default_time_to_live = 60",
        "CREATE ROLE mine WITH LOGIN = true AND PASSWORD = 'x'",
    ):
        with pytest.raises(QueryFailed, match=r"permission|privileges"), open_session(writer) as session:
            session.execute(statement)


def test_the_admin_migrates_and_imports(users: Users, tmp_path: Path) -> None:
    assert migrate(users["admin"]) == []
    fields = tmp_path / "sensors.csv"
    fields.write_text("sensor_id,field_id,lon,lat\ns1,,1.0,2.0\n")
    with (tmp_path / "out").open("w") as out:
        commands.import_sensors(users["admin"], fields, out)
    grant_roles(users["admin"], {"reader": Secret("another")})
    assert "refuses user 'farm_reader'" in _refused(users["reader"])
    grant_roles(users["admin"], {"reader": users["reader"].password() or Secret("")})


def test_migrate_makes_roles_with_passwords_of_their_own(
    users: Users, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = users["admin"]
    first = Path(str(admin.password_file)).with_name("cassandra.password")
    own = replace(admin, keyspace="other", user="cassandra", password_file=str(first))
    with (tmp_path / "out").open("w") as out:
        commands.migrate(own, out, tmp_path / "roles")
        commands.migrate(own, out, tmp_path / "roles")
    assert "Roles other_reader, other_writer, other_admin" in (tmp_path / "out").read_text()
    files = sorted((tmp_path / "roles").iterdir())
    assert [(file.name, file.stat().st_mode & 0o777) for file in files] == [
        (f"{role}.password", 0o600) for role in sorted(ROLES)
    ]
    monkeypatch.setenv("FARMSTREAM_CASSANDRA_USER", "other_reader")
    monkeypatch.setenv("FARMSTREAM_CASSANDRA_PASSWORD_FILE", str(tmp_path / "roles" / "reader.password"))
    monkeypatch.setenv("FARMSTREAM_CASSANDRA_CA_FILE", str(admin.ca_file))
    with open_farm(admin.address, keyspace="other") as farm:
        assert len(farm.sensors()) == 0
    with (
        open_farm(admin.address, keyspace="other") as farm,
        pytest.raises(QueryFailed, match="no MODIFY permission"),
    ):
        farm.acknowledge("x", utc_now(), "nobody")


def test_without_a_password_or_a_good_certificate_nobody_gets_in(users: Users, tmp_path: Path) -> None:
    reader = users["reader"]
    with pytest.raises(StorageError), open_session(replace(reader, user=None, password_file=None)):
        pass
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    stranger = replace(reader, ca_file=str(tmp_path / "other.pem"), connect_timeout="3s")
    with pytest.raises(Unreachable), open_session(stranger):
        pass
    with pytest.raises(StorageError):
        write_batches(replace(stranger, wait="1s"), "reading", [reading_batch("s", range(1))])
    plain = replace(reader, ca_file=None, connect_timeout="3s", wait="1s")
    with pytest.raises(StorageError):
        write_batches(plain, "reading", [reading_batch("s", range(1))])
    by_name = replace(reader, host="localhost", connect_timeout="3s")  # its certificate has the address
    with pytest.raises(Unreachable, match="certificate"), open_session(by_name):
        pass
    with open_session(replace(by_name, host="localhost,127.0.0.1")) as session:
        assert [host.address for host in session.hosts] == ["127.0.0.1"]
    with pytest.raises(SettingsError, match="cannot be used"), open_session(
        replace(reader, ca_file=str(tmp_path / "absent.pem"))
    ):  # fmt: skip
        pass


def test_spark_reads_and_writes_over_tls_as_the_role_that_it_is_given(
    spark: SparkSession, users: Users, tmp_path: Path
) -> None:
    pq.write_table(pa.Table.from_batches([reading_batch("spark", range(300))]), tmp_path / "rows.parquet")
    stored = spark.read.format("cassandra").options(**connection(users["reader"]), table="reading").load()
    stored = stored.where("sensor_id = 'spark' AND day = DATE '2026-03-01'")
    rows = spark.read.parquet(str(tmp_path / "rows.parquet"))
    rows.where("seq < 100").write.format("cassandra").options(
        **connection(users["writer"]), table="reading"
    ).mode("append").save()
    assert stored.count() == 100
    stream = spark.readStream.schema(rows.schema).parquet(str(tmp_path / "rows*"))
    writer = stream.writeStream.format("cassandra").options(**connection(users["writer"]), table="reading")
    query = writer.option("checkpointLocation", str(tmp_path / "state")).trigger(availableNow=True).start()
    assert query.awaitTermination(120)
    kept = stored.orderBy("seq").select("seq", "moisture", "faults").collect()
    assert [tuple(row) for row in kept] == [(seq, 31.2, {"ph": "crc"}) for seq in range(300)]
    as_reader = rows.write.format("cassandra").options(**connection(users["reader"]), table="reading")
    with pytest.raises(PySparkException, match="no MODIFY permission"):
        as_reader.mode("append").save()
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    stranger = replace(users["reader"], ca_file=str(tmp_path / "other.pem"), connect_timeout="3s", wait="1s")
    with pytest.raises(PySparkException, match="Invalid peer certificate"):
        spark.read.format("cassandra").options(**connection(stranger), table="reading").load().count()


def test_killed_and_started_again_it_has_every_row(secure: Secure, wheel_java: Java) -> None:
    """The writer goes on by itself; the second time the server runs on the Java of the wheel."""
    writer = replace(secure.users["writer"], wait="5m")
    half, written, result = threading.Event(), threading.Event(), []

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, 60_000, 1000):
            if start == 50_000:  # the first 20,000 are acknowledged, the next ones on their way
                half.set()
            yield reading_batch(f"killed-{start}", range(start, start + 1000))

    def write() -> None:
        result.append(write_batches(writer, "reading", batches()))
        written.set()

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    assert half.wait(120)
    secure.kill()
    assert not written.wait(3)  # it waits; it neither fails nor pretends
    secure.start(wheel_java)
    thread.join(300)
    assert result == [60_000]
    with open_session(secure.users["reader"]) as session:
        select = session.prepare(
            f"SELECT count(*) FROM {writer.table('reading')} WHERE sensor_id = ? AND day = '2026-03-01'"
        )
        for start in range(0, 60_000, 1000):
            assert session.execute(select, (f"killed-{start}",)).one()[0] == 1000
