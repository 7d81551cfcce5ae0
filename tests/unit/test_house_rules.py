"""The tools that keep the house rules find nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_finds_nothing(tool: str) -> None:
    program, *words = TOOLS[tool]
    found = subprocess.run(
        [str(Path(sys.executable).parent / program), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
