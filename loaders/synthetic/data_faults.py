"""Data faults on request ("dirt"): errors that tables pick up on their way, for loaders to catch.

| kind | what is done | what catches it |
|---|---|---|
| duplicates | rows of activity and supplies appear twice | counted as duplicates, loaded once |
| missing_days | the day of rows of activity is lost | rule `required` |
| swapped_ids | lender and borrower of rows of loans change places | rule `unknown` |
| corrections | rows of activity appear again with other sales | rule `conflict`, both rows |
| encoding | firms have Chinese names, the file is GB18030 (CSV only) | not UTF-8; load with --encoding gb18030 |
| unseen_links | a share of links is not in supplies | a note, where a carrier moved goods between the two firms |
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.synthetic.world_plan import Ints, WorldPlan

COMPANY_LIMITED = "有限公司"

Fault = Callable[[pa.Table, Ints], pa.Table]
"""Applies a fault to some rows of a table."""


class DataFaults:
    """Applies a plan's data faults to tables, piece by piece."""

    def __init__(self, plan: WorldPlan) -> None:
        self.plan = plan

    def __call__(self, name: str, table: pa.Table, piece: int) -> pa.Table:
        """Return piece number `piece` of table `name` with its faults."""
        # the order matters: a correction of a row without a day would be no conflict, and duplicates repeat faults
        if name == "activity":
            table = self._apply("missing_days", name, table, piece, _lose_days)
            table = self._apply("corrections", name, table, piece, _add_corrections)
        if name in ("activity", "supplies"):
            table = self._apply("duplicates", name, table, piece, _duplicate)
        if name == "loans":
            table = self._apply("swapped_ids", name, table, piece, _swap_ids)
        if name == "firms" and "encoding" in self.plan.dirt:
            chinese = pc.binary_join_element_wise(table["name"], COMPANY_LIMITED, "")
            table = table.set_column(table.column_names.index("name"), "name", chinese)
        return table

    def _apply(self, kind: str, name: str, table: pa.Table, piece: int, fault: Fault) -> pa.Table:
        """Apply a fault to the plan's share of rows, at least to one."""
        share = self.plan.dirt.get(kind, 0.0)
        if not share or not table.num_rows:
            return table
        rng = self.plan.stream(f"{kind} {name}", piece)
        number = max(1, round(share * table.num_rows))
        return fault(table, np.sort(rng.choice(table.num_rows, number, replace=False)))

    def finish(self, folder: Path) -> None:
        """Apply faults of whole files: `firms.csv` in GB18030."""
        path = folder / "firms.csv"
        if "encoding" in self.plan.dirt and path.is_file():
            path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))


def _duplicate(table: pa.Table, rows: Ints) -> pa.Table:
    return pa.concat_tables([table, table.take(rows)])


def _lose_days(table: pa.Table, rows: Ints) -> pa.Table:
    is_lost = np.zeros(table.num_rows, bool)
    is_lost[rows] = True
    on = pc.if_else(pa.array(is_lost), pa.scalar(None, pa.date32()), table["on"])
    return table.set_column(table.column_names.index("on"), "on", on)


def _add_corrections(table: pa.Table, rows: Ints) -> pa.Table:
    """Add corrections: the same shop and day, with sales that are certain to differ (half of them plus 1 CNY)."""
    corrected = table.take(rows)
    corrected = corrected.filter(pc.is_valid(corrected["on"]))
    sales = pc.round(pc.add(pc.multiply(corrected["sales"], 0.5), 1.0), 2)
    corrected = corrected.set_column(corrected.column_names.index("sales"), "sales", sales)
    return pa.concat_tables([table, corrected])


def _swap_ids(table: pa.Table, rows: Ints) -> pa.Table:
    """Let lender and borrower change places."""
    is_swapped = np.zeros(table.num_rows, bool)
    is_swapped[rows] = True
    swap = pa.array(is_swapped)
    lender = table["lender_id"]
    firm = table["firm_id"]
    table = table.set_column(
        table.column_names.index("lender_id"), "lender_id", pc.if_else(swap, firm, lender)
    )
    return table.set_column(table.column_names.index("firm_id"), "firm_id", pc.if_else(swap, lender, firm))
