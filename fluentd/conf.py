"""`fluent.conf` for an installed Fluentd: the production file, with this machine's values put in."""

import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["CONF", "PLUGINS", "fluentd_command", "render"]

CONF = Path(__file__).with_name("fluent.conf")
PLUGINS = Path(__file__).with_name("plugins")
"""Our own plugins in Ruby, for `fluentd -p`."""

_VARIABLE = re.compile(r"\#\{ENV\['(\w+)'\] \|\| '([^']*)'\}")


def render(values: Mapping[str, object]) -> str:
    """The text of `fluent.conf` with `values` for its environment variables, the defaults for the rest.

    Variables: FLUENTD_BIND, FLUENTD_PORT, FLUENTD_HTTP_PORT, FLUENTD_KAFKA (host:port, with commas),
    FLUENTD_BUFFER (folder), FLUENTD_BUFFER_SIZE, FLUENTD_WORKERS. ValueError for any other name.
    """
    text = CONF.read_text()
    unknown = set(values) - {name for name, _ in _VARIABLE.findall(text)}
    if unknown:
        raise ValueError(f"fluent.conf has no {', '.join(sorted(unknown))}.")
    return _VARIABLE.sub(lambda found: str(values.get(found[1], found[2])), text)


def fluentd_command(program: str, config: Path) -> tuple[str, ...]:
    """The words that run `program` with `config`."""
    return (program, "-c", str(config), "-p", str(PLUGINS))
