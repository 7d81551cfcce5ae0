"""What a replay runs: into the keyspace it comes from, nothing that would be worse at its span's edges."""

from pathlib import Path

from msgspec.structs import replace

from compose.local.replay import _own
from streaming.settings import QUERIES, KafkaSettings, Settings

HERE = Settings(kafka=KafkaSettings(bootstrap="k:1"), checkpoints="c", progress="p")
WORSE = {"rejected", "quality", "hourly", "silence"}


def test_flags_silences_and_refusals_are_for_another_keyspace(tmp_path: Path) -> None:
    there = replace(HERE.cassandra, keyspace="trial")
    into_own = _own(HERE, HERE.cassandra, tmp_path, "replay-1-", elsewhere=False)
    into_other = _own(HERE, there, tmp_path, "replay-1-", elsewhere=True)
    assert set(into_other.queries) == {*QUERIES} - {"predictions"}
    assert set(into_own.queries) == {*into_other.queries} - WORSE
    assert (into_own.kafka.topic_prefix, into_other.cassandra.keyspace) == ("replay-1-", "trial")
    assert {Path(into_own.checkpoints).parent, Path(into_own.progress).parent} == {tmp_path}
