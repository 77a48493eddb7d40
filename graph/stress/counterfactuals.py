"""Counterfactuals: what another supplier, a larger stock or one guarantee less changes for the firms concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.credit_exposures import CreditExposures
from supplyrisk.graph.contagion.debtrank import spread_distress, start_of_failures
from supplyrisk.graph.contagion.essentiality import Essentiality
from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.contagion.learned_hazards import Transmissions
from supplyrisk.graph.contagion.loan_book import claims_of
from supplyrisk.graph.contagion.network import SupplyNetwork
from supplyrisk.graph.contagion.scenario import Scenario
from supplyrisk.graph.contagion.weights import weights_of
from supplyrisk.graph.schema.relations import GUARANTEES, ChannelKind
from supplyrisk.graph.stress.counterfactual_data import (
    moved_sales,
    network_with_supplier,
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
    """One measure of one firm before and after a change; None where the data do not allow it.

    what_if: label of the counterfactual. firm: row in the network. measure: "loss" (lost share of its production in
    the scenario's last step), "exposure" (sum over the others of base PD x its loss when they close), "credit exposure"
    (sum over the others of base PD x the share of its equity that it loses by DebtRank) or "pd" (by the learned
    transmissions).
    """

    what_if: str
    firm: int
    measure: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class _Variant:
    """The network and the stock of its firms, shape (n,), on one side of a change; None: no stock."""

    network: SupplyNetwork
    stock: Floats | None = None


@dataclass(frozen=True)
class CounterfactualBench:
    """Inputs with which counterfactuals are measured.

    shocks: of the plan's steps, at least one. pd: base PDs, shape (n,), for exposures; None: no exposures. costs: last
    statements, for credit exposures. learned: learned transmissions with the firms of the network, in its order.
    """

    plan: ScenarioPlan
    shocks: Sequence[StepShock]
    scope: ScenarioScope
    essentiality: Essentiality
    pd: Floats | None = None
    costs: ScenarioCosts | None = None
    learned: Transmissions | None = None

    def effects(
        self, what_if: WhatIf, progress: Progress = lambda _done, _total: None
    ) -> list[MeasuredEffect]:
        """Measure the firms concerned before and after a change; progress counts closures."""
        network = self.scope.network
        rows = self.scope.network.rows
        match what_if:
            case AddSupplier():
                # The new and all former suppliers: their lost demand changes too.
                moved_from = sorted(moved_sales(self.scope, what_if))
                firms = [rows[what_if.customer], rows[what_if.supplier], *moved_from]
                before = _Variant(network)
                after = _Variant(network_with_supplier(self.scope, what_if))
            case MoreStock():
                firm = rows[what_if.firm]
                # Its customers too: they lose less supply where the stock lasts.
                firms = [firm, *network.customer[network.supplier == firm].tolist()]
                days = stock_days_of(self.scope, what_if)
                weeks = self.plan.weeks
                before = _Variant(network, stock_cover(self.scope, what_if.firm, days.before, weeks))
                after = _Variant(network, stock_cover(self.scope, what_if.firm, days.after, weeks))
            case CutGuarantee():
                return self._guarantee_effects(what_if)
        tables = [self._measure(variant, firms, progress) for variant in (before, after)]
        return [
            MeasuredEffect(what_if.label, firm, measure, row_before.get(measure), row_after.get(measure))
            for firm, row_before, row_after in zip(firms, *tables, strict=True)
            for measure in ("loss", "exposure")
        ]

    def _measure(self, variant: _Variant, firms: list[int], progress: Progress) -> list[dict[str, float]]:
        """Return the loss and, where there are base PDs, the exposure of some firms, by measure."""
        scenario = Scenario(weights_of(variant.network, self.essentiality))
        options = options_of(self.plan)
        loss = scenario.run(*combined_shocks(self.shocks), options, stock=variant.stock).loss
        measures = [{"loss": float(loss[firm])} for firm in firms]
        if self.pd is not None:

            def loss_of(psi: Floats) -> Floats:
                return scenario.run(psi, options=options, stock=variant.stock).loss

            values = exposures(variant.network, loss_of, self.pd, np.array(firms), progress)
            for row, value in zip(measures, values, strict=True):
                row["exposure"] = float(value)
        return measures

    def _guarantee_effects(self, change: CutGuarantee) -> list[MeasuredEffect]:
        """Measure guarantor and guaranteed firm with the guarantee and without it."""
        rows = self.scope.network.rows
        guarantor = rows[change.guarantor]
        guaranteed = rows[change.guaranteed]
        before = self._credit_exposure(guarantor, None)
        after = self._credit_exposure(guarantor, (guarantor, guaranteed))
        effects = [MeasuredEffect(change.label, guarantor, "credit exposure", before, after)]
        learned = self.learned
        if learned is not None:
            used = ~self._guarantee_links(learned, guarantor, guaranteed)
            pd_before = -np.expm1(-learned.hazards())
            pd_after = -np.expm1(-learned.hazards(links=used))
            for firm in (guarantor, guaranteed):
                # The PD of a firm in default is 1 in any case, and an unlisted firm has none.
                known = not learned.defaulted[firm] and not self.scope.snapshot.unlisted[firm]
                effects.append(
                    MeasuredEffect(
                        change.label,
                        firm,
                        "pd",
                        float(pd_before[firm]) if known else None,
                        float(pd_after[firm]) if known else None,
                    )
                )
        return effects

    @staticmethod
    def _guarantee_links(learned: Transmissions, guarantor: int, guaranteed: int) -> NDArray[np.bool_]:
        """Return which links are guarantees between two firms, in either direction, shape (links,)."""
        ends = np.sort(np.stack([learned.source, learned.target]), axis=0)
        between = (ends[0] == min(guarantor, guaranteed)) & (ends[1] == max(guarantor, guaranteed))
        kinds = [ChannelKind.parse(name).kind for name in learned.kind.dictionary.to_pylist()]
        named = np.array([kind == GUARANTEES.kind for kind in kinds], dtype=bool)
        return np.asarray(between & named[learned.kind.indices.to_numpy()])

    def _credit_exposure(self, firm: int, excluded: tuple[int, int] | None) -> float | None:
        """Return the exposure of a firm by trade credit and guarantees; None without base PDs or the firm's equity.

        excluded: (guarantor, guaranteed) of a guarantee that is left out.
        """
        if self.pd is None or self.costs is None or np.isnan(self.costs.equity[firm]):
            return None
        claims = claims_of(self.scope.network, self.scope.snapshot, excluded=excluded).claims
        exposures = CreditExposures(claims, self.costs.equity)
        leverage = exposures.leverage()
        start = exposures.start()
        # Firms with equity of 0 or less spread losses even without a failure.
        base = spread_distress(leverage, start[:, None]).h[firm, 0]
        creditor = np.asarray(claims.creditor)
        # The loss of a firm with unknown equity cannot be measured, so that it passes nothing on.
        used = ~np.isnan(self.costs.equity[creditor])
        total = 0.0
        for source in reachable_firms(creditor[used], np.asarray(claims.debtor)[used], firm, claims.firms):
            if source != firm and self.pd[source] > 0:
                failure = start_of_failures(start, np.array([source]))
                total += self.pd[source] * float(spread_distress(leverage, failure).h[firm, 0] - base)
        return total
