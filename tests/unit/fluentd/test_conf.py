"""`fluent.conf` and its image say the same as the code."""

import re
from pathlib import Path

import pytest

from fluentd.conf import CONF, PLUGINS, fluentd_command, render
from fluentd.installed import fluentd_available
from fluentd.settings import MAX_RECORD, Http, Listen
from telemetry.rejected import MAX_RAW
from telemetry.topics import REJECTED, ROUTES, Route

TEXT = CONF.read_text()
BROKER_MESSAGE_MAX_BYTES = 1_048_588  # Kafka's default of message.max.bytes


def block(kind: str, pattern: str) -> str:
    found = re.search(rf"^<{kind} {re.escape(pattern)}>\n(.*?)^</{kind}>", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"no <{kind} {pattern}>"
    return found[1]


def option(text: str, name: str) -> str:
    found = re.search(rf"^\s*{name} (.*)$", text, re.MULTILINE)
    assert found, f"no {name}"
    return found[1]


def size(text: str) -> int:
    return int(text.rstrip("km")) * {"k": 2**10, "m": 2**20}.get(text[-1], 1)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.tag)
def test_each_tag_goes_to_its_topic_by_its_key(route: Route) -> None:
    out, fit = block("match", route.tag), block("filter", route.tag)
    assert option(out, "topic") == route.topic.name
    assert option(out, "message_key_key") == option(fit, "key") == route.key
    assert option(fit, "rejected_tag") == next(r.tag for r in ROUTES if r.topic is REJECTED)
    assert (size(option(fit, "max_bytes")), int(option(fit, "max_raw"))) == (MAX_RECORD, MAX_RAW)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.tag)
def test_nothing_is_lost_and_nothing_blocks(route: Route) -> None:
    out = block("match", route.tag)
    assert option(out, "required_acks") == "-1"
    assert option(out, "retry_forever") == "true"
    assert option(out, "overflow_action") == "block"
    assert 3 * size(option(out, "chunk_limit_size")) < BROKER_MESSAGE_MAX_BYTES
    assert size(option(out, "chunk_limit_size")) > MAX_RECORD
    assert "Kafka::MessageSizeTooLarge" in option(out, "ignore_exceptions")
    assert "<secondary>" in out


def test_times_are_seconds() -> None:
    assert not re.search(r"\d+ms\b", TEXT), "Fluentd reads 200ms as 200 s"


def test_the_defaults_are_those_of_the_embedded_collector() -> None:
    text = render({})
    sources = re.findall(r"<source>\n(.*?)</source>", text, re.DOTALL)
    forward, health = (source.replace('"', "") for source in sources)
    assert (option(forward, "bind"), option(forward, "port")) == (Listen().host, str(Listen().port))
    assert (option(health, "bind"), option(health, "port")) == (Http().host, str(Http().port))
    assert size(option(forward, "chunk_size_limit")) == Listen().max_message
    assert "ENV[" not in text.replace("stands in ENV[...]", "")


def test_values_are_put_in_everywhere() -> None:
    text = render({"FLUENTD_BUFFER": "/data/b", "FLUENTD_KAFKA": "10.0.0.1:9092", "FLUENTD_PORT": 1234})
    assert text.count('"/data/b/') == TEXT.count("FLUENTD_BUFFER']")
    assert text.count('brokers "10.0.0.1:9092"') == len(ROUTES)
    assert 'port "1234"' in text


def test_a_variable_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="FLUENTD_KAFAK"):
        render({"FLUENTD_KAFAK": "x"})


def test_the_command_has_our_plugins() -> None:
    words = fluentd_command("fluentd", Path("fluent.conf"))
    assert words == ("fluentd", "-c", "fluent.conf", "-p", str(PLUGINS))
    for type_ in set(re.findall(r"@type (farm_\w+)", TEXT)):
        assert len(list(PLUGINS.glob(f"*_{type_}.rb"))) == 1


def test_the_image_is_pinned() -> None:
    text = CONF.with_name("Dockerfile").read_text()
    assert re.search(r"^FROM fluent/fluentd:v\d+\.\d+\.\d+-debian-\d+\.\d+$", text, re.MULTILINE)
    assert re.search(r"fluent-plugin-kafka -v \d+\.\d+\.\d+", text)


def test_without_a_fluentd_the_reason_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fluentd_available() == (None, "There is no fluentd command on PATH.")


def test_a_fluentd_without_the_plugin_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "fluentd"
    program.write_text("#!/bin/sh\necho 'cannot load such file -- fluent/plugin/out_kafka2' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert fluentd_available() == (
        None,
        f"{program} has no Kafka plugin: run `fluent-gem install fluent-plugin-kafka`.",
    )
