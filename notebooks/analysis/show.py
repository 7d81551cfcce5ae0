"""The result of the study as tables: (title, header, rows), for a terminal or a page."""

from collections.abc import Iterator
from typing import NamedTuple

from notebooks.analysis.choose import Chosen
from notebooks.analysis.evaluate import Interval
from notebooks.analysis.study import Study
from notebooks.analysis.train import Validated

__all__ = ["Sheet", "html", "sheets"]

_SHOWN = 12


class Sheet(NamedTuple):
    """A table and what it is of."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


def sheets(result: Study) -> Iterator[Sheet]:
    """In the order of the study."""
    span = f"{result.begins:%Y-%m-%d} to {result.ends:%Y-%m-%d}"
    yield Sheet("Data", ("", ""), [
        ("span", f"{span}, {result.hours:,} hours of {len(result.fields)} fields"),
        ("trained until", f"{result.train_until:%Y-%m-%d %H:%M} UTC"),
        ("tested from", f"{result.test_from:%Y-%m-%d %H:%M} UTC, {result.test_days} days"),
    ])  # fmt: skip
    yield _features("Features of moisture", result.chosen)
    yield _features("Features of falling below the threshold", result.chosen_for_falls)
    yield _validated("Moisture in 24 h, cross-validated: RMSE", result.regressors, result.regressor)
    yield _validated("Falls below the threshold, cross-validated: AUC", result.classifiers, result.classifier)
    yield Sheet(
        "Test: RMSE in % of volume, with 95 % intervals",
        ("hours ahead", "model", "persistence", "climatology", "better than persistence"),
        [
            (
                f"{f.horizon}",
                _told(f.model),
                _told(f.persistence),
                _told(f.climatology),
                _told(f.skill, percent=True),
            )
            for f in result.forecasts
        ],
    )
    falls = result.falls
    yield Sheet(
        f"Test: AUC, falls below the threshold within 24 h ({falls.cases:,} of {falls.hours:,} hours)",
        ("model", "persistence", "climatology"),
        [(_told(falls.model), _told(falls.persistence), _told(falls.climatology))],
    )


def html(result: Study) -> str:
    """The same for a notebook."""
    from html import escape

    def row(cells: tuple[str, ...], tag: str) -> str:
        return (
            "<tr>"
            + "".join(f"<{tag} style='text-align:left'>{escape(cell)}</{tag}>" for cell in cells)
            + "</tr>"
        )

    tables = (
        f"<h4>{escape(sheet.title)}</h4><table>{row(sheet.header, 'th')}"
        f"{''.join(row(cells, 'td') for cells in sheet.rows)}</table>"
        for sheet in sheets(result)
    )
    return "".join(tables)


def _features(title: str, chosen: Chosen) -> Sheet:
    return Sheet(
        f"{title}: {chosen.components} of {len(chosen.explained)} components hold 95 % of the variance",
        ("feature", "importance"),
        [(name, f"{weight:.3f}") for name, weight in list(chosen.importances.items())[:_SHOWN]],
    )


def _validated(title: str, candidates: list[Validated], best: str) -> Sheet:
    rows: list[tuple[str, ...]] = []
    for each in candidates:
        parameters = ", ".join(f"{name} {value:g}" for name, value in each.parameters.items())
        chosen = "chosen" if f"{each.name} ({parameters})" == best else ""
        folds = "  ".join(f"{score:.3f}" for score in each.scores)
        rows.append((each.name, parameters, f"{each.mean:.3f}", folds, chosen))
    return Sheet(title, ("model", "parameters", "mean", "folds", ""), rows)


def _told(score: Interval, percent: bool = False) -> str:
    def number(value: float) -> str:
        return f"{100 * value:.0f} %" if percent else f"{value:.2f}"

    if score.low is None or score.high is None:
        return number(score.value)
    return f"{number(score.value)} ({number(score.low)} to {number(score.high)})"
