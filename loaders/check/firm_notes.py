"""Notes on firms that a load adds to the lists, and on trades that stand in the files of both firms."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from supplyrisk.loaders.check.added_firms import AddedFirms
from supplyrisk.loaders.check.both_ends import trades_at_both_ends
from supplyrisk.loaders.mappings.mapping import OWN_TABLES

_KEYS = {"listed": "by firms_from", "unlisted": 'by partners = "add"; they get no score'}


def added_firm_notes(added: Sequence[AddedFirms]) -> list[str]:
    """Return a note on each state of firms that were added: how many, where they are named, and the largest."""
    notes = []
    for firms in added:
        tables = ", ".join(f"{table} {count:,}" for table, count in firms.tables.items())
        note = f"firms: {firms.count:,} in no list are added as {firms.state} {_KEYS[firms.state]}"
        largest = ", ".join(f"{firm.firm_id} {firm.trades:,}" for firm in firms.largest)
        notes.append(
            note
            + (f"; named in {tables}" if tables else "")
            + (f"; most trades: {largest}" if largest else "")
        )
        notes += _own_rows(firms)
    return notes


def _own_rows(firms: AddedFirms) -> list[str]:
    """Return a note on unlisted firms that have rows of their own, in a list: they might be meant to be listed."""
    own = {table: count for table, count in firms.tables.items() if table in OWN_TABLES}
    if firms.state != "unlisted" or not own:
        return []
    counts = ", ".join(f"{table} of {count:,}" for table, count in own.items())
    return [
        f"{counts} unlisted firms; list {' or '.join(own)} under firms_from in the mapping if these are firms to score"
    ]


def both_end_notes(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return a note on trades that stand in the files of both firms, in a list; an empty one where there are none."""
    both = trades_at_both_ends(con)
    if not both.trades:
        return []
    own = f"; in {both.own_trades:,} of them both are the same firm" if both.own_trades else ""
    return [f"supplies: {both.trades:,} trades stand in the files of both firms and are loaded once{own}"]
