"""JupyterLab, or the dashboards as pages, in their container: the servers of `farmstream up`.

python -m compose.docker.pages jupyter|dashboards HOME --token-file FILE
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from compose.local.component import Command
from compose.local.home import Home
from compose.local.page_servers import SERVERS, PageServer, page_server
from compose.local.ports import PREFERRED
from telemetry.errors import FarmstreamError
from telemetry.settings import read_secret

__all__ = ["command", "main"]


def command(arguments: Sequence[str]) -> Command:
    """How the server is started; what it needs is laid out in HOME. FarmstreamError says what is missing."""
    asked = _parser().parse_args(arguments)
    home = Home(asked.home).make()
    server = PageServer(home, asked.ip, asked.port or PREFERRED[asked.server], read_secret(asked.token_file))
    return page_server(asked.server, server, {})


def main(arguments: Sequence[str]) -> int:
    """Become the server; 1 after one sentence where that fails."""
    try:
        made = command(arguments)
    except FarmstreamError as why:
        sys.stderr.write(f"{why}\n")
        return 1
    os.chdir(made.cwd or Path.cwd())
    os.execve(made.argv[0], made.argv, os.environ | made.env)  # noqa: S606 - no shell is wanted


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m compose.docker.pages")
    parser.add_argument("server", choices=SERVERS)
    parser.add_argument("home", type=Path)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--ip", default="0.0.0.0", help="where it listens")  # noqa: S104 - the container's
    parser.add_argument("--port", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
