"""notify.toml: what is wrong is one sentence, and secrets are read before anything starts."""

from pathlib import Path

import pytest

from notify.settings import read_settings, secret
from telemetry.errors import SettingsError

HEAD = 'list = "list.db"\n[kafka]\nbootstrap = "127.0.0.1:9092"\n'
HOOK = '[[webhook]]\nname = "shed"\nurl = "http://127.0.0.1:1/"\n'
MAIL = '[[mail]]\nname = "mail"\nhost = "mail.example.org"\nsender = "farm@example.org"\n'
MQTT = '[[mqtt]]\nname = "m"\nhost = "broker.example.org"\n'
AWAY = '[[webhook]]\nname = "w"\nurl = "http://example.org/"\n'
TO = 'to = ["a@example.org"]\n'


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ("", "there is nobody to notify: write a table"),
        (HOOK + HOOK, "two notifiers are called 'shed'"),
        (
            '[[webhook]]\nname = "x"\nurl = "ftp://a/"\n',
            "url 'ftp://a/' of webhook x is no http:// or https://",
        ),
        ('[[webhook]]\nname = "x"\nurl = "http://u:p@a/"\n', "url of webhook x holds a password"),
        (HOOK + 'timeout = "soon"\n', "'soon' is not a duration"),
        (HOOK + 'states = ["lost"]\n', "Invalid enum value 'lost'"),
        (HOOK + 'token_file = "/nowhere/token"\n', "Cannot read the secret in /nowhere/token"),
        (MAIL + TO + 'security = "none"\n', "mail mail: without TLS only a server on this machine"),
        (MAIL + TO + 'user = "me"\n', "mail mail: user and password_file come together"),
        (MAIL + "to = []\n", "Expected `array` of length >= 1"),
        (MQTT + 'topic = "farm/#"\n', "at `mqtt.0..topic`"),
        (
            MQTT + 'user = "me"\npassword_file = "p"\n',
            "mqtt m: a password leaves this machine over TLS:",
        ),
        (MQTT + 'password_file = "p"\n', "mqtt m: a password_file is for a user: name the user"),
        (MQTT + 'ca_file = "ca.pem"\n', "mqtt m: a ca_file is for TLS: set tls = true"),
        (
            MQTT + 'tls = true\nca_file = "/nowhere/ca"\n',
            "Cannot read the ca_file /nowhere/ca: No such",
        ),
        (MAIL + TO + 'ca_file = "/nowhere/ca"\n', "Cannot read the ca_file /nowhere/ca: No such"),
        (MAIL + TO + f'ca_file = "{__file__}"\n', r"test_settings.py holds no certificate \(PEM\): name"),
        (AWAY + 'token_file = "t"\n', "webhook w: a token leaves this machine over https:// alone"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, tables: str, sentence: str) -> None:
    file = tmp_path / "notify.toml"
    file.write_text(HEAD + tables)
    with pytest.raises(SettingsError, match=sentence):
        read_settings(file)


def test_a_password_stays_on_this_machine_or_goes_over_tls(tmp_path: Path) -> None:
    password, file = tmp_path / "password", tmp_path / "notify.toml"
    password.touch(0o600)
    named = f'user = "me"\npassword_file = "{password}"\n'
    here = MQTT.replace("broker.example.org", "localhost")
    for table in (MQTT + "tls = true\n" + named, here + named, here, MQTT):
        file.write_text(HEAD + table)
        assert len(read_settings(file).mqtt) == 1


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    token, file = tmp_path / "token", tmp_path / "notify.toml"
    token.write_text("s3cret\n")
    file.write_text(f'{HEAD}{HOOK}token_file = "{token}"\n')
    with pytest.raises(SettingsError, match=f"run `chmod 600 {token}`"):
        read_settings(file)
    token.chmod(0o600)
    [hook] = read_settings(file).notifiers
    assert secret(hook) == "s3cret"
    assert "s3cret" not in repr(hook)
