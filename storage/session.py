"""A cassandra-driver session: for the schema, the master data and named queries.

The driver's event loop is libev, which its wheels carry (asyncore is gone from Python 3.12 on).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cassandra import (
    ConsistencyLevel,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    RequestExecutionException,
)
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.connection import DefaultEndPoint
from cassandra.metadata import KeyspaceMetadata
from cassandra.policies import ConstantReconnectionPolicy, DCAwareRoundRobinPolicy, TokenAwarePolicy
from cassandra.protocol import ErrorMessage

from storage.errors import QueryFailed, SchemaMissing, Unreachable
from storage.settings import Cassandra
from storage.tls import tls_context
from telemetry.clock import duration

__all__ = ["Session", "cluster_of", "connect", "open_session", "plain_errors"]

logging.getLogger("cassandra").addHandler(logging.NullHandler())  # not on stderr: errors are sentences


@contextmanager
def connect(settings: Cassandra) -> Iterator[Session]:
    """An open session; errors inside and at the connection are StorageErrors."""
    cluster = cluster_of(settings)
    try:
        with plain_errors(settings):
            yield open_session(cluster, settings)
    finally:
        cluster.shutdown()


def open_session(cluster: Cluster, settings: Cassandra) -> Session:
    """Connected; where there are several nodes, each request goes to one that has its rows.

    Without a schema (see `cluster_of`) the driver does not know how the keyspace is replicated.
    """
    session = cluster.connect()
    if len(cluster.metadata.all_hosts()) > 1:
        query = "SELECT durable_writes, replication FROM system_schema.keyspaces WHERE keyspace_name = %s"
        for row in session.execute(query, (settings.keyspace,)):
            options = dict(row.replication)
            kept = KeyspaceMetadata(settings.keyspace, row.durable_writes, options.pop("class"), options)
            cluster.metadata.keyspaces[settings.keyspace] = kept
    return session


@contextmanager
def plain_errors(settings: Cassandra) -> Iterator[None]:
    """Turn what the driver raises into one sentence that says what to do."""
    try:
        yield
    except NoHostAvailable as why:
        raise Unreachable(_absent(settings, why.errors)) from why
    except OperationTimedOut as why:
        raise Unreachable(
            f"Cassandra at {settings.place} did not answer within {settings.request_timeout}: "
            f"is it overloaded? Try again, or see its log."
        ) from why
    except InvalidRequest as why:
        raise _refused(settings, str(why)) from why
    except (DriverException, RequestExecutionException, ErrorMessage) as why:
        raise QueryFailed(f"Cassandra at {settings.address} refused: {why}") from why


def cluster_of(settings: Cassandra) -> Cluster:
    """Not connected yet; to be shut down."""
    password = settings.password()
    auth = PlainTextAuthProvider(settings.user, str(password)) if password is not None else None
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(settings.data_centre or "")),
        request_timeout=duration(settings.request_timeout),
        consistency_level=ConsistencyLevel.name_to_value[settings.consistency],
    )
    return Cluster(
        _contact_points(settings),
        port=settings.port,
        auth_provider=auth,
        ssl_context=tls_context(settings),
        protocol_version=settings.protocol,
        connect_timeout=duration(settings.connect_timeout),
        control_connection_timeout=duration(settings.connect_timeout),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ConstantReconnectionPolicy(1.0, max_attempts=None),
        schema_metadata_enabled=False,  # half of the time of each DDL statement, and nobody reads it
    )


def _contact_points(settings: Cassandra) -> list[Any]:
    """With TLS not resolved: the name that is given is the one that must stand in that node's certificate."""
    if not settings.ca_file:
        return list(settings.hosts)
    return [DefaultEndPoint(host, settings.port) for host in settings.hosts]


def _absent(settings: Cassandra, errors: Any) -> str:
    if not isinstance(errors, dict):  # what answers is known, and that none of it may be asked
        errors = {"": "none of those that answer is in that data centre" if settings.data_centre else errors}
    first = next(iter(errors.values()), "no answer")
    text = " ".join(str(first).split()).rpartition("Last error: ")[2]
    if "credentials" in text.lower() or "authentication" in text.lower():
        return f"Cassandra at {settings.address} refuses user '{settings.user}' ({text}): check the password."
    return (
        f"No Cassandra answers at {settings.place} ({text}): start it with `farmstream up`, "
        f"or correct host and port."
    )


def _refused(settings: Cassandra, text: str) -> Exception:
    text = text.removeprefix("Error from server: ")
    if "does not exist" in text or "unconfigured table" in text:
        return SchemaMissing(
            f"Keyspace {settings.keyspace} at {settings.address} is not complete ({text}): "
            f"run `farmstream migrate`."
        )
    return QueryFailed(f"Cassandra at {settings.address} refused the statement: {text}")
