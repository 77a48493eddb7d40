"""Closures of all firms: ESRI of each, exposure of each to the others, and the losses of lenders.

Source: Diem, Borsos, Reisch, Kertész, Thurner, Scientific Reports 12:7719 (2022).
"""

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
    """Losses of all firms together by each scenario, shape (scenarios,).

    esri, down, up: lost share of all sales by both channels, by lost supply alone, by lost demand alone.
    iterations: steps done. residual: largest fall of any firm's production in the last step.
    """

    esri: Floats
    down: Floats
    up: Floats
    iterations: Longs
    residual: Floats


@dataclass(frozen=True)
class ContagionExposure:
    """Exposure of each firm i to the others: the sum over all k other than i of PD_k x loss of i when k closes.

    supply, demand, credit: shape (n,), by the channel that binds (the largest loss; equal ones share it equally); their
    sum is the exposure, which may exceed 1. credit is None if it was not a channel, and 0 for a firm of unknown equity,
    where it is not measured. worst, source: (n, TOP), the largest terms in descending order, and the closed firms.
    by_sector, sector: (n, SECTORS), the largest sums over all k of one sector in descending order, and the row numbers
    of those sectors.
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
        """Exposure of each firm over all channels, shape (n,)."""
        both = self.supply + self.demand
        return both if self.credit is None else both + self.credit


@dataclass(frozen=True)
class Closures:
    """Results of the closure of every firm. exposure: None without PDs. lenders: None without a loan book."""

    losses: ClosureLosses
    exposure: ContagionExposure | None
    lenders: LenderLosses | None


def close_all(  # noqa: PLR0913 - keywords, each with a default: every input that may be known
    weights: NetworkWeights,
    options: RunOptions | None = None,
    *,
    pd: Floats | None = None,
    book: LoanBook | None = None,
    credit: CreditExposures | None = None,
    hooks: RunHooks | None = None,
) -> Closures:
    """Close each firm in turn and add up what that costs all firms, each firm and each lender.

    Parameters
    ----------
    weights: the network under an essentiality table.
    options: None for the defaults of `RunOptions`.
    pd: PD of each firm, shape (n,), for exposures and expected losses of lenders; None: neither.
    book: loans and statements, for lenders' losses; None: no lenders.
    credit: makes credit a third channel of exposures, loss_ik = max(1 - d_i, 1 - u_i, rise of DebtRank's h_i when k's h
        is set to 1); ESRI and lenders' losses are still those of lost output.
    hooks: progress and checkpoint.

    Raises
    ------
    DataError: exact_upstream with revenues below sales; credit without pd, or of another number of firms.
    """
    options = options or RunOptions()
    order = weights.order
    if credit is not None and pd is None:
        raise DataError(
            "credit without PDs", "pd: credit is a channel of exposures, which are sums of PD x loss"
        )
    if options.exact_upstream:
        check_revenues(weights)
    # Firms are closed sector by sector, so that a sector's sum is complete when the next sector begins.
    closing_order = np.argsort(weights.network.sector[order], kind="stable")
    plan = ClosurePlan(
        weights=weights,
        rules=options.rules(weights.network.firms),
        firms=closing_order.astype(np.uint32),
        pd=np.empty(0) if pd is None else pd[order],
        lending=no_lending() if book is None else lending_arrays(book, weights),
        threads=options.threads,
        credit=None if credit is None else credit.debtrank_law(weights.places),
    )
    results = run_all(plan, hooks)
    # The inverse of the closing order, from the kernels' numbering to the network's.
    scenario_of_firm = np.argsort(closing_order)[weights.places]
    totals = results.totals
    losses = ClosureLosses(
        esri=totals.esri[scenario_of_firm],
        down=totals.down[scenario_of_firm],
        up=totals.up[scenario_of_firm],
        iterations=totals.steps[scenario_of_firm],
        residual=totals.fall[scenario_of_firm],
    )
    return Closures(
        losses,
        None if pd is None else _exposure(results, weights, by_credit=credit is not None),
        None if book is None else collect_lender_losses(book, totals.lender_losses, scenario_of_firm, order),
    )


def _exposure(results: RunResults, weights: NetworkWeights, *, by_credit: bool) -> ContagionExposure:
    """Return the exposures of a run in the order of the network's firms."""
    terms = results.totals.terms
    places = weights.places
    sources = terms.worst_source.astype(np.int64)
    return ContagionExposure(
        supply=terms.supply[places],
        demand=terms.demand[places],
        worst=terms.worst[places],
        # Sources are firms in the kernels' numbering; unused entries are 0 and have a term of 0.
        source=weights.order[sources[places]] if len(places) else sources,
        by_sector=results.largest[places],
        sector=results.largest_sector[places].astype(np.int64),
        credit=terms.credit[places] if by_credit else None,
    )


def esri_all(
    weights: NetworkWeights,
    options: RunOptions | None = None,
    *,
    pd: Floats | None = None,
    hooks: RunHooks | None = None,
) -> tuple[ClosureLosses, ContagionExposure | None]:
    """Return losses and exposures of `close_all`, without lenders; the exposure is None without PDs."""
    closures = close_all(weights, options, pd=pd, hooks=hooks)
    return closures.losses, closures.exposure
