"""A view as a link: `what=moisture&span=1y&fields=north,river`, or `from=2026-06-01&to=2026-08-31`."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from notebooks.history.choice import SPANS
from telemetry.quantities import QUANTITIES

__all__ = ["View", "read_link", "write_link"]


class View(NamedTuple):
    """What can be chosen on the page; an empty part is as it was. `span` is one of SPANS, or `days`."""

    what: str = ""
    span: str = ""
    fields: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


def read_link(text: str, fields: Iterable[str], sensors: Iterable[str]) -> View:
    """What of it is known here: a link may be old, or of another farm."""
    said = {name: values[-1] for name, values in parse_qs(text).items()}
    first, last = _day(said.get("from")), _day(said.get("to"))
    what, spans = said.get("what", ""), {_short(span): span for span in SPANS}
    return View(
        what if what in {q.name for q in QUANTITIES} else "",
        "days" if first and last else spans.get(said.get("span", ""), ""),
        _among(said.get("fields", ""), fields), _among(said.get("sensors", ""), sensors), first, last,
    )  # fmt: skip


def write_link(view: View) -> str:
    """The text that `read_link` takes."""
    said: Mapping[str, str] = {
        "what": view.what,
        "span": "" if view.span == "days" else _short(view.span),
        "from": str(view.first or "") if view.span == "days" else "",
        "to": str(view.last or "") if view.span == "days" else "",
        "fields": ",".join(view.fields), "sensors": ",".join(view.sensors),
    }  # fmt: skip
    return urlencode({name: text for name, text in said.items() if text}, safe=",")


def _short(span: str) -> str:
    return span.replace(" ", "")


def _among(text: str, known: Iterable[str]) -> tuple[str, ...]:
    there = set(known)
    return tuple(name for name in text.split(",") if name in there)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
