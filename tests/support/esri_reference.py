"""ESRI as its eight steps define it: dense matrices, one line of code per equation. The specification, and slow.

Read it to see what the fast versions compute, and use it in tests to check them; it needs n x n numbers. It imports
nothing from the package and the package imports nothing from it, so that an error cannot hide in code both share.

Source: Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

NEGLIGIBLE = 0
NON_ESSENTIAL = 1
ESSENTIAL = 2

DEAD_SHARE = 1e-10
"""A market is dead if its remaining sales are at most this share of its sales: no firm in it can replace another."""


@dataclass(frozen=True)
class DenseNetwork:
    """A supply network and its production functions, as matrices.

    traded: W, shape (n, n), W[i, j] = what supplier i sold to customer j, any money unit. sector: number of each firm's
    sector, (n,). essential: (sectors, sectors), [k][l] = role of supplier sector k for customer sector l: 2 essential,
    1 non-essential, 0 negligible. market: number of each firm's market, (n,); None: its sector. substitution: whether
    firms of one market replace one another. revenue, costs: (n,), in the unit of W; None: the row and column sums of W.
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
    """Remaining production of each firm after a shock.

    d, u: remaining share of production by lost supply and by lost demand, shape (n,). falls: largest fall of any state
    in each step. esri, down, up: lost share of all sales by both channels, by lost supply, by lost demand.
    """

    d: Vector
    u: Vector
    falls: tuple[float, ...]
    esri: float
    down: float
    up: float

    @property
    def iterations(self) -> int:
        """Number of steps."""
        return len(self.falls)


def quotient(part: Vector, whole: Vector) -> Vector:
    """Return part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def without_own_sales(dense: DenseNetwork) -> Vector:
    """Return W without its diagonal: what a firm sells to itself is no link."""
    traded = dense.traded.astype(np.float64)
    np.fill_diagonal(traded, 0)
    return traded


def dense_weights(dense: DenseNetwork) -> tuple[Vector, Vector]:
    """Step 1: return the downstream weights D and the upstream weights U, both of shape (n, n).

    D[i, j] = W[i, j] / (purchases of j from i's sector) for essential inputs, W[i, j] / (purchases of j) for
    non-essential ones, 0 for negligible ones, times purchases / costs of j. U[i, j] = W[i, j] / revenue of i.
    """
    sector = dense.sector
    n = len(dense.traded)
    traded = without_own_sales(dense)
    role = dense.essential[sector][:, sector]
    from_sector = np.array(
        [[traded[sector == sector[i], j].sum() for j in range(n)] for i in range(n)]
    ).reshape(n, n)
    bought = traded.sum(axis=0)
    sold = traded.sum(axis=1)
    non_essential = np.where(role == NON_ESSENTIAL, quotient(traded, bought), 0.0)
    down = np.where(role == ESSENTIAL, quotient(traded, from_sector), non_essential)
    if dense.costs is not None:
        down = down * quotient(bought, dense.costs)
    up = quotient(traded, (sold if dense.revenue is None else dense.revenue)[:, None])
    return down, up


def replaceability(dense: DenseNetwork, d: Vector) -> Vector:
    """Step 3: return sigma, the share of a firm's lost deliveries that its market does not replace, shape (n,).

    sigma_i = min(1, s_i / sum over the market of s_j d_j), with sales s.
    """
    sold = without_own_sales(dense).sum(axis=1)
    market = dense.sector if dense.market is None else dense.market
    sigma = np.ones(len(d))
    for i in range(len(d)):
        remaining = (sold * d)[market == market[i]].sum()
        total = sold[market == market[i]].sum()
        if dense.substitution and remaining > DEAD_SHARE * total:
            sigma[i] = min(1.0, sold[i] / remaining)
    return sigma


def reference_esri(
    dense: DenseNetwork,
    psi: Vector,
    psi_up: Vector | None = None,
    *,
    eps: float = 1e-2,
    rounds: int | None = None,
) -> DenseResult:
    """Compute one scenario, and its ESRI: the sum over firms of w_i (1 - min(d_i, u_i)), with shares of sales w.

    Parameters
    ----------
    psi: lost share of each firm's production, shape (n,), 0 to 1.
    psi_up: the same for the upstream channel; None: psi.
    eps: stop after the step in which no state fell by more.
    rounds: do exactly this many steps instead.
    """
    psi_up = psi if psi_up is None else psi_up
    down, up = dense_weights(dense)
    sector = dense.sector
    n = len(psi)
    d = 1 - psi  # step 2
    u = 1 - psi_up
    falls: list[float] = []
    while len(falls) < rounds if rounds is not None else not falls or falls[-1] > eps:
        shortage = replaceability(dense, d) * (1 - d)  # step 3
        supply = [
            1 - down[sector == k].T @ shortage[sector == k] for k in range(len(dense.essential))
        ]  # step 4
        new_d = np.array(
            [production(dense, [by_sector[j] for by_sector in supply], sector[j], psi[j]) for j in range(n)]
        )
        new_u = np.maximum(0, np.minimum(1 - psi_up, 1 - up @ (1 - u)))  # step 6
        falls.append(float(max(np.max(d - new_d, initial=0), np.max(u - new_u, initial=0))))
        # Step 7: both states change together. Neither new one may enter the other's equation.
        d = new_d
        u = new_u
    traded = without_own_sales(dense)
    w = quotient(traded.sum(axis=1), traded.sum())
    esri, lost_d, lost_u = (float(w @ (1 - state)) for state in (np.minimum(d, u), d, u))  # step 8
    return DenseResult(d, u, tuple(falls), esri, lost_d, lost_u)


def production(dense: DenseNetwork, supply: Sequence[float], sector: int, psi: float) -> float:
    """Step 5: return what a firm of a sector can still produce, a share of its production.

    supply: remaining supply from each sector, shape (sectors,): the scarcest essential sector limits production
    (Leontief), lost non-essential inputs lower it in proportion (linear). psi: the firm's own shock.
    """
    role = dense.essential[:, sector]
    scarcest = min((s for s, r in zip(supply, role, strict=True) if r == ESSENTIAL), default=1.0)
    linear = 1 - sum(1 - s for s, r in zip(supply, role, strict=True) if r == NON_ESSENTIAL)
    return float(max(0.0, min(1 - psi, scarcest, linear)))
