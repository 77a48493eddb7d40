"""Lenders' books under a scenario: lines of the data, stored scores of the day, and the network's stressed PDs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph import Snapshot, Workspace
from supplyrisk.graph.credit import (
    BookRisks,
    Policy,
    ScoredLine,
    StressedBook,
    StressedPds,
    loans_of,
    read_book_risks,
    stressed_book,
)
from supplyrisk.graph.credit.exposure_at_default import REVOLVING
from supplyrisk.graph.credit.origination_scores import TERM_COLUMNS
from supplyrisk.graph.stress import LearnedComparison
from supplyrisk.graph.workspace.score_runs import read_rows

Flags = NDArray[np.bool_]
_COLUMNS = ("firm_id", "state", *TERM_COLUMNS)


def stressed_books(
    workspace: Workspace,
    snapshot: Snapshot,
    comparison: LearnedComparison,
    stopped: Flags,
    policy: Policy,
) -> list[StressedBook]:
    """The performing book of every lender of the day, the largest rise of expected loss first.

    Empty where no scores of the day are stored, or where they are over no horizon.

    Parameters
    ----------
    comparison: PDs by the learned transmissions, without and with the scenario.
    stopped: which firms stop, (n,).
    """
    lines = _lines(snapshot)
    as_of = snapshot.as_of
    firms = {line.firm for _, line in lines}
    path = workspace.layout.scores_file(as_of)
    scores = read_rows(path, firms, _COLUMNS) if lines and path.is_file() else []
    if as_of is None or not scores or any(row["horizon_days"] is None for row in scores):
        return []
    scored = {row["firm_id"] for row in scores}
    known = [(lender, line) for lender, line in lines if line.firm in scored]
    risks = read_book_risks(workspace, as_of, [line for _, line in known], scores, policy)
    stress = _stressed_pds(snapshot.firms["firm_id"].to_pylist(), comparison, stopped)
    by_lender: dict[str, list[ScoredLine]] = defaultdict(list)
    for lender, line in known:
        by_lender[lender].append(line)
    books = []
    for lender, book_lines in by_lender.items():
        rows = [_with_score(line, risks) for line in book_lines]
        books.append(stressed_book(lender, loans_of(rows, risks, policy), risks, stress, policy))
    return sorted(books, key=lambda book: (book.el - book.el_stressed, book.lender_id))


def _lines(snapshot: Snapshot) -> list[tuple[str, ScoredLine]]:
    """The lines of the day, each with its lender, that are, may be or can still be drawn: as in `shop/book`."""
    return [
        (row["lender_id"], _line(row))
        for row in snapshot.loans.to_pylist()
        if row["drawn"] is None
        or row["drawn"] > 0
        or (row["product"] == REVOLVING and (row["limit"] or 0) > 0)
    ]


def _line(row: Mapping[str, Any]) -> ScoredLine:
    return ScoredLine(
        product=row["product"],
        line=row["limit"],
        drawn=row["drawn"],
        lgd=row["lgd"],
        opened_on=_text(row.get("opened_on")),
        due_on=_text(row.get("due_on")),
        rate=row.get("rate"),
        days_past_due=row.get("days_past_due"),
        restructured=row.get("restructured"),
        firm=row["firm_id"],
        name=None,
        industry=None,
        region=None,
        loan=row["loan_id"],
        pd=None,
        defaulted=False,
        grade=None,
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _with_score(line: ScoredLine, risks: BookRisks) -> ScoredLine:
    borrower = risks.borrowers[line.firm]
    return replace(line, pd=borrower.pd, defaulted=borrower.defaulted)


def _stressed_pds(firm_ids: Sequence[str], comparison: LearnedComparison, stopped: Flags) -> StressedPds:
    """The PDs by firm; firms that are stopped or in default have none."""
    known = np.flatnonzero(~np.isnan(comparison.pd)).tolist()
    return StressedPds(
        before={firm_ids[row]: float(comparison.pd[row]) for row in known},
        after={firm_ids[row]: float(comparison.pd_stressed[row]) for row in known},
        stopped={firm_ids[row] for row in np.flatnonzero(stopped).tolist()},
    )
