"""The audit as a table for people, with a sentence that says what it comes to."""

from typing import TextIO

from storage.output import print_table
from streaming.audit.boards import Board, Gap
from streaming.audit.report import Audit

__all__ = ["show"]

_TITLES = (
    "sensor", "boot", "stored", "seq", "missing", "which", "twice", "refused", "late", "after watermark",
    "lag p50", "lag p99",
)  # fmt: skip
_NAMED = 3


def show(audit: Audit, out: TextIO) -> None:
    """Boards, then readings that came and are not stored, then the verdict."""
    if audit.boards:
        print_table(out, _TITLES, map(_cells, audit.boards))
    for one in audit.not_stored[:20]:
        print(f"not stored: {one.sensor} boot {one.boot} seq {one.seq} date {one.date_ms} ms", file=out)
    print(_verdict(audit), file=out)


def _cells(board: Board) -> list[object]:
    seq = None if board.first_seq is None else f"{board.first_seq}–{board.last_seq}"
    return [
        board.sensor, board.boot, board.received, seq, board.missing or None, _which(board.gaps) or None,
        board.duplicates or None, board.rejected or None, board.late or None, board.after_watermark or None,
        f"{board.lag_p50_s:.1f} s", f"{board.lag_p99_s:.1f} s",
    ]  # fmt: skip


def _which(gaps: list[Gap]) -> str:
    named = [str(first) if first == last else f"{first}–{last}" for first, last in gaps[:_NAMED]]
    return ", ".join(named) + (" …" if len(gaps) > _NAMED else "")


def _verdict(audit: Audit) -> str:
    refused, count = sum(audit.rejected.values()), len({board.sensor for board in audit.boards})
    counted = (
        f"{audit.received:,} readings of {count:,} boards since {audit.since}: "
        f"{audit.duplicates:,} came twice, {refused:,} refused, {audit.late:,} from a backlog, "
        f"{audit.after_watermark:,} after the watermark."
    )
    if audit.complete:
        return f"{counted}\nComplete: no number is missing, and all that came into Kafka is stored."
    return (
        f"{counted}\nNot complete: {audit.missing:,} numbers were never received, "
        f"{len(audit.not_stored):,} readings are in Kafka and not in the tables."
    )
