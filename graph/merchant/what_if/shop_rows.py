"""The rows of one shop, apart from all others, so that a copy of them can be changed and put back among the others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from supplyrisk.graph.snapshot.as_of_views import known_versions
from supplyrisk.graph.workspace.tables import Tables, quoted

Row = dict[str, Any]
"""A row of a table by column, as Arrow gives it."""

FIRM_COLUMNS: dict[str, tuple[str, ...]] = {
    "firms": ("firm_id",),
    "supplies": ("supplier_id", "customer_id"),
    "shipments": ("carrier_id", "shipper_id", "receiver_id"),
    "activity": ("firm_id",),
    "relations": ("from_id", "to_id"),
    "financials": ("firm_id",),
    "loans": ("firm_id", "lender_id"),
    "collateral": ("firm_id", "insurer_id"),
    "events": ("firm_id",),
    "labels": ("firm_id",),
}
"""The columns of each table by which a row is a firm's own."""
_CHANGEABLE = ("firms", "supplies", "shipments", "activity", "financials", "loans")


@dataclass(frozen=True)
class ShopRows:
    """A shop's rows by table, and the rows of all others.

    Parameters
    ----------
    tables: the data.
    shop: its firm_id.
    own: the shop's rows by table, in the versions that were known on the day; of the tables that a change can touch.
    others: the other rows of these tables.
    changed: tables whose own rows are not those of the data.
    alone: whether nothing of other firms is used: their rows are left out, and of a partner only its id is known.
    """

    tables: Tables
    shop: str
    own: Mapping[str, Sequence[Row]]
    others: Mapping[str, pa.Table]
    changed: frozenset[str] = field(default_factory=frozenset)
    alone: bool = False

    @classmethod
    def of(cls, tables: Tables, shop: str, as_of: date, *, alone: bool = False) -> ShopRows:
        """Take the rows of a shop out of the data, as they were known at the end of a day."""
        own: dict[str, Sequence[Row]] = {}
        others: dict[str, pa.Table] = {}
        with tables.connect() as con:
            con.execute("SET VARIABLE as_of = ?", [as_of])
            for name, columns in FIRM_COLUMNS.items():
                # A table that was touched by no change keeps its file; alone, every table is cut down.
                if not (alone or name in _CHANGEABLE):
                    continue
                known = known_versions(tables, name, undated=False)
                own[name] = _rows_of(con.sql(f"FROM {known}").to_arrow_table(), columns, shop)[0].to_pylist()
                table = con.sql(f"FROM {quoted(tables.versions_of(name))}").to_arrow_table()
                others[name] = table.slice(0, 0) if alone else _rows_of(table, columns, shop)[1]
        rows = cls(tables, shop, own, others, alone=alone)
        return rows._with_partners_by_id() if alone else rows

    def present(self, table: str) -> bool:
        """Whether the data have a table at all."""
        return self.tables.present(table)

    def knows_firm(self, firm_id: str) -> bool:
        """Whether a firm is in the data; alone: whether it is a partner of the shop."""
        if any(row["firm_id"] == firm_id for row in self.own["firms"]):
            return True
        return bool(pc.any(pc.equal(self.others["firms"]["firm_id"], firm_id)).as_py())

    def knows_lender(self, lender_id: str) -> bool:
        """Whether a lender has a line in the data; alone: one of the shop's."""
        if any(row["lender_id"] == lender_id for row in self.own["loans"]):
            return True
        return bool(pc.any(pc.equal(self.others["loans"]["lender_id"], lender_id)).as_py())

    def records(self, table: str, column: str) -> bool:
        """Whether any row of a table has a value in a column."""
        others = self.others[table][column]
        return others.null_count < len(others) or any(row[column] is not None for row in self.own[table])

    def with_rows(self, table: str, rows: Sequence[Row]) -> ShopRows:
        """Return the same with other own rows of a table; columns that a row lacks are missing values."""
        names = self.others[table].column_names
        full = tuple({name: row.get(name) for name in names} for row in rows)
        return replace(self, own={**self.own, table: full}, changed=self.changed | {table})

    def to_tables(self, label: str = "") -> Tables:
        """Return the data with the shop's rows as they are here.

        label: what was changed; the content hash depends on it, so that no result of the data is taken for theirs.
        """
        sources = dict(self.tables.sources)
        if self.alone:
            # Persons have no data of their own; those of the shop are found by its relations.
            sources = {name: self._joined(name) for name in sources if name in self.own}
            if self.present("persons"):
                sources["persons"] = self._persons()
        sources |= {name: self._joined(name) for name in self.changed}
        info = self.tables.info
        if label or self.alone:
            text = f"{'' if self.alone else info.content_hash}\0{self.shop}\0{label}"
            info = replace(info, content_hash=hashlib.sha256(text.encode()).hexdigest())
        return Tables(info, sources, self.tables.lease)

    def _joined(self, name: str) -> pa.Table:
        others = self.others[name]
        own = pa.Table.from_pylist(list(self.own[name]), schema=others.schema)
        return pa.concat_tables([others, own])

    def _persons(self) -> pa.Table:
        linked = {row[end] for row in self.own["relations"] for end in ("from_id", "to_id")}
        with self.tables.connect() as con:
            table = con.sql("FROM persons").to_arrow_table()
        return table.filter(pc.is_in(table["person_id"], pa.array(sorted(linked), pa.string())))

    def _with_partners_by_id(self) -> ShopRows:
        """Return the same with a row for every partner that is a firm, of which nothing but the id is known."""
        partners = {
            row[column]
            for table, columns in FIRM_COLUMNS.items()
            for row in self.own[table]
            for column in columns
            if (table, column) not in _NO_FIRMS
        }
        with self.tables.connect() as con:
            firms = set(con.sql("SELECT firm_id FROM firms").to_arrow_table()["firm_id"].to_pylist())
        names = sorted((partners & firms) - {self.shop})
        rows = [*self.own["firms"], *(partner_row(name) for name in names)]
        return self.with_rows("firms", rows)


_NO_FIRMS = {("loans", "lender_id"), ("collateral", "insurer_id")}
"""Columns whose ids need not be those of firms."""


def _rows_of(table: pa.Table, columns: Sequence[str], shop: str) -> tuple[pa.Table, pa.Table]:
    """The rows of a shop, and all others."""
    is_own = reduce(pc.or_, [pc.fill_null(pc.equal(table[column], shop), False) for column in columns])
    return table.filter(is_own), table.filter(pc.invert(is_own))


def partner_row(firm_id: str) -> Row:
    """Return a row of firms of which nothing is known but the id."""
    return {"firm_id": firm_id, "unlisted": True}


def within(day: date | None, as_of: date, days: int) -> bool:
    """Whether a day is one of the last days up to as_of."""
    return day is not None and 0 <= (as_of - day).days < days
