"""A web server that misbehaves, over real sockets: it is `NotSent`, and no secret is in its text."""

import threading
from pathlib import Path

import pytest

from notify.daemon import guarded
from notify.notice import Notice
from notify.settings import Webhook
from notify.ways import NotSent, way_of
from tests.answering import answering

NOTICE = Notice(alert_id="a1", state="open", severity="warning", rule="frost", alert={"alert_id": "a1"})


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"garbage\r\n", "what it answers is no HTTP"),
        (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", "what it answers is no HTTP"),
        (b"", "cannot be reached"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "it answers 500 No"),
    ],
)
def test_an_answer_that_is_none_is_tried_again(answer: bytes, sentence: str) -> None:
    with answering(answer) as (url, asked):
        with pytest.raises(NotSent, match=sentence):
            way_of(Webhook(name="odd", url=url)).send(NOTICE)
        assert len(asked) == 1


def test_a_redirect_is_not_followed_with_the_token(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 204 Good\r\n\r\n") as (elsewhere, asked):
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        with answering(moved.encode()) as (url, first):
            hook = Webhook(name="w", url=url, token_file=token(tmp_path, "s3cret"))
            with pytest.raises(NotSent, match="it answers 307 Moved"):
                way_of(hook).send(NOTICE)
            assert b"Bearer s3cret" in first[0]
        assert not asked


def test_a_token_that_http_does_not_allow_is_not_told(tmp_path: Path) -> None:
    hook = Webhook(name="w", url="http://127.0.0.1:1/", token_file=token(tmp_path, "s3cret\u20ac"))
    with pytest.raises(NotSent, match="a character that HTTP does not allow") as found:
        way_of(hook).send(NOTICE)
    assert "s3cret" not in str(found.value)


def test_a_thread_that_ends_by_itself_is_a_failure() -> None:
    def fails() -> None:
        raise ZeroDivisionError

    stop, failed = threading.Event(), list[str]()
    with pytest.raises(ZeroDivisionError):
        guarded(fails, stop, failed)
    assert stop.is_set()
    assert failed == ["A thread of the notifiers ended by itself, of an error shown above."]
    later = list[str]()
    guarded(lambda: None, stop, later)  # after the signal it is to end
    assert not later


def token(folder: Path, text: str) -> str:
    file = folder / "token"
    file.touch(0o600)
    file.write_text(text + "\n")
    return str(file)
