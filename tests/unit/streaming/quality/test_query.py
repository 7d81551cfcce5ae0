"""The number of buckets: it scales with the sensors, and stays while it is enough."""

from pathlib import Path

import pytest

from streaming.quality.query import bucket_folder


@pytest.mark.parametrize(
    ("sensors", "buckets"), [(0, 4), (12, 4), (1600, 4), (1601, 8), (100_000, 256), (200_000, 512)]
)
def test_a_new_one_has_at_most_400_sensors_a_bucket(tmp_path: Path, sensors: int, buckets: int) -> None:
    assert bucket_folder(tmp_path, sensors) == (tmp_path / str(buckets), buckets)


def test_one_that_is_there_stays_up_to_500(tmp_path: Path) -> None:
    (tmp_path / "4").mkdir()
    assert bucket_folder(tmp_path, 2000)[1] == 4
    assert bucket_folder(tmp_path, 2001)[1] == 8
