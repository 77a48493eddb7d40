"""What firms can lose in a scenario: profit, equity and liquid assets by the last statement of each firm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.loan_book import column_by_firm, margin_of
from supplyrisk.graph.contagion.network import SupplyNetwork

WEEKS_OF_A_YEAR = 365 / 7


@dataclass(frozen=True)
class ScenarioCosts:
    """The last statement of each firm as of a day, shape (n,), money, NaN where missing.

    profit: what a year's production earns, revenue - material costs, or revenue - costs where material costs are
    missing. equity, liquid_assets: at the end of the statement. by_costs: number of firms with costs in place of
    material costs.
    """

    profit: Floats
    equity: Floats
    liquid_assets: Floats
    by_costs: int

    @classmethod
    def of(cls, statements: pa.Table, network: SupplyNetwork) -> Self:
        """Return the costs by a table of `last_statements`; each statement is assumed to cover a year."""
        profit, by_costs = margin_of(network, statements)
        equity, liquid = (column_by_firm(network, statements, name) for name in ("equity", "liquid_assets"))
        return cls(profit, equity, liquid, int(by_costs.sum()))

    @property
    def known(self) -> int:
        """Number of firms whose profit is known."""
        return int((~np.isnan(self.profit)).sum())
