"""ESRI as its eight steps say it: dense matrices, one line of mathematics a line. The specification, and slow.

Use it to read what the fast versions do, and to check them; it needs firms x firms numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

DEAD = 1e-10
"""A market whose remaining sales are at most this share of its sales is dead: nobody there can stand in."""


@dataclass(frozen=True)
class DenseNetwork:
    """A supply network and how it reacts, as matrices.

    traded: W, shape (n, n), W[i, j] = what supplier i sold to customer j, any money unit. sector: the sector of each
    firm, shape (n,), as a number. essential: shape (sectors, sectors), [k][l] = role of supplier sector k for customer
    sector l: 2 essential, 1 non-essential, 0 negligible. market: like sector; None: the sectors. substitution: whether
    others of a firm's market can stand in for it. revenue, costs: shape (n,), in the unit of W; None: what W shows.
    """

    traded: Vector
    sector: NDArray[np.int64]
    essential: NDArray[np.int64]
    market: NDArray[np.int64] | None = None
    substitution: bool = True
    revenue: Vector | None = None
    costs: Vector | None = None


@dataclass(frozen=True)
class DenseResult:
    """Remaining production of each firm after a shock, and the fall of the step after which it was stopped.

    d, u: shape (n,), by lost supply and by lost demand. falls: the largest fall of any state, step by step.
    esri, down, up: the lost share of all sales, by both channels and by each alone.
    """

    d: Vector
    u: Vector
    falls: tuple[float, ...]
    esri: float
    down: float
    up: float

    @property
    def iterations(self) -> int:
        """Steps taken."""
        return len(self.falls)


def ratio(part: Vector, whole: Vector) -> Vector:
    """part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def dense_weights(dense: DenseNetwork) -> tuple[Vector, Vector]:
    """Step 1: downstream D and upstream U, both shape (n, n)."""
    n, p = len(dense.traded), dense.sector
    traded = dense.traded.astype(np.float64)
    np.fill_diagonal(traded, 0)  # what a firm sells to itself is no link
    role = dense.essential[p][:, p]
    from_sector = np.array([[traded[p == p[i], j].sum() for j in range(n)] for i in range(n)]).reshape(n, n)
    bought, sold = traded.sum(axis=0), traded.sum(axis=1)
    down = np.where(role == 2, ratio(traded, from_sector), np.where(role == 1, ratio(traded, bought), 0.0))
    if dense.costs is not None:
        down = down * ratio(bought, dense.costs)
    up = ratio(traded, (sold if dense.revenue is None else dense.revenue)[:, None])
    return down, up


def replaceability(dense: DenseNetwork, d: Vector) -> Vector:
    """Step 3: the share of a firm's deliveries that nobody of its market can take over, shape (n,)."""
    traded = dense.traded.astype(np.float64)
    np.fill_diagonal(traded, 0)
    sold = traded.sum(axis=1)
    market = dense.sector if dense.market is None else dense.market
    sigma = np.ones(len(d))
    for i in range(len(d)):
        left, whole = (sold * d)[market == market[i]].sum(), sold[market == market[i]].sum()
        if dense.substitution and left > DEAD * whole:
            sigma[i] = min(1.0, sold[i] / left)
    return sigma


def reference_esri(
    dense: DenseNetwork,
    psi: Vector,
    psi_up: Vector | None = None,
    *,
    eps: float = 1e-2,
    rounds: int | None = None,
) -> DenseResult:
    """One scenario.

    Parameters
    ----------
    psi: lost share of each firm's production, shape (n,). psi_up: the same for the upstream channel; None: psi.
    eps: stop after the step in which no state fell by more. rounds: take so many steps instead.

    Source: Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022).
    """
    psi_up = psi if psi_up is None else psi_up
    down, up = dense_weights(dense)
    p, n = dense.sector, len(psi)
    d, u = 1 - psi, 1 - psi_up  # step 2
    falls: list[float] = []
    while len(falls) < rounds if rounds is not None else not falls or falls[-1] > eps:
        lost = replaceability(dense, d) * (1 - d)
        supply = [1 - down[p == k].T @ lost[p == k] for k in range(len(dense.essential))]  # step 4: P[k][j]
        new_d = np.array([_left(dense, [s[j] for s in supply], p[j], psi[j]) for j in range(n)])
        new_u = np.maximum(0, np.minimum(1 - psi_up, 1 - up @ (1 - u)))  # step 6
        falls.append(float(max(np.max(d - new_d, initial=0), np.max(u - new_u, initial=0))))
        d, u = new_d, new_u  # step 7: both in lockstep
    traded = dense.traded.astype(np.float64)
    np.fill_diagonal(traded, 0)
    w = ratio(traded.sum(axis=1), traded.sum())
    esri, lost_d, lost_u = (float(w @ (1 - left)) for left in (np.minimum(d, u), d, u))
    return DenseResult(d, u, tuple(falls), esri, lost_d, lost_u)


def _left(dense: DenseNetwork, supply: Sequence[float], sector: int, psi: float) -> float:
    """Step 5: what one firm can still produce with its supply of each sector."""
    role = dense.essential[:, sector]
    least = min((s for s, r in zip(supply, role, strict=True) if r == 2), default=1.0)
    mean = 1 - sum(1 - s for s, r in zip(supply, role, strict=True) if r == 1)
    return float(max(0.0, min(1 - psi, least, mean)))
