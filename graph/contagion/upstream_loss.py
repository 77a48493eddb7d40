"""The upstream loss of single closures, exactly: what infinitely many steps would give."""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, KernelLinks, Places
from supplyrisk.graph.contagion.lazy_scipy import sparse
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.contagion.weights import NetworkWeights, weights_of
from supplyrisk.graph.errors import DataError

PRECISION = 1e-13
"""The largest fall that one more step may bring."""

MAX_ITERATIONS = 400
"""Turns of the solver before it begins anew: some dozens are usual."""

MAX_RESTARTS = 20
"""How often it does so, from where it is, before plain steps are taken instead: it may break down on chains."""


def exact_upstream(network: SupplyNetwork, closed: int) -> Floats:
    """Lost share of each firm's production by lost demand when firm `closed` stops, shape (n,).

    The least non-negative solution of x = U x with x_closed = 1: (I - U_RR) x_R = U_R,closed over the firms R that
    sell, by however many steps, to the closed one; 0 for all others. I - U itself is singular on closed networks,
    I - U_RR is not: from each firm of R some demand ends at the closed one.

    Raises
    ------
    DataError: revenues below sales, with which losses could exceed 1.
    """
    weights = weights_of(network)
    check_revenues(weights)
    found = upstream_of(weights.links, weights.places[[closed]].astype(np.uint32))
    return np.asarray(found[weights.places, 0], np.float64)


def check_revenues(weights: NetworkWeights) -> None:
    """Refuse networks of which the loss by lost demand is no linear system.

    Raises
    ------
    DataError: revenues below sales.
    """
    links = weights.links
    whole = np.add.reduceat(np.append(links.up, 0.0), links.out_start[:-1])
    over = (whole > 1 + 1e-9) & (np.diff(links.out_start) > 0)
    if over.any():
        raise DataError(
            f"{int(over.sum())} firms have a revenue below their sales",
            "revenues of at least what the links show, for the exact loss by lost demand",
        )


def upstream_of(links: KernelLinks, closed: Places) -> Floats:
    """The same for several closures, shape (n, closures), in the numbering of the links.

    By BiCGSTAB, which also gets to the end where plain steps take thousands: van der Vorst, SIAM J. Sci. Stat. Comput.
    13(2):631-644 (1992). A closure that does not get to PRECISION is done by plain steps.
    """
    n = len(links.sales)
    up = sparse.csr_array((links.up, links.target.astype(np.int64), links.out_start), shape=(n, n))
    columns = up.tocsc()
    found = np.zeros((n, len(closed)))
    for number, firm in enumerate(closed.tolist()):
        found[:, number] = _solve(up, columns[:, [firm]].toarray().ravel(), firm)
    return found


def _solve(up: sparse.csr_array, right: Floats, firm: int) -> Floats:
    from scipy.sparse.linalg import LinearOperator, bicgstab  # noqa: PLC0415 - as `late` says

    def left(x: Floats) -> Floats:
        """(I - U) x without the closed firm, whose place stays 0."""
        after = x - up @ x
        after[firm] = 0.0
        return np.asarray(after)

    right[firm] = 0.0
    matrix, x = LinearOperator(up.shape, matvec=left, dtype=np.float64), np.zeros(len(right))
    for _ in range(MAX_RESTARTS):
        if right.any():
            x, _ = bicgstab(matrix, right, x0=x, rtol=0.0, atol=PRECISION / 4, maxiter=MAX_ITERATIONS)
        # What is lost is between nothing and all; beyond that there is only what sums round off.
        found = np.clip(x, 0.0, 1.0)
        found[firm] = 1.0
        if np.max(np.abs(_step(up, found, firm) - found)) <= PRECISION:
            return np.asarray(found, np.float64)
    return _plain(up, firm)


def _step(up: sparse.csr_array, x: Floats, firm: int) -> Floats:
    """Step 6 with one firm closed."""
    after = np.minimum(1.0, up @ x)
    after[firm] = 1.0
    return np.asarray(after)


def _plain(up: sparse.csr_array, firm: int) -> Floats:
    """The steps themselves, from nothing, until they bring next to nothing more."""
    x, fall = np.zeros(up.shape[0]), np.inf
    x[firm] = 1.0
    while fall > PRECISION:
        after = _step(up, x, firm)
        fall, x = float(np.max(after - x)), after
    return x
