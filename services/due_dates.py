"""What falls due to and from firms in the weeks after a day, as it was known on that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph import Tables
from supplyrisk.graph.snapshot.as_of_views import create_known_views

Matrix = NDArray[np.float64]
USUAL_DAYS = 91
"""Days over which the usual receipts of a week are counted."""
_LOANS = """
SELECT firm_id, greatest(ceil((due_on - $day) / 7), 1)::INTEGER AS week, sum(drawn) AS amount
FROM known_loans WHERE drawn > 0 AND due_on <= $day + $last GROUP BY ALL
"""
_RECEIVABLES = """
SELECT supplier_id AS firm_id, ceil((due_on - $day) / 7)::INTEGER AS week,
    sum(greatest(amount - coalesce(returned_amount, 0), 0)) AS amount
FROM known_supplies WHERE paid_on IS NULL AND due_on > $day AND due_on <= $day + $last GROUP BY ALL
"""
_USUAL = """
SELECT supplier_id AS firm_id, 1 AS week, sum(amount) AS amount
FROM known_supplies WHERE paid_on > $day - $last AND paid_on <= $day GROUP BY ALL
"""


@dataclass(frozen=True)
class DueAmounts:
    """What is due by firm.

    Parameters
    ----------
    loans [weeks, firms]: principal due by the end of each week, what is overdue included.
    receivables [weeks, firms]: unpaid trade whose payment is due by the end of each week.
    usual [firms]: what customers paid in a week of the last USUAL_DAYS.
    """

    loans: Matrix
    receivables: Matrix
    usual: Matrix

    @property
    def extra_receipts(self) -> Matrix:
        """Receivables due by the end of each week above the usual receipts until then, at least 0 [weeks, firms]."""
        weeks = np.arange(1, len(self.receivables) + 1)[:, None]
        return np.maximum(self.receivables - weeks * self.usual, 0.0)


def due_amounts(tables: Tables, as_of: date, firms: Sequence[str], weeks: int) -> DueAmounts:
    """Return what is due to and from firms within some weeks after a day.

    A loan without a maturity is never due here, and overdue receivables are not counted: whether they come is unknown.
    """
    place = {firm: number for number, firm in enumerate(firms)}
    with tables.connect() as con:
        create_known_views(con, tables, as_of)
        sums = []
        for sql, days in ((_LOANS, 7 * weeks), (_RECEIVABLES, 7 * weeks), (_USUAL, USUAL_DAYS)):
            table = np.zeros((weeks, len(firms)))
            for firm, week, amount in con.execute(sql, {"day": as_of, "last": days}).fetchall():
                if firm in place:
                    table[week - 1, place[firm]] += amount
            sums.append(table)
    loans, receivables, usual = sums
    return DueAmounts(loans.cumsum(axis=0), receivables.cumsum(axis=0), usual[0] * 7 / USUAL_DAYS)
