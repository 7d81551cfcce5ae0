"""Spark's Kafka connector for the image: `python -m compose.docker.jars FOLDER`, checked by jars.lock."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from compose.local.jars import require_jars
from compose.local.java import find_java
from telemetry.errors import FarmstreamError

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Fetch the jars into the folder; 1 after one sentence where that fails."""
    (folder,) = map(Path, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory() as cache:
            for jar in require_jars(find_java(), ["spark"], Path(cache))["spark"].files:
                shutil.copy(jar, folder)
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
