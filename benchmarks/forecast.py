"""How good the forecast is: the study of several simulated pasts, each with a weather of its own.

No server: boards of `farmstream simulate --history` measure, hours are made of it as the tables have them,
and the study goes its way up to the test, of which all errors are pooled. The pasts are independent, and
days of one are not: intervals come from drawing whole pasts. Beside it stands what is possible.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from msgspec import Struct
from pyspark.sql import DataFrame, SparkSession
from rich.console import Console
from rich.table import Table

from benchmarks.possible import possible
from compose.local.home import Home
from compose.local.spark import batch_session
from firmware.simulator.past import Past
from firmware.simulator.settings import SimulatorSettings
from notebooks.analysis.evaluate import Interval, rmse
from notebooks.analysis.examine import examine
from notebooks.analysis.labels import HORIZONS
from notebooks.analysis.rows import rows_of
from notebooks.analysis.trial import Falls, Forecast, Outcomes, falls, forecasts
from streaming.features import field_hours
from streaming.stored_hours import places
from telemetry.clock import to_epoch_ms
from telemetry.payload import decode_payload

__all__ = ["ForecastReport", "OnePast", "hours_of_past", "run_forecast", "show_forecast"]

_BOARDS, _FIELDS, _INTERVAL = 6, 3, 1800.0


class OnePast(Struct, frozen=True):
    """Of one seed: which models were picked, and the scores on its test; `possible` is the best `skill`."""

    seed: int
    regressor: str
    classifier: str
    skill: dict[str, float]
    possible: dict[str, float]
    auc: float
    auc_persistence: float
    cases: int


class ForecastReport(Struct, frozen=True, kw_only=True):
    """`forecasts`, `falls` and `possible` are of all pasts together."""

    days: float
    until: datetime
    boards: int
    fields: int
    interval_s: float
    pasts: list[OnePast]
    forecasts: list[Forecast]
    falls: Falls
    possible: dict[str, float]


def run_forecast(
    seeds: int, span: float, until: datetime, console: Console, first: int = 1
) -> ForecastReport:
    """Study pasts of `span` seconds up to `until`, seeds `first` and after; `console` shows how far it is."""
    found: dict[int, OnePast] = {}
    tested: list[Outcomes] = []
    best: list[Outcomes] = []
    with (
        TemporaryDirectory(prefix="farmstream-bench-") as folder,
        batch_session(Home(Path(folder)).make()) as spark,
        console.status("") as shown,
    ):
        for seed in range(first, first + seeds):
            shown.update(f"Past {seed - first + 1} of {seeds} …")
            found[seed], outcomes, ceiling = _study(spark, seed, span, until)
            tested.append({label: rows.assign(day=seed) for label, rows in outcomes.items()})
            best.append(ceiling)
    pooled = _pooled(tested)
    return ForecastReport(
        days=span / 86_400, until=until, boards=_BOARDS, fields=_FIELDS, interval_s=_INTERVAL,
        pasts=[*found.values()], forecasts=forecasts(pooled), falls=falls(pooled),
        possible=_skills(_pooled(best)),
    )  # fmt: skip


def _pooled(pasts: list[Outcomes]) -> Outcomes:
    return {label: pd.concat([each[label] for each in pasts]) for label in pasts[0]}


def _skills(found: Outcomes) -> dict[str, float]:
    """By horizon the share by which the RMSE of `possible` is below persistence's."""
    skills = {}
    for k in HORIZONS:
        truth, best = found[f"after_{k}"].to_numpy().T
        skills[str(k)] = 1.0 - rmse(truth, best) / rmse(truth, np.zeros(len(truth)))
    return skills


def _study(
    spark: SparkSession, seed: int, span: float, until: datetime
) -> tuple[OnePast, Outcomes, Outcomes]:
    past = Past(SimulatorSettings(boards=_BOARDS, fields=_FIELDS, interval=_INTERVAL, seed=seed))
    place = places(spark, [msgspec.to_builtins(field) for field in past.fleet.fields()])
    hours = hours_of_past(spark, past, until - timedelta(seconds=span), until)
    found = examine(spark, rows_of(hours, place, f"{span / 86_400:g} days"), lambda step: None)
    chance, ceiling = falls(found.outcomes), possible(past, found.split.test["hour"].min(), until)
    one = OnePast(
        seed, found.picked.regressor.title, found.picked.classifier.title,
        {str(each.horizon): each.skill.value for each in forecasts(found.outcomes)},
        _skills(ceiling),
        chance.model.value, chance.persistence.value, chance.cases,
    )  # fmt: skip
    return one, found.outcomes, ceiling


def hours_of_past(spark: SparkSession, past: Past, begin: datetime, end: datetime) -> DataFrame:
    """`streaming.features.HOURS`, as `streaming.stored_hours.hours_of` has them from the tables."""
    readings = pd.DataFrame(_readings(past, to_epoch_ms(begin), to_epoch_ms(end)))
    readings["date"] = readings["date"].dt.floor("h")
    hourly = readings.groupby(["sensor_id", "date"], as_index=False).mean()
    rows = [(sensor.sensor_id, sensor.field_id) for sensor in past.fleet.sensors()]
    return field_hours(
        spark.createDataFrame(hourly), spark.createDataFrame(rows, "sensor_id STRING, field_id STRING")
    )


def _readings(past: Past, begin_ms: int, end_ms: int) -> Iterator[dict[str, Any]]:
    stretch = past.part(begin_ms, end_ms)
    for number in range(past.settings.boards):
        for _, payload in stretch.payloads(number):
            reading = decode_payload(payload)
            means = {f"mean_{name}": value for name, value in msgspec.structs.asdict(reading.main).items()}
            yield {"sensor_id": reading.id, "date": reading.date, **means}


def show_forecast(report: ForecastReport, console: Console) -> None:
    """Print it as tables."""
    title = f"{len(report.pasts)} pasts of {report.days:g} days: RMSE in % of volume"
    pooled = Table(
        "hours ahead", "model", "persistence", "climatology", "less than persistence", "possible", title=title
    )
    for each in report.forecasts:
        scores = map(_told, (each.model, each.persistence, each.climatology, each.skill))
        pooled.add_row(str(each.horizon), *scores, f"{report.possible[str(each.horizon)]:.3f}")
    console.print(pooled)
    chance = report.falls
    console.print(
        f"AUC, falls below its threshold within 24 h ({chance.cases:,} of {chance.hours:,} hours): "
        f"{_told(chance.model)}; persistence {_told(chance.persistence)}", soft_wrap=True,
    )  # fmt: skip
    alone = Table(
        "seed", "less RMSE at 24 h", "possible", "AUC", "of persistence", "cases", "models", title="Each past"
    )
    for past in report.pasts:
        numbers = (past.skill["24"], past.possible["24"], past.auc, past.auc_persistence)
        models = f"{past.regressor}; {past.classifier}"
        alone.add_row(str(past.seed), *(f"{number:.3f}" for number in numbers), str(past.cases), models)
    console.print(alone)


def _told(score: Interval) -> str:
    if score.low is None or score.high is None:
        return f"{score.value:.3f}"
    return f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})"
