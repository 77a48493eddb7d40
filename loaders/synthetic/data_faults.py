"""Dirt on request: what goes wrong with tables on their way, for loaders to catch.

| kind | what is done | what catches it |
|---|---|---|
| duplicates | rows of activity and supplies are given twice | counted as duplicates, loaded once |
| missing_days | the day of rows of activity is lost | rule `required` |
| swapped_ids | lender and borrower of rows of loans change places | rule `reference` |
| corrections | rows of activity come again with other sales | rule `conflict`, both rows |
| encoding | firms have Chinese names, the file is GB18030 (CSV only) | not UTF-8; load with --encoding gb18030 |
| unseen_links | a share of links is not in supplies | a note where a carrier went between the two |
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.loaders.synthetic.world_plan import Ints, WorldPlan

CHINESE = "有限公司"


class DataFaults:
    """Spoils tables piece by piece, by the plan's shares."""

    def __init__(self, plan: WorldPlan) -> None:
        self.plan = plan

    def __call__(self, name: str, table: pa.Table, piece: int) -> pa.Table:
        """The piece as it is written."""
        if name == "activity":
            table = self._some("missing_days", name, table, piece, _without_day)
            table = self._some("corrections", name, table, piece, _corrected)
        if name in ("activity", "supplies"):
            table = self._some("duplicates", name, table, piece, _twice)
        if name == "loans":
            table = self._some("swapped_ids", name, table, piece, _swapped)
        if name == "firms" and "encoding" in self.plan.dirt:
            chinese = pc.binary_join_element_wise(table["name"], CHINESE, "")
            table = table.set_column(table.column_names.index("name"), "name", chinese)
        return table

    def _some(self, kind: str, name: str, table: pa.Table, piece: int, spoil: object) -> pa.Table:
        """Spoil the plan's share of rows, at least one."""
        share = self.plan.dirt.get(kind, 0.0)
        if not share or not table.num_rows or not callable(spoil):
            return table
        rng = self.plan.stream(f"{kind} {name}", piece)
        number = max(1, round(share * table.num_rows))
        spoilt: pa.Table = spoil(table, np.sort(rng.choice(table.num_rows, number, replace=False)))
        return spoilt

    def finish(self, folder: Path) -> None:
        """What is done to whole files: `firms.csv` in another encoding."""
        path = folder / "firms.csv"
        if "encoding" in self.plan.dirt and path.is_file():
            path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))


def _twice(table: pa.Table, rows: Ints) -> pa.Table:
    return pa.concat_tables([table, table.take(rows)])


def _without_day(table: pa.Table, rows: Ints) -> pa.Table:
    lost = np.zeros(table.num_rows, bool)
    lost[rows] = True
    on = pc.if_else(pa.array(lost), pa.scalar(None, pa.date32()), table["on"])
    return table.set_column(table.column_names.index("on"), "on", on)


def _corrected(table: pa.Table, rows: Ints) -> pa.Table:
    """Later corrections: the same shop and day with half the sales and a yuan."""
    given = table.take(rows)
    given = given.filter(pc.is_valid(given["on"]))
    half = pc.round(pc.add(pc.multiply(given["sales"], 0.5), 1.0), 2)
    again = given.set_column(given.column_names.index("sales"), "sales", half)
    return pa.concat_tables([table, again])


def _swapped(table: pa.Table, rows: Ints) -> pa.Table:
    swap = np.zeros(table.num_rows, bool)
    swap[rows] = True
    lender, firm = table["lender_id"], table["firm_id"]
    table = table.set_column(
        table.column_names.index("lender_id"), "lender_id", pc.if_else(pa.array(swap), firm, lender)
    )
    return table.set_column(
        table.column_names.index("firm_id"), "firm_id", pc.if_else(pa.array(swap), lender, firm)
    )
