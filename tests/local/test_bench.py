"""`farmstream bench gateway` on a few messages: it runs, and its JSON has what its documentation says."""

import json
import subprocess
import sys

import pytest

from tests.servers import mosquitto_program

pytestmark = pytest.mark.servers


def test_the_gateway_and_the_script_it_replaces_are_measured() -> None:
    mosquitto_program()
    words = [sys.executable, "-m", "compose.cli", "bench", "gateway", "--messages", "2000", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["messages"] == 2000
    for contestant in ("gateway", "baseline"):
        assert all(report[contestant][name] > 0 for name in ("messages_per_s", "rss_mib")), report
    assert report["memory"] in ("pss", "rss")
    assert report["rate_ratio"] > 0
