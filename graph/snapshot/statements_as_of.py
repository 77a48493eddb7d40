"""Each firm's last financial statement as known on a day: the amounts behind the ratios of the features."""

from __future__ import annotations

import pyarrow as pa

from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.snapshot.features.statements import LAST_STATEMENTS
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.workspace.tables import Tables

MONEY_COLUMNS = ("revenue", "costs", "material_costs", "equity", "liquid_assets", "short_term_debt")
"""Columns of a statement that hold amounts, in the data set's currency."""


def last_statements(tables: Tables, snapshot: Snapshot) -> pa.Table:
    """Return one row per firm with a statement published by the snapshot's day: firm_id, on, MONEY_COLUMNS.

    Sorted by firm_id. It is the statement that the snapshot's features use: that of the last period among those
    published. Amounts are in the data set's currency, over the statement's period; null where missing.
    """
    with tables.connect() as con:
        create_known_views(con, tables, snapshot.as_of)
        return fetch_clean(
            con,
            f'SELECT firm_id, "on", {", ".join(MONEY_COLUMNS)} FROM {LAST_STATEMENTS} ORDER BY firm_id',
        )
