"""Who may do what: roles with least rights, where Cassandra asks for passwords.

reader   SELECT on the keyspace: pages, notebooks, lists
writer   and MODIFY on what the stream writes, not on the master data and not on the schema's own tables
admin    everything in the keyspace, and may make it: `migrate`, imports, acknowledgements
"""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from storage.session import Session, connect
from storage.settings import Cassandra
from telemetry.settings import Secret, read_secret

__all__ = ["ROLES", "Role", "grant_roles", "passwords_in", "role_name"]

Role = Literal["reader", "writer", "admin"]
ROLES: tuple[Role, ...] = ("reader", "writer", "admin")

NOT_THE_STREAMS = {"sensor", "field", "rule", "schema_migration", "schema_lock"}
"""Tables that people change, or `migrate`: the writer only reads them."""


def role_name(settings: Cassandra, role: Role) -> str:
    """The user name: roles are of the whole cluster, so the keyspace stands before them."""
    return f"{settings.keyspace}_{role}"


def grant_roles(settings: Cassandra, passwords: Mapping[Role, Secret]) -> None:
    """Make these roles with these passwords, and give them their rights; harmless when repeated.

    `settings` is the server's own superuser, or the admin once there is one (who gives itself no rights).
    Run after `migrate`: a new table is the writer's from then on.
    """
    with connect(settings) as session:
        for role, password in passwords.items():
            name = role_name(settings, role)
            login = f"WITH LOGIN = true AND PASSWORD = '{password.replace(chr(39), 2 * chr(39))}'"
            session.execute(f"CREATE ROLE IF NOT EXISTS {name} {login}")
            session.execute(f"ALTER ROLE {name} {login}")
            for right in () if settings.user == name else _rights(session, settings, role):
                session.execute(f"GRANT {right} TO {name}")


def passwords_in(folder: Path) -> dict[Role, Secret]:
    """The roles' passwords, each the first line of `ROLE.password`; made where there is none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for role in ROLES:
        with suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(folder / f"{role}.password", flags, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
    return {role: read_secret(folder / f"{role}.password") for role in ROLES}


def _rights(session: Session, settings: Cassandra, role: Role) -> list[str]:
    keyspace = f"ON KEYSPACE {settings.keyspace}"
    if role == "admin":
        return ["CREATE ON ALL KEYSPACES", f"ALL {keyspace}", "ALL ON ALL ROLES"]
    rights = [f"SELECT {keyspace}"]
    if role == "writer":
        query = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
        tables = {row.table_name for row in session.execute(query, (settings.keyspace,))}
        rights += [f"MODIFY ON {settings.table(name)}" for name in sorted(tables - NOT_THE_STREAMS)]
    return rights
