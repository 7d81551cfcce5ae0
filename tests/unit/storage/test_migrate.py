"""Which migrations are due, and the statements in them; no server."""

import re

import pytest

from storage.errors import MigrationRefused
from storage.migrate import Migration, available, pending
from storage.settings import Cassandra

ONE = Migration(1, "one", "CREATE TABLE $keyspace.a (b int PRIMARY KEY);")
TWO = Migration(2, "two", "CREATE TABLE $keyspace.c (d int PRIMARY KEY);")
DONE_ONE = {1: ("one", ONE.checksum)}


def test_versions_are_unbroken_from_one() -> None:
    assert [migration.version for migration in available()] == list(range(1, len(available()) + 1))


def test_every_statement_may_be_repeated_and_names_the_keyspace() -> None:
    settings = Cassandra(keyspace="elsewhere")
    statements = [text for migration in available() for text in migration.statements(settings)]
    assert statements
    for text in statements:
        assert "IF NOT EXISTS" in text and " elsewhere." in text
        assert "$" not in text


def test_semicolons_and_dashes_inside_a_statement_stay() -> None:
    text = "-- a; b\nCREATE TABLE t (a int) WITH comment = 'x; y -- z';\n\nSELECT 1;\n"
    assert Migration(1, "x", text).statements(Cassandra()) == [
        "CREATE TABLE t (a int) WITH comment = 'x; y -- z'",
        "SELECT 1",
    ]


def test_only_what_is_not_recorded_is_pending() -> None:
    assert pending([ONE, TWO], {}) == [ONE, TWO]
    assert pending([ONE, TWO], DONE_ONE) == [TWO]


def test_a_changed_file_is_refused_by_name() -> None:
    with pytest.raises(MigrationRefused, match="0001_one was changed"):
        pending([ONE._replace(text=ONE.text + " "), TWO], DONE_ONE)


def test_a_newer_database_is_refused() -> None:
    with pytest.raises(MigrationRefused, match="0002_two, which this version of Farmstream does not know"):
        pending([ONE], DONE_ONE | {2: ("two", TWO.checksum)})


def test_every_table_says_what_it_holds_and_how_it_is_compacted() -> None:
    made = [text for migration in available() for text in migration.statements(Cassandra())]
    tables = {text.split()[5].removeprefix("farm."): text for text in made if text.startswith("CREATE TABLE")}
    assert all("comment = '" in text for text in tables.values())
    how = {name: re.search(r"'class': '(\w+)CompactionStrategy'", text) for name, text in tables.items()}
    windows = {name for name, found in how.items() if found and found[1] == "TimeWindow"}
    others = {name for name, found in how.items() if found and found[1] == "Unified"}
    assert windows | others == tables.keys()
    written_again = {"sensor", "field", "rule", "alert", "reading_latest", "history_part"}
    assert others == written_again
