"""The stream's schemas are projections of telemetry: held equal to what it encodes."""

import re
from datetime import UTC, datetime

import pytest
from msgspec import ValidationError, convert, structs

from storage.table import fits
from streaming.parse import MAX_AGE, READING
from streaming.schema import JOINED, MEASURED, PAYLOAD, REJECTED_RECORD
from streaming.told import ALERT_ROWS
from telemetry.quantities import QUANTITIES
from telemetry.reading import Main, Reading
from telemetry.rejected import rejected_record
from tests.unit.storage.cql import columns


def names(ddl: str) -> set[str]:
    """Top-level columns of a DDL string."""
    flat = re.sub(r"<[^<>]*>", "", ddl)
    return {column.split()[0] for column in flat.split(", ")}


def test_the_payload_has_every_field_of_a_reading() -> None:
    fields = {field.name for field in structs.fields(Reading)}
    assert names(PAYLOAD) == fields | {"misfit"}
    assert set(READING) == fields - {"coord", "main", "age"} | {"lon", "lat", *MEASURED}


def test_the_values_are_the_quantities_with_their_old_names() -> None:
    assert tuple(field.name for field in structs.fields(Main)) == MEASURED
    main = re.search(r"main STRUCT<([^>]*)>", PAYLOAD)
    assert main
    assert names(main[1]) == {q.name for q in QUANTITIES} | {q.legacy_key for q in QUANTITIES}


def test_the_joined_record_is_the_reading_with_its_field() -> None:
    fields = {field.name for field in structs.fields(Reading)}
    assert names(JOINED) == fields - {"age"} | {"field_id", "field_name"}


def test_the_rejected_record_is_telemetrys() -> None:
    record = rejected_record("mqtt:x", b"raw", "why", datetime(2026, 6, 1, tzinfo=UTC))
    assert names(REJECTED_RECORD) == record.keys() | {"misfit"}


def test_rows_of_alerts_fit_the_table_and_leave_what_people_write() -> None:
    table = columns("alert")
    assert all(fits(table[column.name], column.type) for column in ALERT_ROWS)
    assert table.keys() - set(ALERT_ROWS.names) == {"acknowledged", "acknowledged_by"}


def test_the_greatest_age_is_telemetrys() -> None:
    assert convert({"id": "7", "main": {}, "age": MAX_AGE}, Reading).age == MAX_AGE
    with pytest.raises(ValidationError):
        convert({"id": "7", "main": {}, "age": MAX_AGE + 1}, Reading)
