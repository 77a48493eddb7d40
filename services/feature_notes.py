"""Notes on the features of scored data: what is missing, what has shifted, and words that the model does not know."""

from __future__ import annotations

from collections.abc import Sequence

from supplyrisk import gnn

LISTED = 3
"""Features that a note names, the worst first; and words of a feature."""


def feature_notes(scores: gnn.Scores) -> list[str]:
    """Notes that name the features that are lacking, those that have shifted most, and unseen words."""
    return [*_degraded(scores), *_drift(scores), *_unseen(scores.features)]


def _degraded(scores: gnn.Scores) -> list[str]:
    """The tables and features that the model was trained with and the data lack."""
    if not scores.degraded:
        return []
    by_table: dict[str, int] = {}
    others: list[str] = []
    for report in scores.features:
        if report.lacking and report.source in scores.absent:
            by_table[str(report.source)] = by_table.get(str(report.source), 0) + 1
        elif report.lacking:
            others.append(report.feature)
    # How many features of an absent table are missing is unknown where the model does not record them.
    parts = [
        f"{table} ({_count(by_table[table], 'feature')})" if table in by_table else table
        for table in scores.absent
    ]
    parts += _some(sorted(others), 2 * LISTED)
    return [f"degraded: the model was trained with {', '.join(parts)}, which these data lack"]


def _drift(scores: gnn.Scores) -> list[str]:
    if not scores.records_features:
        return [
            "feature coverage and drift (PSI) against training are not recorded in this model: train it again"
        ]
    # Features without any value are named as missing already.
    shifted = [report for report in scores.features if report.shifted and not report.lacking]
    if not shifted:
        return []
    named = [f"{report.feature} {report.psi:.2f}" for report in shifted]
    return [
        f"shifted against the training data, PSI above {gnn.SHIFTED:g}: {', '.join(_some(named, LISTED))}"
    ]


def _unseen(reports: Sequence[gnn.FeatureReport]) -> list[str]:
    """One note per feature with words that the model has no column for, those of the most firms first."""
    with_words = [report for report in reports if report.unseen]
    with_words.sort(key=lambda report: (-report.unseen[0].firms, report.feature))
    notes = []
    for report in with_words[:LISTED]:
        words = [f"{word.word!r} ({_count(word.firms, 'firm')})" for word in report.unseen]
        more = report.unseen_words - LISTED
        listed = ", ".join(words[:LISTED]) + (f" and {more} more" if more > 0 else "")
        notes.append(f"unseen in {report.feature}: {listed}")
    return notes


def _some(names: Sequence[str], most: int) -> list[str]:
    """The first names, and how many more there are."""
    more = len(names) - most
    return [*names[:most], *([f"and {more} more"] if more > 0 else [])]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
