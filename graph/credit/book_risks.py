"""What the classification of a book's lines rests on, read from a workspace: one way for portfolios and stresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from supplyrisk.graph.credit.collateral import read_collateral
from supplyrisk.graph.credit.existing_lines import borrower_risks, line_start
from supplyrisk.graph.credit.line_economics import pledges_of
from supplyrisk.graph.credit.loan_portfolio import BookRisks
from supplyrisk.graph.credit.origination_scores import origination_scores
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import BookLine
from supplyrisk.graph.workspace.workspace import Workspace


def read_book_risks(
    workspace: Workspace,
    as_of: date,
    lines: Sequence[BookLine],
    scores: Iterable[Mapping[str, Any]],
    policy: Policy,
) -> BookRisks:
    """Return the risks of lines on a day: their borrowers', at origination too, and the collateral that counts.

    Parameters
    ----------
    lines: of one lender or of several.
    scores: rows of the day's scores with the columns TERM_COLUMNS; those of firms without lines are left out.

    Raises
    ------
    DataError: the scores are over no horizon.
    """
    firms = {line.firm for line in lines}
    return BookRisks(
        as_of,
        borrower_risks(row for row in scores if row["firm_id"] in firms),
        origination_scores(workspace.score_files(as_of), {line_start(line.firm, line) for line in lines}),
        pledges_of(read_collateral(workspace.tables(), as_of), as_of, policy),
    )
