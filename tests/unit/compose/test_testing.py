"""How `farmstream test` spreads the tests."""

import pytest

from compose.testing import side_by_side


def test_files_run_side_by_side_where_there_is_memory() -> None:
    assert side_by_side(["-k", "spine"], 24_000)[:4] == ["-n", "2", "--dist", "loadfile"]


def test_a_small_machine_runs_one_test_after_the_other() -> None:
    assert side_by_side([], 6_000) == []


@pytest.mark.parametrize("word", ["-n0", "-n", "--numprocesses=4", "--pdb"])
def test_who_says_how_many_has_his_way(word: str) -> None:
    assert side_by_side([word], 24_000) == []
