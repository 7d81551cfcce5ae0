"""settings.toml of a home: what it may say, and one sentence for what is wrong."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from compose.local.broker import Amqtt
from compose.local.components.fluentd import fluentd, installed_fluentd
from compose.local.components.gateway import gateway_settings
from compose.local.components.jupyter import dashboards
from compose.local.components.notify import notify_settings
from compose.local.components.servers import broker_of
from compose.local.components.streaming import streaming_settings
from compose.local.credentials import make_credentials
from compose.local.home import Home
from compose.local.home_settings import BoardsTls, HomeSettings, read_home_settings
from compose.local.jar_cache import JarSet
from compose.local.java import Java
from compose.local.options import Options
from compose.local.ports import PREFERRED
from compose.local.stack import Stack
from compose.local.topology import build
from edge_gateway.settings import GatewaySettings
from notebooks import CREDIT, TILES
from streaming.settings import Settings
from telemetry.errors import SettingsError
from tests.servers import mosquitto_program


def stack(folder: Path, text: str | None = None) -> Stack:
    home = Home(folder / "home").make()
    if text is not None:
        home.settings.write_text(text)
    return Stack(
        options=Options(home=home, boards="0"),
        ports=PREFERRED,
        credentials=make_credentials(home.credentials),
        java=Java(folder),
        jars={name: JarSet(folder, ()) for name in ("spark", "kafka", "cassandra")},
        settings=read_home_settings(home.settings),
    )


def test_without_the_file_everything_is_as_it_was(tmp_path: Path) -> None:
    bare = stack(tmp_path)
    assert bare.settings == HomeSettings()
    assert "window" not in streaming_settings(bare)
    assert gateway_settings(bare)["max_ahead"] == streaming_settings(bare)["max_ahead"] == "10m"


def test_notifiers_run_only_where_they_are_wanted(tmp_path: Path) -> None:
    names = {component.name for component in build(stack(tmp_path / "a")).components}
    assert "notify" not in names
    table = '[[notify.webhook]]\nname = "shed"\nurl = "http://127.0.0.1:1/"\n'
    wanted = stack(tmp_path / "b", table)
    assert {component.name for component in build(wanted).components} == names | {"notify"}
    assert notify_settings(wanted)["webhook"] == [{"name": "shed", "url": "http://127.0.0.1:1/"}]
    with pytest.raises(SettingsError, match=r"\[notify\]: .*unknown field `uri`"):
        notify_settings(stack(tmp_path / "c", table + 'uri = "x"\n'))


def test_settings_reach_their_programs(tmp_path: Path) -> None:
    given = stack(
        tmp_path,
        'legacy_time_zone = "Asia/Tokyo"\nmax_ahead = "1h"\n[mqtt]\nbroker = "amqtt"\n'
        '[gateway]\nlate_after = "5m"\n[gateway.spool]\nmax_rows = 7\n'
        '[streaming]\nwindow = "30s"\nslide = "10s"\n[streaming.triggers]\nwindows = "1s"\n'
        "[streaming.kafka]\nmax_offsets = 100\n",
    )
    gateway, streaming = gateway_settings(given), streaming_settings(given)
    for program in (gateway, streaming):
        assert (program["legacy_time_zone"], program["max_ahead"]) == ("Asia/Tokyo", "1h")
    assert gateway["late_after"] == "5m"
    assert gateway["spool"]["max_rows"] == 7
    assert gateway["spool"]["path"].endswith("spool.db")
    assert (streaming["window"], streaming["slide"]) == ("30s", "10s")
    assert streaming["triggers"] == {"windows": "1s"}
    assert streaming["kafka"] == {"bootstrap": "127.0.0.1:9092", "max_offsets": 100}
    assert isinstance(broker_of(given), Amqtt)


def test_the_document_shows_the_defaults(tmp_path: Path) -> None:
    document = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
    shown = re.search(r"```toml\n(.*?)```", document, re.DOTALL)
    assert shown
    without, given = (stack(tmp_path), stack(tmp_path, shown[1]))
    assert given.settings.streaming.keys() > {"window", "triggers"}
    for settings, kind in ((gateway_settings, GatewaySettings), (streaming_settings, Settings)):
        assert msgspec.convert(settings(given), kind) == msgspec.convert(settings(without), kind)


def test_the_listener_for_boards_is_taken_as_the_document_shows_it(tmp_path: Path) -> None:
    document = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
    (shown,) = re.findall(r"```toml\n(\[mqtt\.tls\].*?)```", document, re.DOTALL)
    tls = stack(tmp_path, shown).settings.mqtt.tls
    assert tls == BoardsTls(
        listen="192.0.2.10:8883",
        certificate=Path("/etc/farmstream/broker.pem"),
        key=Path("/etc/farmstream/broker.key"),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("windw = 1", "unknown field `windw`"),
        ("[mqtt", "is not TOML"),
        ('[mqtt]\nbroker = "emqx"', "`mqtt.broker`"),
        ('[fluentd]\nhop = "vector"', "`fluentd.hop`"),
        ('[mqtt.tls]\nlisten = "::1:1"\ncertificate = 5\nkey = "/k"', "Expected .* `mqtt.tls"),
        (
            '[mqtt.tls]\nlisten = "a:1"\ncertificate = 5\nkey = "/k"',
            "Expected `Path`, got `int` .*certificate",
        ),
        ('[mqtt.tls]\nlisten = "a:1"\ncertificate = "c"\nkey = "/k"', "c must be an absolute path"),
        ('[streaming]\nwindw = "5m"', r"\[streaming\]: Object contains unknown field `windw`\.$"),
        ('[streaming]\nwindow = "soon"', r"\[streaming\]: window: 'soon' is not a duration"),
        ('[streaming]\nslide = "9m"', r"slide must be more than 0 and at most window \(5m\)"),
        ("[streaming]\nmin_count = 0", "Expected `int` >= 1 - at `min_count`"),
        ('[streaming.triggers]\nwindows = "x"', "windows: 'x' is not a duration"),
        ('[streaming]\ncheckpoints = "x"', r"\[streaming\]: `checkpoints` is for `farmstream up` to decide"),
        ('[streaming.kafka]\nbootstrap = "x"', r"\[streaming\] kafka: `bootstrap` is for"),
        ('[gateway]\nlate_after = "x"', "late_after: 'x' is not a duration"),
        ("[gateway.http]\nport = 1", r"\[gateway\] http: `port` is for"),
        ('[keep]\nreading = "0s"', r"\[keep\] reading: 0s is not between 1s and 20 years"),
        ('legacy_time_zone = "Mars/Base"', "'Mars/Base' is not a time zone"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_file(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as told:
        checked(stack(tmp_path, text))
    assert str(tmp_path / "home" / "settings.toml") in str(told.value)


def checked(given: Stack) -> None:
    check: Callable[[Stack], object]
    for check in (broker_of, installed_fluentd, gateway_settings, streaming_settings):
        check(given)


def program_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> Path:
    """A `fluentd` that answers a dry run with this exit code: none can be installed from Debian or PyPI."""
    program = folder / "bin" / "fluentd"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def test_an_installed_fluentd_is_the_hop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_on_path(tmp_path, monkeypatch, 0)
    given = stack(tmp_path)
    assert installed_fluentd(given) == str(program)
    command = fluentd(given, str(program)).prepare()
    assert command.argv[:2] == (str(program), "-c")
    conf = Path(command.argv[2]).read_text()
    assert "#{ENV[" not in conf
    assert f'brokers "{given.address("kafka")}"' in conf
    assert str(given.home.data("fluentd")) in conf
    assert installed_fluentd(stack(tmp_path, '[fluentd]\nhop = "embedded"')) is None


def test_a_fluentd_that_does_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program_on_path(tmp_path, monkeypatch, 1)
    assert installed_fluentd(stack(tmp_path)) is None
    with pytest.raises(SettingsError, match=r"settings\.toml: the hop is to be fluentd\. .*fluent\.conf"):
        installed_fluentd(stack(tmp_path, '[fluentd]\nhop = "fluentd"'))


def test_a_broker_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compose.local.components.servers.find_mosquitto", lambda: None)
    with pytest.raises(SettingsError, match="mosquitto, which is not installed"):
        broker_of(stack(tmp_path, '[mqtt]\nbroker = "mosquitto"'))
    assert isinstance(broker_of(stack(tmp_path / "other")), Amqtt)


def test_the_environment_decides_only_what_is_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosquitto_program()
    monkeypatch.setenv("FARMSTREAM_BROKER", "amqtt")
    assert isinstance(broker_of(stack(tmp_path / "other")), Amqtt)
    assert not isinstance(broker_of(stack(tmp_path, '[mqtt]\nbroker = "mosquitto"')), Amqtt)


def test_land_under_the_map_only_where_a_server_of_tiles_is_named(tmp_path: Path) -> None:
    def environment(settings: Stack) -> Mapping[str, str]:
        return dashboards(settings).prepare().env

    address = "http://127.0.0.1:1/{z}/{x}/{y}.png"
    wanted = stack(tmp_path / "a", f'[map]\ntiles = "{address}"\ncredit = "Somebody"\n')
    assert environment(wanted).items() >= {TILES: address, CREDIT: "Somebody"}.items()
    assert environment(stack(tmp_path / "b"))[TILES] == ""
    with pytest.raises(SettingsError, match="tiles is an address with"):
        stack(tmp_path / "c", '[map]\ntiles = "http://127.0.0.1/"\n')
