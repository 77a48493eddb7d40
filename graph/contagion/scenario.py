"""One scenario over the whole network: any shocks, and the remaining production of every firm.

Needs no compilation and nothing but numpy, so that it starts at once; `esri` computes many scenarios.

Source: Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022), steps 2 to 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs, Places
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.weights import NetworkWeights


class ChannelLosses(NamedTuple):
    """Losses at one step, shape (n,), in the numbering of `NetworkWeights`: x by lost supply, y by lost demand."""

    x: Floats
    y: Floats


@dataclass(frozen=True)
class ScenarioOutcome:
    """Losses of one scenario.

    down, up: lost share of each firm's production by lost supply and by lost demand, shape (n,), in the network's
    order. esri, esri_down, esri_up: lost share of all sales by both channels, by lost supply, by lost demand.
    iterations: steps done. residual: largest fall of production in the last step.
    """

    down: Floats
    up: Floats
    esri: float
    esri_down: float
    esri_up: float
    iterations: int
    residual: float

    @property
    def loss(self) -> Floats:
        """Lost share of each firm's production, shape (n,): the larger of both channels."""
        return np.maximum(self.down, self.up)


class SparseRows:
    """A sparse matrix by rows: entries of row i are positions start[i] to start[i + 1] of value and column.

    scipy would take longer to import than one scenario takes to compute.
    """

    def __init__(self, value: Floats, column: Places, start: Longs) -> None:
        self.rows = len(start) - 1
        self.value = value
        self.column = column
        # reduceat returns an entry, not 0, for an empty row: only filled rows are summed.
        self._filled = np.flatnonzero(np.diff(start))
        self._start = start[:-1][self._filled]

    def __matmul__(self, x: Floats) -> Floats:
        """Return the product with a vector, shape (rows,)."""
        product = np.zeros(self.rows)
        if len(self._filled):
            product[self._filled] = np.add.reduceat(self.value * x[self.column], self._start)
        return product


class Scenario:
    """A network prepared for single scenarios.

    down: D by part of a customer's inputs, shape (parts, n). up: U by supplier, shape (n, n).
    """

    def __init__(self, weights: NetworkWeights) -> None:
        links = weights.links
        self.weights = weights
        self.down = SparseRows(links.down, links.source, links.part_start)
        self.up = SparseRows(links.up, links.target, links.out_start)
        self._buyers = np.flatnonzero(np.diff(links.row_start))

    def run(
        self,
        psi: Floats,
        psi_up: Floats | None = None,
        options: RunOptions | None = None,
        *,
        stock: Floats | None = None,
        states: list[ChannelLosses] | None = None,
    ) -> ScenarioOutcome:
        """Compute the losses after a shock.

            x_j(t+1) = max(psi_j, min(1, max over parts of sum_i D_ij sigma_i(t) x_i(t)) - stock_j)
            y_i(t+1) = max(psi_up_i, min(1, sum_j U_ij y_j(t)))

        Parameters
        ----------
        psi: lost share of each firm's production, shape (n,), 0 to 1. psi_up: lost share of its demand; None: psi.
        options: None for the defaults of `RunOptions`; threads and exact_upstream are not used.
        stock: share of its production for which a firm's stock replaces lost supply, shape (n,); None: no stock.
        states: receives the losses at the start and after each step.
        """
        options = options or RunOptions()
        weights = self.weights
        rules = options.rules(weights.network.firms)
        # Inputs are in the network's order, the arrays of the links in that of `weights`.
        floor_x = np.asarray(psi, np.float64)[weights.order]
        floor_y = floor_x if psi_up is None else np.asarray(psi_up, np.float64)[weights.order]
        spare = 0.0 if stock is None else np.asarray(stock, np.float64)[weights.order]
        x = floor_x
        y = floor_y
        fall = np.inf
        steps = 0
        if states is not None:
            states.append(ChannelLosses(x, y))
        while steps < rules.rounds and fall > rules.eps:
            # Both channels are computed from the losses of the step before, then change together.
            new_x = np.maximum(floor_x, self._supply_loss(x, options.substitution) - spare)
            new_y = np.maximum(floor_y, np.minimum(1.0, self.up @ y))
            fall = float(max(np.max(new_x - x, initial=0.0), np.max(new_y - y, initial=0.0)))
            x = new_x
            y = new_y
            steps += 1
            if states is not None:
                states.append(ChannelLosses(x, y))
        share = weights.links.share
        both = np.maximum(x, y)
        return ScenarioOutcome(
            down=x[weights.places],
            up=y[weights.places],
            esri=float(share @ both),
            esri_down=float(share @ x),
            esri_up=float(share @ y),
            iterations=steps,
            residual=fall if steps else 0.0,
        )

    def shortage(self, x: Floats, substitution: bool) -> Floats:
        """Return sigma x, the lost deliveries that no firm of the market replaces, shape (n,).

        x: losses by lost supply, (n,), both in the numbering of `weights`. sigma is 1 without substitution and in a
        dead market.
        """
        links = self.weights.links
        if not substitution:
            return x
        remaining = np.bincount(links.market, links.sales * (1.0 - x), len(links.dead_sales))
        alive = (remaining > links.dead_sales)[links.market]
        # A dead market has nothing to divide by: sigma stays 1, no firm replaces another.
        sigma = np.divide(links.sales, remaining[links.market], out=np.ones(len(x)), where=alive)
        return np.minimum(1.0, sigma) * x

    def _supply_loss(self, x: Floats, substitution: bool) -> Floats:
        """Return what each firm's worst part of inputs lacks, at most 1, shape (n,); 0 for firms without inputs."""
        links = self.weights.links
        loss = np.zeros(len(x))
        if len(self._buyers):
            by_part = self.down @ self.shortage(x, substitution)
            worst = np.maximum.reduceat(by_part, links.row_start[self._buyers])
            loss[self._buyers] = np.minimum(1.0, worst)
        return loss
