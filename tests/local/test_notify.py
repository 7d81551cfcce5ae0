"""`farmstream notify` between a real Kafka and real receivers, killed in the middle."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any

import msgspec
import paho.mqtt.client as paho
import pytest
import trustme
from paho.mqtt.enums import CallbackAPIVersion

from compose.local.broker import Mosquitto
from compose.local.home_settings import BoardsTls
from compose.local.toml import write_toml
from notify.notice import Notice
from notify.settings import Mail, Mqtt
from notify.ways import NotSent, way_of
from tests.answering import answering
from tests.local.notify_far_end import Hook, hook, mailbox
from tests.local.notify_process import Notify, alert
from tests.local.streaming_application import until
from tests.servers import Server, broker_in, make_home, mosquitto_program, serving

pytestmark = pytest.mark.servers


@pytest.fixture
def web() -> Iterator[Hook]:
    with hook() as it:
        yield it


@pytest.fixture
def started() -> Iterator[list[Notify]]:
    """What is put into it is stopped at the end."""
    them: list[Notify] = []
    yield them
    for it in them:
        it.close()


def private(file: Path, text: str) -> str:
    file.touch(0o600)
    file.write_text(text + "\n")
    return str(file)


def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


def test_by_webhook_mail_and_mqtt_once_each(
    tmp_path: Path, kafka: Server, mosquitto: Server, web: Hook, started: list[Notify]
) -> None:
    gateway = mosquitto.credentials["mqtt-gateway"]
    broker = {"host": "127.0.0.1", "port": mosquitto.port, "user": gateway.user}
    secrets = {"password_file": private(tmp_path / "mqtt", gateway.password)}
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    signed(tmp_path).configure_cert(context)
    with mailbox(free_port(), context) as post:
        mail = {
            "name": "mail",
            "host": "127.0.0.1",
            "port": post.port,
            "user": "me",
            "ca_file": str(tmp_path / "ca.pem"),
        }
        mail |= {"password_file": private(tmp_path / "mail", "s3cret")}
        mail |= {"sender": "farm@example.org", "to": ["a@example.org", "b@example.org"]}
        token = private(tmp_path / "token", "t0ken")
        it = Notify(
            tmp_path, kafka, mail=[mail], mqtt=[{"name": "mqtt"} | broker | secrets],
            webhook=[{"name": "web", "url": web.url, "token_file": token, "states": ["open", "closed"]}],
        )  # fmt: skip
        started.append(it)
        it.start()
        it.send(alert(1), alert(1), alert(1, "closed"), alert(2, severity="info"), alert(3, "withdrawn"))
        sent = {name: {"waiting": 0, "sent": n, "given_up": 0} for name, n in (("mail", 3), ("mqtt", 3))}
        until(lambda: it.counts() == sent | {"web": {"waiting": 0, "sent": 2, "given_up": 0}})
        assert it.stop() == 0
        letters = [(str(letter["Subject"]), str(letter["To"])) for letter in post.letters]
        [first] = [letter for letter in post.letters if "open" in str(letter["Subject"])]
        body = str(first.get_payload(decode=True).decode())  # type: ignore[union-attr]
        assert set(post.users) == {("me", "s3cret")}
    assert [key for key, _ in web.taken] == ["a1-open", "a1-closed"]
    assert web.taken[0][1] == alert(1) | {"message": "North: temperature −1.00 °C."}
    assert web.tokens == {"Bearer t0ken"}
    both = "a@example.org, b@example.org"
    subjects = [f"[warning] frost {state}: 7" for state in ("open", "closed", "withdrawn")]
    assert sorted(letters) == sorted((subject, both) for subject in subjects)
    assert body.startswith("North: temperature −1.00 °C.")
    assert first["Message-ID"] == "<a1-open@farmstream>"
    assert "s3cret" not in (tmp_path / "notify.log").read_text()


def test_one_that_is_away_is_tried_again_and_holds_up_nobody(
    tmp_path: Path, kafka: Server, web: Hook, started: list[Notify]
) -> None:
    with hook() as other, answering(b"garbage\r\n") as (odd, asked):
        hooks = [{"name": "web", "url": web.url}, {"name": "other", "url": other.url}]
        hooks += [{"name": "nowhere", "url": f"http://127.0.0.1:{free_port()}/"}]
        hooks += [{"name": "odd", "url": odd}]
        it = Notify(tmp_path, kafka, webhook=hooks)
        started.append(it)
        it.start()
        web.refuse = 3
        it.send(*(alert(n) for n in range(5)))
        until(lambda: len(other.taken) == 5)
        until(lambda: len(web.taken) == 5)
        until(lambda: len(asked) >= 3)  # and tried again
        it.send(alert(5))
        until(lambda: len(other.taken) == 6)
        for name in ("nowhere", "odd"):
            until(lambda name=name: it.counts()[name] == {"waiting": 6, "sent": 0, "given_up": 0})  # type: ignore[misc]
        assert it.stop() == 0
    log = (tmp_path / "notify.log").read_text()
    assert "cannot be reached" in log
    assert "what it answers is no HTTP" in log
    assert "Traceback" not in log


def test_killed_in_the_middle_it_loses_nothing_and_says_what_it_repeats(
    tmp_path: Path, kafka: Server, web: Hook, started: list[Notify]
) -> None:
    it = Notify(tmp_path, kafka, webhook=[{"name": "web", "url": web.url}])
    started.append(it)
    it.start()
    web.delay = 0.01
    it.send(*(alert(n) for n in range(300)))
    for taken in (60, 150):
        until(lambda taken=taken: len(web.taken) >= taken)  # type: ignore[misc]
        assert it.process
        it.process.kill()
        it.process.wait()
        it.start()
    it.send(*(alert(n) for n in range(300, 320)))
    until(lambda: it.counts().get("web") == {"waiting": 0, "sent": 320, "given_up": 0})
    assert it.stop() == 0
    keys = [key for key, _ in web.taken]
    assert set(keys) == {f"a{n}-open" for n in range(320)}
    assert len(keys) - len(set(keys)) <= 2  # one for each kill: what was on its way out


def test_what_keeps_it_from_starting_is_one_sentence(tmp_path: Path) -> None:
    named = {"list": str(tmp_path / "list.db"), "kafka": {"bootstrap": f"127.0.0.1:{free_port()}"}}
    config = write_toml(
        tmp_path / "n.toml", named | {"webhook": [{"name": "w", "url": "http://127.0.0.1:1/"}]}
    )
    argv = [sys.executable, "-m", "compose.cli", "notify", "--config", str(config)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "No Kafka answers at 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr


def test_on_the_broker_the_last_word_is_kept(mosquitto: Server, tmp_path: Path) -> None:
    gateway = mosquitto.credentials["mqtt-gateway"]
    password = private(tmp_path / "mqtt", gateway.password)
    settings = Mqtt(
        name="m", host="127.0.0.1", port=mosquitto.port, user=gateway.user, password_file=password
    )
    for state in ("open", "closed"):
        told = Notice(alert_id="a1", state=state, severity="warning", rule="frost", alert=alert(1, state))
        way_of(settings).send(told)
    assert retained(mosquitto, "farm/alerts/a1")["state"] == "closed"
    wrong = msgspec.structs.replace(settings, password_file=private(tmp_path / "wrong", "no"))
    with pytest.raises(NotSent, match="the broker does not let it in"):
        way_of(wrong).send(told)
    with pytest.raises(NotSent, match="the broker cannot be reached"):
        way_of(msgspec.structs.replace(settings, port=free_port())).send(told)


def told_of_frost() -> Notice:
    return Notice(alert_id="a1", state="open", severity="warning", rule="frost", alert=alert(1))


def signed(folder: Path) -> trustme.LeafCert:
    """A certificate for this machine; its authority is in `ca.pem`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return authority.issue_cert("127.0.0.1")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server does not see it
def test_mail_with_tls_from_the_first_byte(tmp_path: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    signed(tmp_path).configure_cert(context)
    with mailbox(free_port(), context, from_first=True) as post:
        settings = Mail(
            name="m", host="127.0.0.1", port=post.port, security="tls", ca_file=str(tmp_path / "ca.pem"),
            user="me", password_file=private(tmp_path / "mail", "s3cret"), sender="f@example.org",
            to=("a@example.org",),
        )  # fmt: skip
        way_of(settings).send(told_of_frost())
        assert [str(letter["Subject"]) for letter in post.letters] == ["[warning] frost open: 7"]
        stranger = msgspec.structs.replace(settings, ca_file=None)
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            way_of(stranger).send(told_of_frost())
        not_ascii = private(tmp_path / "umlaut", "s3cr\u00e4t")
        with pytest.raises(NotSent, match=r"a character that SMTP does not allow$"):
            way_of(msgspec.structs.replace(settings, password_file=not_ascii)).send(told_of_frost())
        assert len(post.letters) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves its socket open
def test_over_tls_a_broker_is_known_by_its_certificate(tmp_path: Path) -> None:
    program = mosquitto_program()
    made, port = signed(tmp_path), free_port()
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    files = BoardsTls(listen=f"127.0.0.1:{port}", certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    broker = replace(broker_in(Mosquitto, make_home(tmp_path / "home"), program=program), tls=files)
    with serving(broker) as server:
        gateway = server.credentials["mqtt-gateway"]
        settings = Mqtt(
            name="m", host="127.0.0.1", port=port, tls=True, ca_file=str(tmp_path / "ca.pem"),
            user=gateway.user, password_file=private(tmp_path / "mqtt", gateway.password),
        )  # fmt: skip
        way_of(settings).send(told_of_frost())
        assert retained(server, "farm/alerts/a1")["state"] == "open"
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            way_of(msgspec.structs.replace(settings, ca_file=None)).send(told_of_frost())


def retained(broker: Server, topic: str) -> dict[str, Any]:
    """What the broker keeps there."""
    found: Queue[bytes] = Queue()
    gateway = broker.credentials["mqtt-gateway"]
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(gateway.user, gateway.password)
    client.on_connect = lambda *_: client.subscribe(topic, 1)
    client.on_message = lambda *given: found.put(given[2].payload)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        return msgspec.json.decode(found.get(timeout=30), type=dict[str, Any])
    finally:
        client.disconnect()
        client.loop_stop()
