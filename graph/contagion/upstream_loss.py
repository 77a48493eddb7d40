"""Loss by lost demand of single closures, solved exactly: the limit of infinitely many steps.

With one firm closed and no other shock, step 6 of ESRI is linear, x = U x with x_closed = 1. Source of the solver: van
der Vorst, SIAM J. Sci. Stat. Comput. 13(2):631-644 (1992).
"""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, KernelLinks, Places
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.contagion.weights import NetworkWeights, weights_of
from supplyrisk.graph.errors import DataError

PRECISION = 1e-13
"""A solution is accepted if one more step changes no loss by more, a share of production."""

MAX_ITERATIONS = 400
"""Iterations of the solver before it restarts; some dozens are usual."""

MAX_RESTARTS = 20
"""Restarts from the last iterate before plain steps are done instead: the solver may break down on chains."""


def exact_upstream(network: SupplyNetwork, closed: int) -> Floats:
    """Return the lost share of each firm's production by lost demand when one firm stops, shape (n,).

    The smallest non-negative solution of x = U x with x_closed = 1:

        (I - U_RR) x_R = U_R,closed

    over the firms R that sell to the closed one, directly or through others; 0 for all other firms. I - U is singular
    on closed networks; I - U_RR is not, since some demand of each firm of R ends at the closed firm.

    closed: row number of the firm that stops.

    Raises
    ------
    DataError: revenues below sales, with which losses could exceed 1.
    """
    weights = weights_of(network)
    check_revenues(weights)
    losses = upstream_of(weights.links, weights.places[[closed]].astype(np.uint32))
    return np.asarray(losses[weights.places, 0], np.float64)


def check_revenues(weights: NetworkWeights) -> None:
    """Check that the loss by lost demand is a linear system: no firm's upstream weights sum to more than 1.

    Raises
    ------
    DataError: revenues below sales.
    """
    links = weights.links
    # The appended 0 gives the last firms without customers a valid index; rows without links are masked below.
    sums = np.add.reduceat(np.append(links.up, 0.0), links.out_start[:-1])
    over = (sums > 1 + 1e-9) & (np.diff(links.out_start) > 0)
    if over.any():
        raise DataError(
            f"{int(over.sum())} firms have a revenue below their sales",
            "revenues of at least the sum of the links, for the exact loss by lost demand",
        )


def upstream_of(links: KernelLinks, closed: Places) -> Floats:
    """Return the losses by lost demand of several closures, shape (n, closures), in the numbering of the links.

    Solved by BiCGSTAB, which converges where plain steps need thousands; a closure that does not reach PRECISION is
    done by plain steps. closed: shape (closures,), the firms that stop.
    """
    n = len(links.sales)
    up = sparse.csr_array((links.up, links.target.astype(np.int64), links.out_start), shape=(n, n))
    columns = up.tocsc()
    losses = np.zeros((n, len(closed)))
    for number, firm in enumerate(closed.tolist()):
        losses[:, number] = _solve(up, columns[:, [firm]].toarray().ravel(), firm)
    return losses


def _solve(up: sparse.csr_array, right: Floats, firm: int) -> Floats:
    """Return the losses of one closure, shape (n,). right: column of U of the closed firm, (n,), overwritten."""
    from scipy.sparse.linalg import LinearOperator, bicgstab  # noqa: PLC0415 - slow to import, see `lazy_scipy`

    def left(x: Floats) -> Floats:
        """Return (I - U) x without the closed firm, whose entry stays 0."""
        after = x - up @ x
        after[firm] = 0.0
        return np.asarray(after)

    right[firm] = 0.0
    matrix = LinearOperator(up.shape, matvec=left, dtype=np.float64)
    x = np.zeros(len(right))
    for _ in range(MAX_RESTARTS):
        # If no firm sells to the closed one, the solution is 0 and the solver would divide by 0.
        if right.any():
            x, _ = bicgstab(matrix, right, x0=x, rtol=0.0, atol=PRECISION / 4, maxiter=MAX_ITERATIONS)
        # A loss is between 0 and 1; beyond that there are only rounding errors of the solver.
        loss = np.clip(x, 0.0, 1.0)
        loss[firm] = 1.0
        # The solver's own residual is that of the unclipped iterate: check the equation itself.
        if np.max(np.abs(_step(up, loss, firm) - loss)) <= PRECISION:
            return np.asarray(loss, np.float64)
    return _plain_steps(up, firm)


def _step(up: sparse.csr_array, x: Floats, firm: int) -> Floats:
    """Return the losses after step 6 of ESRI with one firm closed, shape (n,)."""
    after = np.minimum(1.0, up @ x)
    after[firm] = 1.0
    return np.asarray(after)


def _plain_steps(up: sparse.csr_array, firm: int) -> Floats:
    """Return the losses by doing step 6 from no loss until it adds at most PRECISION."""
    x = np.zeros(up.shape[0])
    x[firm] = 1.0
    fall = np.inf
    while fall > PRECISION:
        after = _step(up, x, firm)
        fall = float(np.max(after - x))
        x = after
    return x
