"""What a load adds to the lists of firms, for its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import duckdb

from supplyrisk.graph.schema.contract import TABLES
from supplyrisk.loaders.check.firm_lists import LISTED, UNLISTED
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork
from supplyrisk.loaders.read.ingest import scalar_count

LARGEST = 5
"""Added firms that a report names: those with the most trades."""


@dataclass(frozen=True)
class LargestPartner:
    """An added firm with many trades, and their number."""

    firm_id: str
    trades: int


@dataclass(frozen=True)
class AddedFirms:
    """Firms that are in no list of firms and were added.

    Parameters
    ----------
    state: "listed" by firms_from, or "unlisted" by partners.
    count: number of firms.
    tables: by table, the number of these firms that its loaded rows name; a firm may be in several.
    largest: those with the most loaded trades.
    """

    state: str
    count: int
    tables: Mapping[str, int]
    largest: tuple[LargestPartner, ...]

    def to_json(self) -> dict[str, object]:
        """Return the numbers for JSON."""
        return {**asdict(self), "largest": [asdict(firm) for firm in self.largest]}


def added_firms(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> tuple[AddedFirms, ...]:
    """Return what was added, after all checks; empty where nothing was."""
    added = []
    firm = works["firms"].fields[0].sql
    for state, source in (("listed", LISTED), ("unlisted", UNLISTED)):
        ids = f"SELECT {firm} AS id FROM typed_firms WHERE src = {source}"
        count = scalar_count(con, f"SELECT count(*) FROM ({ids})")
        if not count:
            continue
        tables: dict[str, int] = {}
        for work in works.values():
            columns = [work.field(name).sql for name in work.table.refs]
            if columns:
                rows = f"SELECT unnest([{', '.join(columns)}]) AS id FROM ({loaded_rows(work)})"
                named = scalar_count(
                    con, f"SELECT count(DISTINCT id) FROM ({rows}) SEMI JOIN ({ids}) USING (id)"
                )
                tables |= {work.name: named} if named else {}
        added.append(AddedFirms(state, count, tables, _largest(con, works, ids)))
    return tuple(added)


def _largest(
    con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork], ids: str
) -> tuple[LargestPartner, ...]:
    work = works.get("supplies")
    if work is None:
        return ()
    ends = ", ".join(work.field(name).sql for name in TABLES["supplies"].refs)
    # a trade of a firm with itself is one trade
    rows = f"SELECT unnest(list_distinct([{ends}])) AS id FROM ({loaded_rows(work)})"
    largest = con.execute(
        f"SELECT id, count(*) AS trades FROM ({rows}) SEMI JOIN ({ids}) USING (id) "
        f"GROUP BY id ORDER BY trades DESC, id LIMIT {LARGEST}"
    ).fetchall()
    return tuple(LargestPartner(firm_id, trades) for firm_id, trades in largest)
