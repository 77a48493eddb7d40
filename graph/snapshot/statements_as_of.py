"""Each firm's last statement as it was known on a day: the money itself, of which the features are ratios."""

from __future__ import annotations

import pyarrow as pa

from supplyrisk.graph.snapshot.arrow_columns import fetch_clean
from supplyrisk.graph.snapshot.as_of_views import create_known_views
from supplyrisk.graph.snapshot.snapshot import Snapshot
from supplyrisk.graph.workspace.tables import Tables

MONEY = ("revenue", "costs", "material_costs", "equity", "liquid_assets", "short_term_debt")


def last_statements(tables: Tables, seen: Snapshot) -> pa.Table:
    """One row per firm that has a statement by the snapshot's day: firm_id, on, and MONEY, null where not given.

    Sorted by firm_id; the same statement that the snapshot's features rest on: that of the last period among those
    published by then. Money is in the data set's currency, of the statement's period.
    """
    with tables.connect() as con:
        create_known_views(con, tables, seen.as_of)
        return fetch_clean(
            con,
            f'SELECT firm_id, "on", {", ".join(MONEY)} FROM known_financials QUALIFY row_number() OVER ('
            'PARTITION BY firm_id ORDER BY "on" DESC NULLS LAST, revenue, costs, equity, liquid_assets, '
            "short_term_debt) = 1 ORDER BY firm_id",
        )
