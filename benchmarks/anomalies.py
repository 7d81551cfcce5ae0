"""How well faults are found: simulated boards with labelled faults through the operator of query `quality`.

No server: the boards of `farmstream simulate` measure, and the pure operator judges, ten minutes a batch.
A fault is found by the rules where the combined flag is suspect or fail, or a value is missing; by the
learned model where its score is over the limit. False alarms are readings without any label.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.wiring import fleet_of, make_boards
from streaming.quality.bucket import Bucket
from streaming.quality.control import Arrived, control
from streaming.quality.limits import Limits
from streaming.quality.series import ROW
from telemetry.clock import to_epoch_ms
from telemetry.quality import FAIL, MISSING, SUSPECT
from telemetry.quantities import QUANTITIES
from telemetry.reading import Reading

__all__ = ["KINDS", "Found", "auc", "run_anomalies", "show_anomalies"]

KINDS = ("dropout", "spike", "stuck", "noise", "jump", "drift")
"""All faults of the simulator that make a value wrong."""
_RATES = dict.fromkeys(KINDS, 0.001) | {"noise": 0.0005, "jump": 0.0001, "drift": 0.0001}
"""What lasts for hours begins more rarely: most readings are to be right."""
_START = datetime(2026, 6, 1, tzinfo=UTC)
_INTERVAL_MS, _BATCH_MS, _WATERMARK_MS = 60_000, 600_000, 600_000
_NAMES = [q.name for q in QUANTITIES]


class Found(Struct, frozen=True, kw_only=True):
    """Of one kind of fault; precision counts false alarms on readings without a label."""

    kind: str
    readings: int
    rules_precision: float
    rules_recall: float
    learned_precision: float
    learned_recall: float
    learned_auc: float


class _Seen(Struct, frozen=True):
    """A reading as judged: its labels, whether the rules found it, and its score (NaN: none)."""

    labels: tuple[str, ...]
    by_rules: bool
    score: float


def run_anomalies(boards: int = 12, days: int = 7, learning: int = 2, seed: int = 11) -> list[Found]:
    """Found by kind, over the days after the first `learning`."""
    limits = Limits()
    seen = [one for one in _judged(boards, days, seed, limits, learning)]
    return [_found(kind, seen, limits.anomaly) for kind in KINDS]


def show_anomalies(found: list[Found], console: Console) -> None:
    """As a table."""
    table = Table(
        "fault", "readings", "rules: precision", "recall", "learned: precision", "recall", "AUC",
        title="Faults found, by readings",
    )  # fmt: skip
    for one in found:
        shares = list(msgspec.structs.astuple(one))[2:]
        table.add_row(one.kind, f"{one.readings:,}", *(f"{share:.3f}" for share in shares))
    console.print(table)


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive has a higher score than a negative (Mann and Whitney); ties count half."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    ones = int(positive.sum())
    pairs = ones * (len(scores) - ones)
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / pairs) if pairs else float("nan")


def _found(kind: str, seen: list[_Seen], limit: float) -> Found:
    chosen = [one for one in seen if kind in one.labels or not one.labels]
    positive = np.array([kind in one.labels for one in chosen])
    by_rules = np.array([one.by_rules for one in chosen])
    scores = np.nan_to_num(np.array([one.score for one in chosen]), nan=-1.0)
    rules, learned = _shares(by_rules, positive), _shares(scores > limit, positive)
    return Found(
        kind=kind, readings=int(positive.sum()), rules_precision=rules[0], rules_recall=rules[1],
        learned_precision=learned[0], learned_recall=learned[1], learned_auc=auc(scores, positive),
    )  # fmt: skip


def _shares(told: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    right = int((told & positive).sum())
    return right / max(1, int(told.sum())), right / max(1, int(positive.sum()))


def _judged(boards: int, days: int, seed: int, limits: Limits, learning: int) -> Iterator[_Seen]:
    """The last flags of each reading after the learning days."""
    bucket, offset = Bucket.decode(None), 0
    labels: dict[tuple[str, int], tuple[str, ...]] = {}
    last: dict[tuple[str, int], _Seen] = {}
    for batch in _batches(boards, days, seed):
        labels |= {(reading.id, _ms(reading)): given for reading, given in batch}
        readings = [reading for reading, _ in batch]
        rows, ids = _rows(readings), [reading.id for reading in readings]
        told = control(bucket, Arrived(ids, offset + np.arange(len(ids)), rows), limits, _WATERMARK_MS)
        offset += len(ids)
        for row, quality, score in zip(told.rows, told.quality, told.score, strict=True):
            key = bucket.ids[row["sensor"]], int(row["date"])
            bad = int(quality) in (SUSPECT, FAIL, MISSING) or bool(np.isnan(row["value"]).any())
            last[key] = _Seen(labels[key], bad, float(score))
    begin = to_epoch_ms(_START + timedelta(days=learning))
    return (one for (_, date), one in last.items() if date >= begin)


def _batches(boards: int, days: int, seed: int) -> Iterator[list[tuple[Reading, tuple[str, ...]]]]:
    """What the boards measure, with the labels of the manifest."""
    settings = SimulatorSettings(
        boards=boards, seed=seed, interval=_INTERVAL_MS / 1000, start=_START,
        faults=_RATES, mqtt="mqtt://127.0.0.1",
    )  # fmt: skip
    start = to_epoch_ms(_START)
    fleet = make_boards(settings, fleet_of(settings), start, {})
    for begin in range(start, start + days * 86_400_000, _BATCH_MS):
        instants = range(begin, begin + _BATCH_MS, _INTERVAL_MS)
        measured = [board.measure(at) for at in instants for board in fleet]
        yield [(one.reading, one.labels) for one in measured]


def _rows(readings: list[Reading]) -> np.ndarray:
    rows = np.zeros(len(readings), ROW)
    rows["score"] = np.nan
    for row, reading in zip(rows, readings, strict=True):
        row["date"], row["boot"], row["seq"] = _ms(reading), reading.boot or 0, reading.seq or 0
        row["lon"], row["lat"] = (reading.coord.lon, reading.coord.lat) if reading.coord else (np.nan, np.nan)
        values = [getattr(reading.main, name) for name in _NAMES]
        row["value"] = [np.nan if value is None else value for value in values]
        row["parts"] = len(_NAMES) - list(reading.faults.values()).count("crc")
    return rows


def _ms(reading: Reading) -> int:
    """Only a clock that was lost leaves a reading without a date, and that is not among KINDS."""
    return to_epoch_ms(reading.date) if reading.date else 0
