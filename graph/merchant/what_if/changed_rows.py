"""The changes of a plan made on a shop's rows, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from supplyrisk.graph.errors import DataError
from supplyrisk.graph.merchant.what_if import finance_edits, trade_edits
from supplyrisk.graph.merchant.what_if.change_kinds import RowChange
from supplyrisk.graph.merchant.what_if.row_edit import ChangeFault, RowEdit
from supplyrisk.graph.merchant.what_if.shop_rows import ShopRows

_EDITS: dict[str, Callable[[Any, ShopRows, date], RowEdit]] = {
    "sell_more": trade_edits.sell_more,
    "pay_on_time": trade_edits.pay_on_time,
    "hold_more_stock": trade_edits.hold_more_stock,
    "add_supplier": trade_edits.add_supplier,
    "lose_customer": trade_edits.lose_customer,
    "borrow": finance_edits.borrow,
    "repay": finance_edits.repay,
    "publish_statement": finance_edits.publish_statement,
}


@dataclass(frozen=True)
class RowStage:
    """A change, and the shop's rows after it and all before it.

    count: how many rows the change itself changed, added or removed.
    """

    change: RowChange
    rows: ShopRows
    count: int


def row_stages(rows: ShopRows, changes: Sequence[RowChange], as_of: date) -> list[RowStage]:
    """Make changes one after another, each on the rows that the ones before it left.

    Parameters
    ----------
    rows: of the shop, as they are.
    changes: in their order.
    as_of: the day of the score, from which windows look back.

    Raises
    ------
    DataError: changes name a partner or a loan that is unknown, or have no rows to act on; one error lists all of them.
    """
    stages = []
    faults = []
    for number, change in enumerate(changes, 1):
        try:
            edit = _EDITS[change.do](change, rows, as_of)
        except ChangeFault as fault:
            # Later changes are still tried, so that all faults are reported at once.
            faults.append(f"change {number} ({change.do}): {fault}")
            continue
        rows = edit.rows
        stages.append(RowStage(change, edit.rows, edit.count))
    if faults:
        raise DataError("; ".join(faults), remedy="correct these changes, or leave them out")
    return stages
