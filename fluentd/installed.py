"""Whether this machine has a Fluentd that can be the hop: the command and its Kafka plugin."""

import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fluentd.conf import fluentd_command, render

__all__ = ["Installed", "fluentd_available"]

_TIMEOUT_S = 60


class Installed(NamedTuple):
    """The command to run, or None and the reason."""

    command: str | None
    reason: str


def fluentd_available() -> Installed:
    """Asks the installed Fluentd itself, by a dry run of our configuration (takes a second or two)."""
    program = which("fluentd")
    if program is None:
        return Installed(None, "There is no fluentd command on PATH.")
    with TemporaryDirectory() as folder:
        config = Path(folder) / "fluent.conf"
        config.write_text(render({"FLUENTD_BUFFER": folder}))
        words = (*fluentd_command(program, config), "--dry-run")
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as why:
            return Installed(None, f"{program} does not run: {why}.")
    return (
        Installed(None, _reason(program, done.stderr + done.stdout))
        if done.returncode
        else Installed(program, "")
    )


def _reason(program: str, output: str) -> str:
    if "cannot load such file -- fluent/plugin/out_kafka2" in output:
        return f"{program} has no Kafka plugin: run `fluent-gem install fluent-plugin-kafka`."
    errors = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    return f"{program} does not take our fluent.conf: {errors[0] if errors else 'it does not say why'}."
