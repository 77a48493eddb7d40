"""One scenario over the whole network, row by row: any shocks, and the remaining production of every firm.

Needs no compilation and nothing but numpy, so that it starts at once; `esri` is for many scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs, Places
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.weights import NetworkWeights

States = tuple[Floats, Floats]
"""Losses by lost supply and by lost demand, both of shape (n,)."""


@dataclass(frozen=True)
class ScenarioOutcome:
    """What one scenario does.

    down, up: lost share of each firm's production by lost supply and by lost demand, shape (n,), in the network's
    order. esri, esri_down, esri_up: lost share of all sales. iterations, residual: see `esri.Losses`.
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
        """Lost share of each firm's production: the larger of both, shape (n,)."""
        return np.maximum(self.down, self.up)


class SparseRows:
    """A sparse matrix by rows: entries of row i are places start[i] to start[i + 1] of value and column."""

    def __init__(self, value: Floats, column: Places, start: Longs) -> None:
        self.rows, self.value, self.column = len(start) - 1, value, column
        self._filled = np.flatnonzero(np.diff(start))
        self._start = start[:-1][self._filled]

    def __matmul__(self, x: Floats) -> Floats:
        """The product with a vector, shape (rows,)."""
        product = np.zeros(self.rows)
        if len(self._filled):
            product[self._filled] = np.add.reduceat(self.value * x[self.column], self._start)
        return product


class Scenario:
    """A network made ready for single scenarios: D by part of a customer's inputs (`down`), U by supplier (`up`)."""

    def __init__(self, weights: NetworkWeights) -> None:
        links, self.weights = weights.links, weights
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
        states: list[States] | None = None,
    ) -> ScenarioOutcome:
        """Lose a share psi of each firm's production, shape (n,), and psi_up of its demand (None: psi).

        stock: shape (n,), the share of its production for which a firm's stock stands in when supply is lost.
        states: gets the losses (x, y) at the start and after each step, in the numbering of `weights`.
        """
        options, weights = options or RunOptions(), self.weights
        rules = options.rules(weights.network.firms)
        floor_x = np.asarray(psi, np.float64)[weights.order]
        floor_y = floor_x if psi_up is None else np.asarray(psi_up, np.float64)[weights.order]
        spare = 0.0 if stock is None else np.asarray(stock, np.float64)[weights.order]
        x, y, fall, steps = floor_x, floor_y, np.inf, 0
        if states is not None:
            states.append((x, y))
        while steps < rules.rounds and fall > rules.eps:
            new_x = np.maximum(floor_x, self._supply(x, options.substitution) - spare)
            new_y = np.maximum(floor_y, np.minimum(1.0, self.up @ y))
            fall = float(max(np.max(new_x - x, initial=0.0), np.max(new_y - y, initial=0.0)))
            x, y, steps = new_x, new_y, steps + 1
            if states is not None:
                states.append((x, y))
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
        """What nobody of a firm's market takes over of its lost deliveries: sigma x, in the numbering of `weights`."""
        links = self.weights.links
        if not substitution:
            return x
        left = np.bincount(links.market, links.sales * (1.0 - x), len(links.dead_sales))
        alive = (left > links.dead_sales)[links.market]
        taken = np.divide(links.sales, left[links.market], out=np.ones(len(x)), where=alive)
        return np.minimum(1.0, taken) * x

    def _supply(self, x: Floats, substitution: bool) -> Floats:
        links = self.weights.links
        new = np.zeros(len(x))
        if len(self._buyers):
            by_part = self.down @ self.shortage(x, substitution)
            new[self._buyers] = np.minimum(1.0, np.maximum.reduceat(by_part, links.row_start[self._buyers]))
        return new
