"""Trades that stand in the files of both firms: each file names its own firm, and the row_id is the same.

The other firm may be known there by an id of its source alone. Where both ends are given, each firm keeps the id of its
own file, so that the two rows are one trade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import scalar_count

_TRADES = "both_ends"
_LISTED_IDS = "SELECT id FROM ids_firms UNION ALL SELECT id FROM stored_ids_firms WHERE NOT unlisted"


@dataclass(frozen=True)
class TradesAtBothEnds:
    """Numbers of trades that stand in the files of both firms, and of those with one firm at both ends."""

    trades: int
    own_trades: int


def join_both_ends(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> None:
    """Give the rows of a trade that both firms report the ids of both files. Needs ids_firms and stored_ids_firms.

    A row_id for which the files of one side name several firms says nothing and changes nothing. An id that is in a
    list of firms stays: two such rows contradict each other.
    """
    work = works.get("supplies")
    sold = _sources(work, "supplier_id")
    bought = _sources(work, "customer_id")
    if work is None or not sold or not bought:
        return
    row_id, supplier, customer = (work.field(n).sql for n in ("row_id", "supplier_id", "customer_id"))
    con.execute(
        f"CREATE TABLE {_TRADES} AS SELECT row_id, s.firm AS supplier, b.firm AS customer "
        f"FROM ({_own_ends(row_id, supplier, sold)}) s JOIN ({_own_ends(row_id, customer, bought)}) b USING (row_id)"
    )
    for sources, column, end in ((sold, customer, "customer"), (bought, supplier, "supplier")):
        con.execute(
            f"UPDATE typed_supplies SET {column} = e.{end} FROM {_TRADES} e WHERE {row_id} = e.row_id "
            f"AND src IN ({sources}) AND NOT bad AND {column} NOT IN ({_LISTED_IDS})"
        )


def trades_at_both_ends(con: duckdb.DuckDBPyConnection) -> TradesAtBothEnds:
    """Count the trades that `join_both_ends` found."""
    exists = scalar_count(con, f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{_TRADES}'")
    if not exists:
        return TradesAtBothEnds(0, 0)
    count = f"SELECT count(*) FROM {_TRADES}"
    return TradesAtBothEnds(scalar_count(con, count), scalar_count(con, f"{count} WHERE supplier = customer"))


def _sources(work: TableWork | None, own: str) -> str:
    """Return the numbers of the sources whose firms_from is this column alone, as SQL."""
    sources = work.sources if work else ()
    return ", ".join(str(s.number) for s in sources if s.source.map.firms_from == (own,))


def _own_ends(row_id: str, firm: str, sources: str) -> str:
    return (
        f"SELECT {row_id} AS row_id, min({firm}) AS firm FROM typed_supplies "
        f"WHERE src IN ({sources}) AND NOT bad AND {row_id} IS NOT NULL GROUP BY 1 HAVING min({firm}) = max({firm})"
    )
