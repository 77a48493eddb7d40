"""Rows that link a firm to itself: they are stored, and left out of the graph and of all features."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from supplyrisk.graph.schema.self_links import SELF_LINK_CONDITIONS
from supplyrisk.loaders.check.data_warnings.data_warning import ColumnCount, DataWarning, first_examples
from supplyrisk.loaders.check.reconcile import loaded_rows
from supplyrisk.loaders.check.typed_rows import TableWork

_IDS = {
    "supplies": "supplier_id",
    "documents": "seller_id",
    "relations": "from_id",
    "shipments": "carrier_id",
}


def self_links(con: duckdb.DuckDBPyConnection, works: Mapping[str, TableWork]) -> list[DataWarning]:
    """Warn of trades, relations and shipments of a firm with itself."""
    places = []
    examples: list[str] = []
    for name, condition in SELF_LINK_CONDITIONS.items():
        work = works.get(name)
        if work is None:
            continue
        columns = {column: work.field(column).sql for column in work.table.names}
        is_self_link = condition.format_map(columns)
        ids = columns[_IDS[name]]
        # the cheap condition first: nearly all data have no such row
        query = f"SELECT count(*), min({ids}, 3) FROM ({loaded_rows(work)}) WHERE {is_self_link}"
        count, firms = con.execute(query).fetchall()[0]
        if count:
            places.append(ColumnCount(name, "", count))
            examples += firms
    if not places:
        return []
    return [
        DataWarning(
            "self_links",
            "rows that link a firm to itself, left out of the graph and of all features",
            "correct the ids if two firms are meant",
            tuple(places),
            first_examples(examples),
        )
    ]
