"""The tools that keep the house rules find nothing, and what the installed programs read is installed."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
    "imports": ("lint-imports",),
}
FOR_IMAGES = {
    "compose/.env.example", "compose/docker/Dockerfile.dockerignore",
    "fluentd/plugins/filter_farm_fit.rb", "fluentd/plugins/out_farm_kafka.rb",
}  # fmt: skip
"""Read by those who make or run images, from a clone."""


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


@pytest.mark.parametrize(
    "stage", ["edge_gateway", "fluentd", "streaming", "storage", "notebooks", "notify", "compose"]
)
def test_what_a_stage_reads_is_installed_with_it(stage: str) -> None:
    """The images' programs are installed, not a clone: what is in no package is in no image."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    packages = [made.parent for made in (ROOT / stage).rglob("__init__.py")]
    installed = {
        file
        for package in packages
        for pattern in patterns["*"] + patterns.get(".".join(package.relative_to(ROOT).parts), [])
        for file in package.glob(pattern)
    }
    there = {
        file for file in (ROOT / stage).rglob("*.*") if file.is_file() and "__pycache__" not in file.parts
    }
    assert {str(f.relative_to(ROOT)) for f in there - installed if f.suffix != ".py"} <= FOR_IMAGES
