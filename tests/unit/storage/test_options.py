"""Options of `format("cassandra")`: what is wrong with them is one sentence that names the option."""

import pytest

from storage.how import How
from storage.spark.options import Options
from telemetry.errors import SettingsError


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"table": ""}, "say either table or table_column"),
        ({"table_column": "t"}, "say either table or table_column"),
        ({"password": "x"}, r"has no option 'password': it has batch_rows, ca_file, .*, wait"),
        ({"page_rows": "0"}, "option 'page_rows' cannot be '0': Expected int >= 1"),
        ({"concurrency": "many"}, "option 'concurrency' cannot be 'many': Expected int, got str"),
        (
            {"consistency": "ANY"},
            "option 'consistency' cannot be 'ANY': Expected one of ONE, LOCAL_ONE, .*ALL",
        ),
        ({"keyspace": "Farm"}, "option 'keyspace' cannot be 'Farm': Expected str matching .*"),
        ({"replication": "0"}, "replication '0' is neither 1 to 9 nor such as 'field:3,analytics:1'"),
        ({"replication": "field:3,x"}, "replication 'field:3,x' is neither .*"),
        ({"host": " ,"}, "host is empty: name a node of the cluster, .*"),
        ({"wait": "never"}, "wait: 'never' is not a duration: write for example 10s, 5m, 1h or 2d"),
        ({"ttl": "soon"}, "ttl: 'soon' is not a duration: write for example 10s, 5m, 1h or 2d"),
        ({"ttl": "21y"}, "ttl '21y' is not between 1s and 20 years"),
        ({"ttl": "1d", "ttl_column": "c"}, "ttl and ttl_column exclude each other"),
        ({"key_file": "k"}, "certificate_file and key_file come together or not at all"),
    ],
)
def test_what_is_wrong_is_one_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=rf"^format\('cassandra'\):? {sentence}\.$"):
        Options.read({"table": "t"} | given)


def test_who_logs_in_needs_a_password_and_the_other_way_round() -> None:
    for given in ({"user": "me"}, {"password_file": "/dev/null"}):
        with pytest.raises(SettingsError, match="come together or not at all"):
            Options.read({"table": "t"} | given).cassandra.password()


@pytest.mark.parametrize(
    ("given", "copies"),
    [
        ({}, {"replication_factor": 1}),
        ({"replication": "3"}, {"replication_factor": 3}),
        ({"replication": "field:3, analytics-2:1"}, {"field": 3, "analytics-2": 1}),
    ],
)
def test_copies_are_of_each_data_centre_or_named(given: dict[str, str], copies: dict[str, int]) -> None:
    assert Options.read({"table": "t"} | given).cassandra.copies() == copies


def test_what_is_sparks_own_is_left_alone() -> None:
    sparks = {"path": "p", "checkpointlocation": "c"}
    read = Options.read({"table": "t", "ignore_nulls": "true", "ttl": "1h"} | sparks)
    assert read.how == How(ignore_nulls=True, ttl="1h")
    assert read.how.using == " USING TTL 3600"
    assert How(timestamp_column="at", ttl_column="lives").using == " USING TIMESTAMP ? AND TTL ?"
