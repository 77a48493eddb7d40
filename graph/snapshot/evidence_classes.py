"""Classes of firms by how much is known of them: length of trade, a fresh statement, payments.

The facts are of the kind that a reader understands and can change: more of each is more evidence. A class is written
as a label such as "year-statement-payments", the most that can be known, or "months", the least.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from supplyrisk.graph.schema.source_coverage import STATEMENT_DAYS
from supplyrisk.graph.snapshot.snapshot import Snapshot

HISTORY_DAYS = {"year": 365, "half_year": 180, "months": 0}
"""Days since the first trade from which on a firm has a history, the longest first."""
STATEMENT = "statement"
PAYMENTS = "payments"


@dataclass(frozen=True)
class EvidenceClass:
    """What is known of a firm.

    Parameters
    ----------
    history: a key of HISTORY_DAYS.
    statement: whether there is a statement of the last STATEMENT_DAYS.
    payments: whether it is known when it paid for purchases, or what of them is overdue, in the last 180 days.
    """

    history: str
    statement: bool
    payments: bool

    @property
    def label(self) -> str:
        """Its name in scores."""
        return "-".join(
            (self.history, *([STATEMENT] if self.statement else []), *([PAYMENTS] if self.payments else []))
        )

    @classmethod
    def of_label(cls, label: str) -> Self:
        """Return the class of a label; ValueError where no class has it."""
        history, *known = label.split("-")
        evidence = cls(history, STATEMENT in known, PAYMENTS in known)
        if history not in HISTORY_DAYS or evidence.label != label:
            raise ValueError(f"no class of evidence is called {label!r}, expected one of {EVIDENCE_LABELS}")
        return evidence

    def includes(self, other: EvidenceClass) -> bool:
        """Return whether everything that is known of a firm of the other class is known here, too."""
        order = list(HISTORY_DAYS)
        return (
            order.index(self.history) <= order.index(other.history)
            and self.statement >= other.statement
            and self.payments >= other.payments
        )


EVIDENCE_CLASSES = tuple(
    EvidenceClass(history, statement, payments)
    for history, statement, payments in product(HISTORY_DAYS, (True, False), (True, False))
)
"""All classes; each comes before those that it includes."""
EVIDENCE_LABELS = tuple(evidence.label for evidence in EVIDENCE_CLASSES)
FULL_EVIDENCE = EVIDENCE_LABELS[0]
"""The class of firms with full data."""


def evidence_of(snapshot: Snapshot) -> pa.Array:
    """Return the label of each firm's class [firms]; null without trade, for unlisted firms, and in undated data."""
    trade_days = _numbers(snapshot, "trade_days")
    has_statement = _numbers(snapshot, "statement_age_days") < STATEMENT_DAYS
    late_days = _numbers(snapshot, "pay_late_days")
    overdue_share = _numbers(snapshot, "pay_overdue_share")
    has_payments = ~(np.isnan(late_days) & np.isnan(overdue_share))
    # the place of a class in EVIDENCE_CLASSES
    history = sum(trade_days < least for least in HISTORY_DAYS.values())
    place = np.minimum(4 * history + 2 * ~has_statement + ~has_payments, len(EVIDENCE_LABELS) - 1)
    return pa.array(np.array(EVIDENCE_LABELS)[place], pa.string(), mask=np.isnan(trade_days))


def _numbers(snapshot: Snapshot, column: str) -> NDArray[np.float64]:
    """Return a column of the firms [firms], NaN where it is missing or the data have no such column."""
    if column not in snapshot.firms.column_names:
        return np.full(snapshot.firms.num_rows, np.nan)
    return np.asarray(snapshot.firms[column].to_numpy(), dtype=float)
