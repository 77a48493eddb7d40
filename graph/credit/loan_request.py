"""A loan request (amount, term, product) and the exposure at default of requests and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supplyrisk.graph.credit.exposure_at_default import REVOLVING, exposure_at_default, line_ead
from supplyrisk.graph.credit.policy import Policy
from supplyrisk.graph.credit.shop_facts import CreditLine
from supplyrisk.graph.schema.contract import PRODUCTS
from supplyrisk.graph.workspace.documents import omitted_while_empty


@dataclass(frozen=True)
class ApprovedBacking:
    """What a loan finances that was approved on an earlier check. The field names are keys of stored memos.

    name: of an order, item, invoice or trade, as the request states it. entry: of the check in the audit log. since:
    the day of its data, ISO text.
    """

    name: str
    entry: int
    since: str


@dataclass(frozen=True)
class LoanRequest:
    """A requested loan. The field names are keys of stored memos.

    Parameters
    ----------
    amount: money, above 0.
    days: the term, at least 1.
    product: one of the contract's PRODUCTS; "order" by default. By the time of default a revolving line (credit) is
        drawn by its CCF, the other products in full.
    lgd: loss given default, a share; None (default) for the policy's.
    lender: the lender whose book is examined; None (default) for no book.
    repays: ids of the firm's lines that the loan repays; none by default.
    other_debt: what the firm owes beside the lines of the data, money; None (default): not stated.
    rate: nominal interest rate, a share in a year; None (default): not stated.
    collateral: ids of the collateral and credit insurances that secure the loan; none by default.
    backed_by: what the loan finances: orders ("7"), items ("7/10"), invoice numbers or row_ids of trades; none by
        default, for whatever the data show.
    also_financed: what approved checks of the firm finance already; nothing by default.
    """

    amount: float
    days: int
    product: str = "order"
    lgd: float | None = None
    lender: str | None = None
    repays: tuple[str, ...] = ()
    other_debt: float | None = None
    rate: float | None = None
    collateral: tuple[str, ...] = ()
    backed_by: tuple[str, ...] = omitted_while_empty(default=())
    also_financed: tuple[ApprovedBacking, ...] = omitted_while_empty(default=())

    def faults(self) -> list[str]:
        """Return all faults of the request in words: amount, term, product or LGD out of range; empty if valid."""
        faults = []
        # The chained comparison rejects NaN too.
        if not 0 < self.amount < float("inf"):
            faults.append(f"an amount of {self.amount:g}, expected more than 0")
        if self.days < 1:
            faults.append(f"a term of {self.days} days, expected at least 1")
        if self.product not in PRODUCTS:
            faults.append(f"product {self.product!r}, expected one of {', '.join(PRODUCTS)}")
        if self.lgd is not None and not 0 <= self.lgd <= 1:
            faults.append(f"an LGD of {self.lgd:g}, expected a share from 0 to 1")
        if self.other_debt is not None and not 0 <= self.other_debt < float("inf"):
            faults.append(f"other debt of {self.other_debt:g}, expected 0 or more")
        if self.rate is not None and not 0 <= self.rate <= 1:
            faults.append(f"a rate of {self.rate:g}, expected a share in a year: 0.08 is 8% a year")
        if self.lgd is not None and self.collateral:
            faults.append(
                "an LGD and collateral, expected one of them: a stated LGD is that of the secured loan"
            )
        return faults

    def ead(self, policy: Policy) -> float:
        """Return the EAD of the new loan, money: CCF x amount, as nothing is drawn yet."""
        return exposure_at_default(0.0, self.amount, policy.loss.ccf[self.product])


def lines_ead(lines: Sequence[CreditLine], policy: Policy) -> list[float]:
    """Return the EAD of each line by the policy's CCF, money; see `line_ead`."""
    ccf = policy.loss.ccf[REVOLVING]
    return [line_ead(line.drawn, line.line, line.product, ccf) for line in lines]


def line_lgd(line: CreditLine, policy: Policy) -> float:
    """Return the LGD of a line: the lender's own estimate if there is one, otherwise the policy's for its product."""
    return policy.loss.lgd_of(line.product) if line.lgd is None else line.lgd


@dataclass(frozen=True)
class ProductLines:
    """A firm's lines of one product: how many have exposure, drawn amount and EAD, money."""

    product: str | None
    lines: int
    drawn: float
    ead: float


def lines_by_product(lines: Sequence[CreditLine], policy: Policy) -> tuple[ProductLines, ...]:
    """Return a firm's lines with all lenders by product; lines without a product come last."""
    exposed = [(line, ead) for line, ead in zip(lines, lines_ead(lines, policy), strict=True) if ead > 0]
    products = sorted({line.product for line, _ in exposed}, key=lambda name: (name is None, name or ""))
    by_product = {name: [pair for pair in exposed if pair[0].product == name] for name in products}
    return tuple(
        ProductLines(
            name, len(pairs), sum((line.drawn or 0.0 for line, _ in pairs), 0.0), sum(ead for _, ead in pairs)
        )
        for name, pairs in by_product.items()
    )
