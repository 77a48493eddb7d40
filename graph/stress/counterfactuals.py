"""Counterfactuals: what another supplier, a larger stock or one guarantee less changes for the firms concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from supplyrisk.graph.contagion.debtrank import Claims, run_debtrank
from supplyrisk.graph.contagion.essentiality import Essentiality
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.learned_hazards import Transmissions
from supplyrisk.graph.contagion.loan_book import claims_of
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.contagion.scenario import Scenario
from supplyrisk.graph.contagion.weights import weights_of
from supplyrisk.graph.stress.counterfactual_data import (
    moved_sales,
    network_with_supplier,
    row_numbers,
    stock_cover,
    stock_days_of,
)
from supplyrisk.graph.stress.firm_exposure import Progress, exposures, reachable_firms
from supplyrisk.graph.stress.scenario_costs import ScenarioCosts
from supplyrisk.graph.stress.scenario_course import combined_shocks, options_of
from supplyrisk.graph.stress.scenario_plan import AddSupplier, CutGuarantee, MoreStock, ScenarioPlan, WhatIf
from supplyrisk.graph.stress.scenario_scope import ScenarioScope
from supplyrisk.graph.stress.step_shocks import StepShock


@dataclass(frozen=True)
class MeasuredEffect:
    """One measure of one firm (its row), before and after; None where the data do not allow it.

    measure: "loss" (lost share of its production in the scenario's last step), "exposure" (sum over the others of base
    PD x its loss when they close), "credit exposure" (sum over the others of base PD x the share of its equity that it
    loses by DebtRank), "pd" (by the network).
    """

    what_if: str
    firm: int
    measure: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class CounterfactualBench:
    """What counterfactuals are measured with; pd: base PDs, shape (n,); learned: its firms in the network's order."""

    plan: ScenarioPlan
    shocks: Sequence[StepShock]
    scope: ScenarioScope
    essentiality: Essentiality
    pd: Floats | None = None
    costs: ScenarioCosts | None = None
    learned: Transmissions | None = None

    def effects(self, what_if: WhatIf, progress: Progress = lambda _done, _of: None) -> list[MeasuredEffect]:
        """Before and after, for the firms concerned; progress counts closures."""
        worlds: list[tuple[SupplyNetwork, Floats | None]]
        match what_if:
            case AddSupplier():
                rows = row_numbers(self.scope)
                firms = [
                    rows[what_if.customer],
                    rows[what_if.supplier],
                    *sorted(moved_sales(self.scope, what_if)),
                ]
                worlds = [
                    (network, None)
                    for network in (self.scope.network, network_with_supplier(self.scope, what_if))
                ]
            case MoreStock():
                firm, network = row_numbers(self.scope)[what_if.firm], self.scope.network
                firms = [firm, *network.customer[network.supplier == firm].tolist()]
                stocks = [
                    stock_cover(self.scope, what_if.firm, days, self.plan.weeks)
                    for days in stock_days_of(self.scope, what_if)
                ]
                worlds = [(network, stock) for stock in stocks]
            case CutGuarantee():
                return self._guarantee(what_if)
        tables = [self._measure(network, stock, firms, progress) for network, stock in worlds]
        return [
            MeasuredEffect(what_if.label, firm, measure, before.get(measure), after.get(measure))
            for firm, before, after in zip(firms, *tables, strict=True)
            for measure in ("loss", "exposure")
        ]

    def _measure(
        self, network: SupplyNetwork, stock: Floats | None, firms: list[int], progress: Progress
    ) -> list[dict[str, float]]:
        """Loss and, where there are base PDs, exposure of some firms."""
        scenario, options = Scenario(weights_of(network, self.essentiality)), options_of(self.plan)
        loss = scenario.run(*combined_shocks(self.shocks), options, stock=stock).loss
        found = [{"loss": float(loss[firm])} for firm in firms]
        if self.pd is not None:

            def loss_of(psi: Floats) -> Floats:
                return scenario.run(psi, options=options, stock=stock).loss

            suffered = exposures(network, loss_of, self.pd, np.array(firms), progress)
            for row, value in zip(found, suffered, strict=True):
                row["exposure"] = float(value)
        return found

    def _guarantee(self, asked: CutGuarantee) -> list[MeasuredEffect]:
        rows = row_numbers(self.scope)
        pair = rows[asked.guarantor], rows[asked.guaranteed]
        credit = [self._credit(pair[0], cut) for cut in (None, pair)]
        effects = [MeasuredEffect(asked.label, pair[0], "credit exposure", credit[0], credit[1])]
        if self.learned is not None:
            learned = self.learned
            ends = np.sort(np.stack([learned.source, learned.target]), axis=0)
            between = (ends[0] == min(pair)) & (ends[1] == max(pair))
            named = pc.match_substring(learned.kind.dictionary, ":guarantees:").to_numpy(zero_copy_only=False)
            guarantee = named.astype(bool)[learned.kind.indices.to_numpy()]
            pds = [-np.expm1(-learned.hazards(None, links)) for links in (None, ~(between & guarantee))]
            effects += [MeasuredEffect(asked.label, f, "pd", *self._pd(pds, f)) for f in pair]
        return effects

    def _pd(self, pds: list[Floats], firm: int) -> tuple[float | None, float | None]:
        if self.learned is None or self.learned.defaulted[firm]:
            return None, None
        return float(pds[0][firm]), float(pds[1][firm])

    def _credit(self, firm: int, cut: tuple[int, int] | None) -> float | None:
        """Exposure of a firm by trade credit and guarantees; None without base PDs or the firm's equity."""
        if self.pd is None or self.costs is None or np.isnan(self.costs.equity[firm]):
            return None
        known = ~np.isnan(self.costs.equity)
        owed = claims_of(self.scope.network, self.scope.snapshot, excluded=cut).claims
        creditor, debtor, amount = (np.asarray(part) for part in (owed.creditor, owed.debtor, owed.amount))
        # Whoever's equity is unknown cannot be seen to lose a share of it.
        used = known[creditor]
        claims = Claims(creditor[used], debtor[used], amount[used], self.scope.network.firms)
        equity = np.where(known, self.costs.equity, 1.0)
        nobody = np.zeros(self.scope.network.firms)
        still = run_debtrank(claims, equity, nobody).h[firm]
        total = 0.0
        for source in reachable_firms(creditor[used], debtor[used], firm, len(nobody)):
            if source != firm and self.pd[source] > 0:
                closed = nobody.copy()
                closed[source] = 1.0
                total += self.pd[source] * float(run_debtrank(claims, equity, closed).h[firm] - still)
        return total
