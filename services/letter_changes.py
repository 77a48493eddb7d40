"""What would raise a shop's score, rescored by the model: one change at a time, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from supplyrisk import gnn
from supplyrisk.graph import Words
from supplyrisk.graph.merchant import (
    FEASIBLE_CHANGES,
    FeasibleChange,
    ShopFigure,
    changed_values,
    figure_text,
    letter_words,
    shop_feature,
)
from supplyrisk.services.letter_document import LetterChange, LetterStep
from supplyrisk.services.letter_sources import ShopRow

TOGETHER = "TOGETHER"
"""Code of all changes at once."""
LEAST_GAIN = 1
"""Points that a change must bring to be listed."""


@dataclass(frozen=True)
class LetterChanges:
    """Changes that raise the score, the largest gain first; and all of them together, None with fewer than two."""

    single: tuple[LetterChange, ...] = ()
    together: LetterChange | None = None


def letter_changes(
    row: ShopRow, rescoring: gnn.FirmRescoring, bounds: tuple[float, ...], margin: float = 1.0
) -> LetterChanges:
    """Return the feasible changes that raise the points by at least LEAST_GAIN.

    Parameters
    ----------
    row: the shop.
    rescoring: its score.
    bounds: upper PDs of the grades.
    margin: factor of its hazard for missing data, which its grade and points include; 1 by default: none.
    """
    sources = {name: feature.source for name, feature in row.features.items()}
    news = [changed_values(change, row.values, row.peers, sources) for change in FEASIBLE_CHANGES]
    possible = [(change, new) for change, new in zip(FEASIBLE_CHANGES, news, strict=True) if new]
    before, *after = _graded(rescoring.pds([{}, *(new for _, new in possible)]).tolist(), margin)
    results = []
    for (change, new), pd in zip(possible, after, strict=True):
        result = _result(change.code, _steps(row, change, new), before, pd, bounds)
        result = replace(result, with_peers_figures=any(math.isnan(row.values[name]) for name in new))
        if result.gain >= LEAST_GAIN:
            results.append((pd, result, new))
    # A stable sort: equal results stay in the order of the registry.
    results.sort(key=lambda item: item[0])
    together = None
    if len(results) > 1:
        merged = {name: value for _, _, new in results for name, value in new.items()}
        [pd] = _graded(rescoring.pds([merged]).tolist(), margin)
        together = _result(TOGETHER, (), before, pd, bounds)
    return LetterChanges(tuple(result for _, result, _ in results), together)


def _graded(pds: Sequence[float], margin: float) -> list[float]:
    return [gnn.graded_pd(pd, margin) for pd in pds]


def _result(
    code: str, steps: Sequence[LetterStep], before: float, after: float, bounds: tuple[float, ...]
) -> LetterChange:
    text = letter_words("text.together") if code == TOGETHER else letter_words(f"change.{code}")
    # The gain is that of the printed points.
    points = round(gnn.points(after))
    gain = points - round(gnn.points(before))
    return LetterChange(code, text, tuple(steps), gain, points, gnn.grade(after, bounds))


def _steps(row: ShopRow, change: FeasibleChange, new: Mapping[str, float]) -> list[LetterStep]:
    """The figures that a change is about, one per target: of several windows, the longest."""
    steps = []
    for target in change.targets:
        columns = [
            name for name in new if shop_feature(name) == target.feature and not name.endswith("_peers")
        ]
        if columns:
            name = max(columns, key=lambda column: row.features[column].window or 0)
            figure = row.figure(name)
            # A figure that is unknown so far has no step: the statement is new.
            if figure is not None and not math.isnan(figure.value):
                steps.append(_step(figure, target.feature, new[name]))
    return steps


def _step(figure: ShopFigure, feature: str, goal: float) -> LetterStep:
    after = ShopFigure(figure.feature, goal, currency=figure.currency)
    return LetterStep(
        letter_words(f"figure.{feature}"),
        Words(figure_text(figure, "en"), figure_text(figure, "zh")),
        Words(figure_text(after, "en"), figure_text(after, "zh")),
    )
