"""ESRI of every firm, what every firm is exposed to, and what lenders lose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyrisk.graph.contagion.closure_runs import ClosurePlan, RunHooks, RunResults, run_all
from supplyrisk.graph.contagion.credit_exposures import CreditExposures
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats, Longs, no_lending
from supplyrisk.graph.contagion.lender_losses import (
    LenderLosses,
    LoanBook,
    collect_lender_losses,
    lending_arrays,
)
from supplyrisk.graph.contagion.run_options import RunOptions
from supplyrisk.graph.contagion.upstream_loss import check_revenues
from supplyrisk.graph.contagion.weights import NetworkWeights
from supplyrisk.graph.errors import DataError


@dataclass(frozen=True)
class ClosureLosses:
    """What each scenario costs all firms together, shape (scenarios,).

    esri, down, up: lost share of all sales by both channels, by lost supply alone, by lost demand alone.
    iterations: steps taken. residual: the largest fall of any firm in the last step.
    """

    esri: Floats
    down: Floats
    up: Floats
    iterations: Longs
    residual: Floats


@dataclass(frozen=True)
class ContagionExposure:
    """What each firm suffers from the others: the sum over all k but itself of PD_k x its loss when k closes.

    supply, demand, credit: shape (n,), by the channel that binds (the largest loss; equal ones share it equally); they
    sum to the exposure, which may exceed 1. credit is None where it was no channel; it is 0 where a firm's equity is
    not known, which is then not measured. worst: shape (n, TOP), the largest terms, falling; source: their firms.
    by_sector: shape (n, SECTORS), the largest sums over all k of one sector, falling; sector: their row numbers.
    """

    supply: Floats
    demand: Floats
    worst: Floats
    source: Longs
    by_sector: Floats
    sector: Longs
    credit: Floats | None = None

    @property
    def total(self) -> Floats:
        """supply + demand, and credit where that is a channel."""
        both = self.supply + self.demand
        return both if self.credit is None else both + self.credit


@dataclass(frozen=True)
class Closures:
    """Every firm's closure: what it costs, what firms are exposed to (None without PDs), what lenders lose (None
    without loans).
    """

    losses: ClosureLosses
    exposure: ContagionExposure | None
    lenders: LenderLosses | None


def close_all(  # noqa: PLR0913 - one parameter per thing that may be known
    weights: NetworkWeights,
    options: RunOptions | None = None,
    *,
    pd: Floats | None = None,
    book: LoanBook | None = None,
    credit: CreditExposures | None = None,
    hooks: RunHooks | None = None,
) -> Closures:
    """The closure of each firm, one after the other.

    pd: PD of each firm, shape (n,), for exposures and expected losses. book: loans and statements, for lenders' losses.
    credit: makes credit a third channel of exposures: loss_ik = max(1 - d_i, 1 - u_i, rise of DebtRank's h_i when k's h
    is set to 1 beyond that without it). ESRI and lenders' losses stay those of lost output.

    Raises
    ------
    DataError: exact_upstream with revenues below sales; credit without pd, or of other firms.
    """
    options, order, n = options or RunOptions(), weights.order, weights.network.firms
    if credit is not None and pd is None:
        raise DataError("credit without PDs", "pd: it is a channel of exposures, which are sums of PD x loss")
    if options.exact_upstream:
        check_revenues(weights)
    # Closed in the order of their sectors: a sector's sum is complete when the next one begins.
    firms = np.argsort(weights.network.sector[order], kind="stable")
    found = run_all(
        ClosurePlan(
            weights,
            options.rules(n),
            firms.astype(np.uint32),
            np.empty(0) if pd is None else pd[order],
            no_lending() if book is None else lending_arrays(book, weights),
            options.threads,
            None if credit is None else credit.debtrank_law(weights.places),
        ),
        hooks,
    )
    back = np.argsort(firms)[weights.places]
    kept = found.totals
    losses = ClosureLosses(*(getattr(kept, name)[back] for name in ("esri", "down", "up", "steps", "fall")))
    return Closures(
        losses,
        None if pd is None else _exposure(found, weights, by_credit=credit is not None),
        None if book is None else collect_lender_losses(book, kept.lender_losses, back, order),
    )


def _exposure(found: RunResults, weights: NetworkWeights, *, by_credit: bool) -> ContagionExposure:
    terms, places = found.totals.terms, weights.places
    sources = terms.worst_source.astype(np.int64)
    return ContagionExposure(
        supply=terms.supply[places],
        demand=terms.demand[places],
        worst=terms.worst[places],
        source=weights.order[sources[places]] if len(places) else sources,
        by_sector=found.largest[places],
        sector=found.largest_sector[places].astype(np.int64),
        credit=terms.credit[places] if by_credit else None,
    )


def esri_all(
    weights: NetworkWeights,
    options: RunOptions | None = None,
    *,
    pd: Floats | None = None,
    hooks: RunHooks | None = None,
) -> tuple[ClosureLosses, ContagionExposure | None]:
    """`close_all` without lenders."""
    found = close_all(weights, options, pd=pd, hooks=hooks)
    return found.losses, found.exposure
