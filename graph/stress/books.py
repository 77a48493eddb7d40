"""What a scenario costs a firm and its lenders: the last statement known of each firm, and drawn loans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from supplyrisk.graph.arrays import fetch, numbers
from supplyrisk.graph.contagion.arrays import Floats
from supplyrisk.graph.contagion.network import Network
from supplyrisk.graph.known import create_known_views
from supplyrisk.graph.tables import Tables

WEEKS_OF_A_YEAR = 365 / 7

_LAST = """
SELECT firm_id, revenue, costs, material_costs, equity, liquid_assets FROM known_financials
QUALIFY row_number() OVER (
    PARTITION BY firm_id
    ORDER BY "on" DESC NULLS LAST, revenue, costs, material_costs, equity, liquid_assets
) = 1
ORDER BY firm_id
"""


@dataclass(frozen=True)
class Books:
    """The last statement of each firm as of a day, all of shape (n,), NaN where missing.

    profit: what a year's production earns, revenue less material costs, less costs where those are missing. equity,
    liquid_assets: at the statement's end. by_costs: how many firms have costs in place of material costs.
    """

    profit: Floats
    equity: Floats
    liquid_assets: Floats
    by_costs: int

    @classmethod
    def of(cls, tables: Tables, as_of: date | None, network: Network) -> Self:
        """The books that were known at the end of a day; a statement is taken to cover a year."""
        with tables.connect() as con:
            create_known_views(con, tables, as_of)
            found = fetch(con, _LAST)
        place = {firm: row for row, firm in enumerate(network.firm_ids)}
        rows = [place.get(firm, -1) for firm in found["firm_id"].to_pylist()]
        here = np.array(rows, np.int64) >= 0
        at = np.array(rows, np.int64)[here]

        def column(name: str) -> Floats:
            values = np.full(network.firms, np.nan)
            values[at] = numbers(found[name])[here]
            return values

        revenue, costs, material = column("revenue"), column("costs"), column("material_costs")
        instead = np.isnan(material) & ~np.isnan(costs) & ~np.isnan(revenue)
        profit = revenue - np.where(np.isnan(material), costs, material)
        return cls(profit, column("equity"), column("liquid_assets"), int(instead.sum()))

    @property
    def known(self) -> int:
        """Firms whose profit is known."""
        return int((~np.isnan(self.profit)).sum())
