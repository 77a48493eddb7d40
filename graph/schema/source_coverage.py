"""Data coverage: which sources a credit decision needs, by role with weights, and how long their rows count as fresh.

This is the one list of them: `score` measures by the shipped list, and a lending policy may replace parts of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from supplyrisk.graph.schema.strict_toml import Share, StrictTable

Matrix = NDArray[np.float64]

DATA_SOURCES = ("activity", "trades", "payments", "shipments", "statements", "loans")
"""Sources of evidence about a firm, in the order of all tables of ages."""
SOURCE_OF_TABLE: Mapping[str, str] = MappingProxyType(
    {
        "activity": "activity",
        "supplies": "trades",
        "shipments": "shipments",
        "financials": "statements",
        "loans": "loans",
    }
)
"""The source whose age counts, by the table of a feature; features of other tables (firms, events) do not age."""
LEAST_COVERAGE = 0.4
"""Below this coverage the state of a score is `insufficient`: no grade and no points."""

STATEMENT_DAYS = 550
"""Days for which a statement counts as fresh: it is yearly and published months after the period's end, so these days
last until the next one is due."""

Days = Annotated[int, Field(ge=1)]


class SourceDays(StrictTable):
    """The days for which the last row of a source counts as fresh; an older one counts as missing.

    activity, trades, shipments: 90, a quarter, so that monthly and quarterly exports still count. payments: 180, since
    trades on account fall due months after delivery. statements: STATEMENT_DAYS. loans: 120, since lenders report
    monthly or quarterly.
    """

    activity: Days = 90
    trades: Days = 90
    payments: Days = 180
    shipments: Days = 90
    statements: Days = STATEMENT_DAYS
    loans: Days = 120


class SourceWeights(StrictTable):
    """The weight of each source for firms of one role; sources that are left out do not count (0).

    Only their ratios matter: weights are divided by their sum.
    """

    activity: Share = 0.0
    trades: Share = 0.0
    payments: Share = 0.0
    shipments: Share = 0.0
    statements: Share = 0.0
    loans: Share = 0.0

    @model_validator(mode="after")
    def _any(self) -> Self:
        if not self.total:
            raise ValueError("every weight is 0, expected at least one source that counts")
        return self

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return sum(self.by_source.values())

    @property
    def by_source(self) -> dict[str, float]:
        """Weights by source, in the order of DATA_SOURCES."""
        return {source: getattr(self, source) for source in DATA_SOURCES}


MAIN_ROLES = ("merchant", "logistics", "supplier", "buyer")
"""The roles that have a list, the more specific the records of a role the earlier."""


def main_role(roles: str | None) -> str:
    """Return the role by whose list a firm with these roles, joined by |, is measured; "unstated" without any."""
    named = (roles or "").split("|")
    return next((role for role in MAIN_ROLES if role in named), "unstated")


class SourceList(StrictTable):
    """The sources that are needed of firms, by role, and how long they are fresh.

    What partners record alone, trades, payments and shipments, weighs less than LEAST_COVERAGE in every list: a firm is
    graded only with a source of its own, its activity or statements, or with what a lender reports of it. Of a merchant
    its activity is needed or its statements, since a shop sells mostly to consumers, whom trades do not show.

    Parameters
    ----------
    days: how long rows are fresh.
    merchant, logistics, supplier, buyer: weights of firms with these roles. A firm with several roles has the list of
        the first of them in this order: the more specific the records of a role, the earlier it stands.
    unstated: weights of firms without a role; one source of their own is enough.
    """

    days: SourceDays = SourceDays()
    merchant: SourceWeights = SourceWeights(
        activity=0.5, trades=0.15, payments=0.1, statements=0.15, loans=0.1
    )
    logistics: SourceWeights = SourceWeights(shipments=0.3, payments=0.05, statements=0.45, loans=0.2)
    supplier: SourceWeights = SourceWeights(trades=0.2, payments=0.15, statements=0.45, loans=0.2)
    buyer: SourceWeights = SourceWeights(trades=0.2, payments=0.15, statements=0.45, loans=0.2)
    unstated: SourceWeights = SourceWeights(
        activity=0.4, trades=0.1, payments=0.05, statements=0.4, loans=0.05
    )

    def weights_of(self, roles: str | None) -> SourceWeights:
        """Return the weights of a firm with these roles, joined by |; None: without any."""
        weights: SourceWeights = getattr(self, main_role(roles))
        return weights

    def fresh(self, ages: Matrix) -> NDArray[np.bool_]:
        """Return which sources are fresh [firms, DATA_SOURCES], from the days since their last row, NaN without one."""
        days = np.array([getattr(self.days, source) for source in DATA_SOURCES])
        # A comparison with NaN is false: a source without rows is not fresh.
        return np.asarray(ages < days)

    def coverage(self, roles: Sequence[str | None], ages: Matrix) -> Matrix:
        """Return the data coverage of firms [firms]: the weight of their fresh sources as a share of all weights.

        Parameters
        ----------
        roles [firms]: joined by |, None where unknown.
        ages [firms, DATA_SOURCES]: days since the last row of each source; NaN where it has none, also where the data
            set lacks the source.
        """
        # Firms share few combinations of roles.
        by_roles = {text: self.weights_of(text) for text in set(roles)}
        numbers = {text: number for number, text in enumerate(by_roles)}
        weights = np.array([[*each.by_source.values()] for each in by_roles.values()]).reshape(
            -1, len(DATA_SOURCES)
        )
        shares = weights / weights.sum(1, keepdims=True)
        of_firm = shares[np.array([numbers[text] for text in roles], dtype=np.int64)]
        # Rounded, so that sources whose weights sum to a threshold reach it.
        return np.asarray(np.round((of_firm * self.fresh(ages)).sum(1), 9))

    def coverage_of(self, roles: str | None, ages: Mapping[str, float | None]) -> float:
        """Return the data coverage of one firm; ages: by source the days since its last row, None or absent: none."""
        row = [np.nan if ages.get(source) is None else ages[source] for source in DATA_SOURCES]
        return float(self.coverage([roles], np.array([row], dtype=np.float64))[0])


SHIPPED_SOURCES = SourceList()
"""The shipped list."""


def age_column(source: str) -> str:
    """Return the column of the firm frame with the days since the last row of a source."""
    return f"{source}_ago"


AGE_COLUMNS = tuple(age_column(source) for source in DATA_SOURCES)
"""Columns of the firm frame with the age of each source."""
