"""What `analysis.ipynb` shows: the study on what the pipeline has stored, step by step, with charts."""

import os
from pathlib import Path

import plotly.graph_objects as go

from notebooks.analysis.evaluate import Interval
from notebooks.analysis.study import Study, study
from notebooks.look import ALARM, INK, LINES, QUIET
from storage import connect
from streaming.spark import Resources, spark_session

__all__ = ["components", "importances", "run", "scores"]

_SHOWN = 15


def run(since: str | None = None) -> Study:
    """The study of the last `since`: a year, unless FARMSTREAM_STUDY says, of the home FARMSTREAM_HOME.

    The model goes to its `models/`.
    """
    since = since or os.environ.get("FARMSTREAM_STUDY", "1y")
    home = Path(os.environ.get("FARMSTREAM_HOME") or ".farmstream").expanduser()
    keyspace = os.environ.get("FARMSTREAM_KEYSPACE", "farm")
    with connect(home=home, keyspace=keyspace) as farm, spark_session(Resources(partitions=1)) as spark:
        return study(spark, farm, home / "models", since, print)


def components(result: Study) -> go.Figure:
    """How much of the variance the first principal components hold."""
    held, total = [], 0.0
    for share in result.chosen.explained:
        total += share
        held.append(total)
    numbers = [*range(1, len(held) + 1)]
    figure = go.Figure(go.Scatter(x=numbers, y=held, mode="lines+markers", line={"color": LINES[0]}))
    figure.add_vline(result.chosen.components, line={"color": ALARM, "dash": "dash"})
    figure.update_layout(_layout(height=320, showlegend=False))
    figure.update_xaxes(title="principal components")
    return figure.update_yaxes(title="share of the variance", range=[0, 1.02], tickformat=".0%")


def importances(result: Study) -> go.Figure:
    """Which features the forest uses; those taken in colour."""
    listed = [*result.chosen.importances.items()][:_SHOWN][::-1]
    taken = set(result.chosen.selected)
    colours = [LINES[0] if name in taken else QUIET for name, _ in listed]
    names, weights = zip(*listed, strict=True)
    figure = go.Figure(go.Bar(x=weights, y=names, orientation="h", marker={"color": colours}))
    return figure.update_layout(_layout(height=420, margin={"l": 170, "r": 12, "t": 8, "b": 40}))


def scores(result: Study) -> go.Figure:
    """RMSE on the test by hours ahead, with 95 % intervals."""
    ahead = [f"{each.horizon} h" for each in result.forecasts]
    figure = go.Figure()
    for name, colour in (("model", LINES[0]), ("persistence", LINES[1]), ("climatology", QUIET)):
        found: list[Interval] = [getattr(each, name) for each in result.forecasts]
        over = [(each.high or each.value) - each.value for each in found]
        under = [each.value - (each.low or each.value) for each in found]
        errors = {"type": "data", "array": over, "arrayminus": under, "symmetric": False}
        bars = [each.value for each in found]
        figure.add_trace(go.Bar(name=name, x=ahead, y=bars, error_y=errors, marker={"color": colour}))
    figure.update_layout(_layout(height=340, barmode="group", legend={"orientation": "h", "y": 1.12}))
    return figure.update_yaxes(title="RMSE, % of volume")


def _layout(**more: object) -> dict[str, object]:
    plain = {
        "template": "none",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK},
        "margin": {"l": 60, "r": 12, "t": 8, "b": 44},
    }
    return plain | more
