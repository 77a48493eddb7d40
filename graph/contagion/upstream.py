"""The upstream loss of a single closure, exactly: what infinitely many steps would give."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import spsolve

from supplyrisk.graph.contagion.arrays import Floats
from supplyrisk.graph.contagion.network import Network
from supplyrisk.graph.contagion.readable import ratio


def exact_upstream(network: Network, closed: int) -> Floats:
    """Lost share of each firm's production by lost demand when firm `closed` stops, shape (n,).

    The least non-negative solution of x = U x with x_closed = 1: (I - U_RR) x_R = U_R,closed over the firms R that
    sell, by however many steps, to the closed one; 0 for all others. I - U itself is singular on closed networks,
    I - U_RR is not: from each firm of R some demand ends at the closed one. Revenues below sales, with which losses
    could exceed 1, are not for this form.
    """
    n = network.firms
    whole = network.sales if network.revenue is None else network.revenue
    weight = ratio(network.amount, whole[network.supplier])
    up = sparse.csr_array((weight, (network.supplier, network.customer)), shape=(n, n))
    # Against the flow of goods: from the closed firm to its suppliers, to theirs, and so on.
    reach = breadth_first_order(up.T.tocsr(), closed, return_predecessors=False)
    firms = np.sort(reach[reach != closed])
    x = np.zeros(n)
    x[closed] = 1.0
    if len(firms):
        inside = sparse.eye_array(len(firms), format="csc") - up[firms][:, firms].tocsc()
        x[firms] = spsolve(inside, up[firms][:, [closed]].toarray().ravel())
    return np.clip(x, 0.0, 1.0)
