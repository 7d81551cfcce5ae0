"""The environment of spark-cassandra-connector: Spark 3.5 from PyPI, and its jars by Ivy, made once."""

import subprocess
import sys
import venv
from pathlib import Path

from rich.console import Console

from compose.local.ivy import fetch
from compose.local.jar_cache import cache_dir
from compose.local.java import find_java
from telemetry.errors import FarmstreamError

__all__ = ["CONNECTOR", "SPARK", "command"]

CONNECTOR = ("com.datastax.spark", "spark-cassandra-connector_2.12", "3.5.1")
SPARK = "3.5.7"

_MODULE = """\
<ivy-module version="2.0">
  <info organisation="farmstream" module="connector"/>
  <configurations defaultconf="default"><conf name="default"/></configurations>
  <dependencies defaultconf="default->default">
    <dependency org="{}" name="{}" rev="{}" conf="default->compile,runtime,master"/>
    <exclude org="org.apache.spark"/>
    <exclude org="org.scala-lang" module="scala-library"/>
  </dependencies>
</ivy-module>
"""


def command(console: Console) -> list[str]:
    """The words that start its jobs, but for the server's place; FarmstreamError where it cannot be had."""
    folder = cache_dir() / f"connector-{CONNECTOR[2]}-spark-{SPARK}"
    python = folder / "venv" / "bin" / "python"
    if not (folder / "complete").exists():
        with console.status("Fetching spark-cassandra-connector and Spark 3.5, once …"):
            _make(folder, python)
    jars = ",".join(str(jar) for jar in sorted((folder / "jars").glob("**/*.jar")))
    return [str(python), str(Path(__file__).with_name("connector_job.py")), jars]


def _make(folder: Path, python: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    module = folder / "ivy.xml"
    module.write_text(_MODULE.format(*CONNECTOR))
    fetch(find_java(), module, folder, poms=True)
    venv.create(folder / "venv", with_pip=True, clear=True)
    words = [str(python), "-m", "pip", "install", "--quiet", f"pyspark=={SPARK}", "setuptools"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FarmstreamError(f"pip could not install Spark {SPARK}: {done.stderr.strip().splitlines()[-1]}")
    (folder / "complete").touch()


if __name__ == "__main__":
    sys.stdout.write("\n".join(command(Console(stderr=True))) + "\n")
