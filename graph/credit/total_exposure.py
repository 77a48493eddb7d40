"""What a firm already owes or answers for, as the limit counts it: lines, guarantees given, and its group's debt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from supplyrisk.graph.credit.exposure_at_default import REVOLVING
from supplyrisk.graph.credit.shop_facts import CreditLine, FirmLine, GroupLine, ShopFacts
from supplyrisk.graph.errors import RequestError


@dataclass(frozen=True)
class TotalExposure:
    """Existing exposure to a firm, money. The field names are keys of stored memos.

    total = lines + guarantees + group + other_debt

    Parameters
    ----------
    lines: its lines with all lenders of the data, each at the larger of limit and drawn amount (`committed`), without
        those that the new loan repays.
    guarantees: guarantees that it gives, in full.
    group: lines of firms with the same owner, likewise.
    other_debt: what the request states beside the data.
    repaid: lines that the new loan repays; they are not in `lines`.
    no_lenders: whether the data have no loans and the request states no other debt: what the firm owes is unknown.
    unknown: lines and guarantees of which no amount is known, also lines of the lender to borrowers that share a
        counterparty with the firm.
    """

    lines: float = 0.0
    guarantees: float = 0.0
    group: float = 0.0
    other_debt: float = 0.0
    repaid: float = 0.0
    no_lenders: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """The sum of all that is known, money."""
        return self.lines + self.guarantees + self.group + self.other_debt

    @property
    def is_known(self) -> bool:
        """Whether nothing of it is unknown."""
        return not self.no_lenders and not self.unknown


NO_EXPOSURE = TotalExposure()
"""That of a firm which is known to owe nothing."""


def committed(line: CreditLine | GroupLine) -> float | None:
    """Return what a lender is committed to on a line, money; None where neither limit nor drawn amount is known.

    The larger of limit and drawn amount. A line that cannot be drawn again counts until it is repaid.
    """
    if line.drawn is None:
        return line.line
    # A line without a product may be a revolving one.
    if line.drawn == 0 and line.product not in (REVOLVING, None):
        return 0.0
    return max(line.line or 0.0, line.drawn)


def total_exposure(
    shop: ShopFacts, repays: Collection[str] = (), other_debt: float | None = None
) -> TotalExposure:
    """Return the existing exposure to a shop.

    Parameters
    ----------
    repays: lines that the new loan repays.
    other_debt: what it owes beside the data, money; None (default): not stated.

    Raises
    ------
    RequestError: the request repays a line that the shop does not have.
    """
    _check_repaid(shop.loans, repays)
    repaid = [line for line in shop.loans if line.loan in repays]
    others = [line for line in shop.loans if line.loan not in repays]
    given = [guarantee for guarantee in shop.guarantees if guarantee.side == "stands for"]
    unknown = [line.loan for line in others if committed(line) is None]
    unknown += [line.loan for line in shop.group_lines if committed(line) is None]
    unknown += [guarantee.other for guarantee in given if guarantee.amount is None]
    return TotalExposure(
        lines=_sum_of(others),
        guarantees=sum((guarantee.amount or 0.0 for guarantee in given), 0.0),
        group=_sum_of(shop.group_lines),
        other_debt=other_debt or 0.0,
        repaid=_sum_of(repaid),
        no_lenders=not shop.has_lenders and other_debt is None,
        unknown=tuple(unknown),
    )


def _sum_of(lines: Sequence[CreditLine | GroupLine]) -> float:
    return sum((committed(line) or 0.0 for line in lines), 0.0)


def _check_repaid(lines: Sequence[FirmLine], repays: Collection[str]) -> None:
    missing = sorted(set(repays) - {line.loan for line in lines})
    if missing:
        known = ", ".join(line.loan for line in lines) or "none: the shop has no lines"
        raise RequestError(f"the shop has no line {', '.join(missing)}", f"lines to repay of {known}")
