"""The progress file: totals over the batches, replaced in one step."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streaming.progress import Progress, behind


def batch(number: int, **more: Any) -> dict[str, Any]:
    return {"name": "windows", "batchId": number, "numInputRows": 10, "timestamp": "t"} | more


def operators(dropped: int, rows: int) -> dict[str, Any]:
    return {"stateOperators": [{"numRowsDroppedByWatermark": dropped, "numRowsTotal": rows}] * 2}


def test_rows_are_added_up_and_the_rest_is_as_it_is_now(tmp_path: Path) -> None:
    progress = Progress(datetime(2026, 6, 1, tzinfo=UTC))
    assert progress.batches("windows") == -1
    progress.report(batch(4, **operators(2, 30), processedRowsPerSecond=1234.56))
    progress.report(batch(5, **operators(1, 20), durationMs={"triggerExecution": 40}))
    progress.report(batch(0) | {"name": "join"})
    progress.save(tmp_path / "progress.json")
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]
    document = json.loads((tmp_path / "progress.json").read_text())
    assert document["started"] == "2026-06-01T00:00:00.000Z"
    assert document["queries"]["windows"] == {
        "batch": 5, "input_rows": 20, "rows_per_s": 0.0, "batch_ms": 40, "behind": 0, "dropped": 6,
        "state_rows": 40, "watermark": None, "at": "t",
    }  # fmt: skip
    assert document["queries"]["join"]["input_rows"] == 10
    assert progress.batches("windows") == 5


def test_behind_counts_what_is_not_read() -> None:
    source = {"endOffset": {"t": {"0": 5}}, "latestOffset": {"t": {"0": 7, "1": 3}}}
    assert behind(source) == 5
    assert behind({"endOffset": None}) == behind({}) == 0
