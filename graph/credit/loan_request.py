"""What a lender asks: an amount, a term, a product; and the exposure that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from supplyrisk.graph.credit.exposure_at_default import REVOLVING, exposure_at_default, line_ead
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.schema.contract import PRODUCTS


@dataclass(frozen=True)
class LoanRequest:
    """A loan that is asked for.

    amount: money, above 0. days: the term. product: of the contract's; a revolving line (credit) is drawn by its CCF by
    the time of a default, the others whole. lgd: share, None for the policy's. lender: whose book is looked at.
    """

    amount: float
    days: int
    product: str = "order"
    lgd: float | None = None
    lender: str | None = None

    def faults(self) -> list[str]:
        """What cannot be asked, all at once: an amount of 0 or less, no days, an unknown product, no share as LGD."""
        faults = []
        if not 0 < self.amount < float("inf"):
            faults.append(f"an amount of {self.amount:g}, expected more than 0")
        if self.days < 1:
            faults.append(f"a term of {self.days} days, expected at least 1")
        if self.product not in PRODUCTS:
            faults.append(f"product {self.product!r}, expected one of {', '.join(PRODUCTS)}")
        if self.lgd is not None and not 0 <= self.lgd <= 1:
            faults.append(f"an LGD of {self.lgd:g}, expected a share from 0 to 1")
        return faults

    def ead(self, policy: Policy) -> float:
        """Exposure at default of the new loan, money: CCF x amount for a line of which nothing is drawn yet."""
        return exposure_at_default(0.0, self.amount, policy.loss.ccf[self.product])


def lines_ead(lines: Sequence[dict[str, Any]], policy: Policy) -> list[float]:
    """EAD of each line of a query `shop/loans` or `shop/book`, money, by the policy's CCF: see `line_ead`."""
    ccf = policy.loss.ccf[REVOLVING]
    return [line_ead(row["drawn"], row["line"], row["product"], ccf) for row in lines]


def line_lgd(line: dict[str, Any], policy: Policy) -> float:
    """LGD of a line: the lender's own, else the policy's."""
    return policy.loss.lgd if line["lgd"] is None else float(line["lgd"])


def lines_by_product(lines: Sequence[dict[str, Any]], policy: Policy) -> list[dict[str, Any]]:
    """What a firm has with all lenders, by product: lines with any exposure, drawn and EAD, money."""
    rows: dict[str | None, dict[str, Any]] = {}
    for line, ead in zip(lines, lines_ead(lines, policy), strict=True):
        if ead > 0:
            product = line["product"]
            row = rows.setdefault(product, {"product": product, "lines": 0, "drawn": 0.0, "ead": 0.0})
            row["lines"] += 1
            row["drawn"] += line["drawn"] or 0.0
            row["ead"] += ead
    return [rows[product] for product in sorted(rows, key=lambda name: (name is None, name or ""))]
