"""What a scenario costs a firm and its lenders: the last statement known of each firm, and drawn loans."""

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
    """The last statement of each firm as of a day, all of shape (n,), NaN where missing.

    profit: what a year's production earns, revenue less material costs, less costs where those are missing. equity,
    liquid_assets: at the statement's end. by_costs: how many firms have costs in place of material costs.
    """

    profit: Floats
    equity: Floats
    liquid_assets: Floats
    by_costs: int

    @classmethod
    def of(cls, statements: pa.Table, network: SupplyNetwork) -> Self:
        """The books of `last_statements`; a statement is taken to cover a year."""
        profit, by_costs = margin_of(network, statements)
        equity, liquid = (column_by_firm(network, statements, name) for name in ("equity", "liquid_assets"))
        return cls(profit, equity, liquid, int(by_costs.sum()))

    @property
    def known(self) -> int:
        """Firms whose profit is known."""
        return int((~np.isnan(self.profit)).sum())
