"""Which queries are built again when rules or master have changed."""

from pathlib import Path

from msgspec.structs import replace

from streaming.quality.query import bucket_folder
from streaming.queries import renewed
from streaming.settings import KafkaSettings, Settings


def test_quality_is_renewed_when_the_farm_has_outgrown_its_buckets(tmp_path: Path) -> None:
    settings = Settings(kafka=KafkaSettings(bootstrap="k:1"), checkpoints=str(tmp_path), progress="p")
    (tmp_path / "quality" / "4").mkdir(parents=True)
    assert list(renewed(settings, 2000)) == ["events", "silence"]
    assert list(renewed(settings, 2001)) == ["events", "silence", "quality"]
    assert bucket_folder(tmp_path / "quality", 2001) == (tmp_path / "quality" / "8", 8)
    (tmp_path / "quality" / "8").mkdir()  # it has been started there
    assert list(renewed(settings, 2001)) == ["events", "silence"]
    assert not list(renewed(replace(settings, queries=("join",)), 2001))
