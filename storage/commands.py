"""What the CLI's data commands do: each takes settings and a stream, and raises FarmstreamErrors.

    migrate(settings, out, roles=None)
    import_sensors(settings, path, out)      list_sensors(settings, out, form="table")
    import_fields(settings, path, out)       list_fields(settings, out, form="table")
    list_readings(settings, sensor, out, since="1h", form="table")
    list_alerts(settings, out, since="7d", as_json=False)
    follow_alerts(settings, out, since="7d", as_json=False)      until interrupted
    acknowledge(settings, alert_id, by, out, since="90d")

`form` is `table` (for people, times in the field's zone), `json` (one array, UTC) or `csv` (UTC; the
lists of sensors and fields give what import reads). `follow_alerts` prints JSON lines.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TextIO

from storage import master, queries
from storage import migrate as migrations
from storage.alert_feed import changed_alerts, meant, recent
from storage.farm import Farm
from storage.master_csv import FIELD_HEADER, SENSOR_HEADER
from storage.output import print_csv, print_json_array, print_json_line, print_table, until_closed
from storage.roles import ROLES, grant_roles, passwords_in, role_name
from storage.rows import as_json as row_as_json
from storage.session import Session, connect
from storage.settings import Cassandra
from storage.show import (
    ALERT_TITLES,
    READING_HEADER,
    READING_TITLES,
    Zones,
    alert_line,
    field_cells,
    reading_cells,
    reading_line,
    sensor_cells,
)
from telemetry.clock import duration, utc_now

__all__ = [
    "Form",
    "acknowledge",
    "follow_alerts",
    "import_fields",
    "import_sensors",
    "list_alerts",
    "list_fields",
    "list_readings",
    "list_sensors",
    "migrate",
]

Form = Literal["table", "json", "csv"]

SHOWN = 1000
"""Rows that a table for people holds; JSON and CSV are not limited."""

POLL = 1.0
"""Seconds between two looks at the alert table."""


def migrate(settings: Cassandra, out: TextIO, roles: Path | None = None) -> None:
    """Bring the schema up to date and say what was done; with `roles`, their passwords' folder, these too."""
    applied = migrations.migrate(settings)
    done = f"applied {', '.join(applied)}" if applied else "nothing to do"
    print(f"Keyspace {settings.keyspace} at {settings.address}: {done}.", file=out)
    if roles:
        grant_roles(settings, passwords_in(roles))
        names = ", ".join(role_name(settings, role) for role in ROLES)
        print(f"Roles {names}: their passwords are in {roles}.", file=out)


def import_sensors(settings: Cassandra, path: Path, out: TextIO) -> None:
    """Import `sensors.csv`; ImportRefused names the bad cells, and nothing is written then."""
    with connect(settings) as session:
        written = master.import_sensors(session, settings, path, utc_now())
    print(f"{path}: {written} sensors imported.", file=out)


def import_fields(settings: Cassandra, path: Path, out: TextIO) -> None:
    """Import `fields.csv`; ImportRefused names the bad cells, and nothing is written then."""
    with connect(settings) as session:
        written = master.import_fields(session, settings, path)
    print(f"{path}: {written} fields imported.", file=out)


def list_sensors(settings: Cassandra, out: TextIO, form: Form = "table") -> None:
    """All sensors, by id."""
    with connect(settings) as session:
        sensors = master.read_sensors(session, settings)
    _print(out, form, SENSOR_HEADER.split(","), map(sensor_cells, sensors))


def list_fields(settings: Cassandra, out: TextIO, form: Form = "table") -> None:
    """All fields, by id."""
    with connect(settings) as session:
        fields = master.read_fields(session, settings)
    _print(out, form, FIELD_HEADER.split(","), map(field_cells, fields))


def list_readings(
    settings: Cassandra, sensor: str, out: TextIO, since: str = "1h", form: Form = "table"
) -> None:
    """The readings of `sensor` dated within the last `since` (such as `90m` or `2d`), newest first."""
    span = recent(duration(since))
    with connect(settings) as session, until_closed(out):
        found = queries.readings(session, settings, sensor, span)
        if form == "json":
            print_json_array(out, map(row_as_json, found))
        elif form == "csv":
            print_csv(out, READING_HEADER, map(reading_cells, found))
        else:
            zones = _zones(session, settings)
            lines = [reading_line(row, zones) for row in islice(found, SHOWN + 1)]
            _table(out, READING_TITLES, lines, f"No readings of sensor '{sensor}' in the last {since}.")


def list_alerts(settings: Cassandra, out: TextIO, since: str = "7d", as_json: bool = False) -> None:
    """The alerts opened within the last `since`, newest first; `as_json`: one array."""
    span = recent(duration(since))
    with connect(settings) as session, until_closed(out):
        found = queries.alerts(session, settings, span)
        if as_json:
            print_json_array(out, map(row_as_json, found))
        else:
            zones = _zones(session, settings)
            lines = [alert_line(row, zones) for row in islice(found, SHOWN + 1)]
            _table(out, ALERT_TITLES, lines, f"No alerts in the last {since}.")


def follow_alerts(settings: Cassandra, out: TextIO, since: str = "7d", as_json: bool = False) -> None:
    """The same alerts, oldest first, then each one as it opens or changes; ends with the reader or Ctrl-C."""
    seen: dict[str, Any] = {}
    with connect(settings) as session, until_closed(out), suppress(KeyboardInterrupt):
        while True:
            zones = _zones(session, settings)
            for alert in changed_alerts(session, settings, duration(since), seen):
                if as_json:
                    print_json_line(out, row_as_json(alert))
                else:
                    cells = ("–" if cell is None else cell for cell in alert_line(alert, zones))
                    print(*cells, sep="  ", file=out, flush=True)
            time.sleep(POLL)


def acknowledge(settings: Cassandra, alert_id: str, by: str, out: TextIO, since: str = "90d") -> None:
    """Note that `by` has seen the alert whose id is or begins with `alert_id`; AlertUnknown without one."""
    with Farm(settings) as farm:
        alert = meant(queries.alerts(farm.session, settings, recent(duration(since))), alert_id, since)
        farm.acknowledge(alert.alert_id, alert.opened, by)
    print(f"Alert {alert.alert_id} is acknowledged by {by}.", file=out)


def _zones(session: Session, settings: Cassandra) -> Zones:
    return Zones(master.read_fields(session, settings))


def _table(out: TextIO, titles: Sequence[str], lines: list[list[Any]], none: str) -> None:
    if lines:
        more = f"The newest {SHOWN}; there are more." if len(lines) > SHOWN else ""
        print_table(out, titles, lines[:SHOWN], more)
    else:
        print(none, file=out)


def _print(out: TextIO, form: Form, header: Sequence[str], rows: Iterable[list[Any]]) -> None:
    with until_closed(out):
        if form == "json":
            print_json_array(out, (dict(zip(header, row, strict=True)) for row in rows))
        elif form == "csv":
            print_csv(out, header, rows)
        else:
            print_table(out, header, rows)
