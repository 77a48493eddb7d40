"""From a step's words to what each firm loses, with every fault at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion.kernels.kernel_arrays import Floats
from supplyrisk.graph.stress.counterfactual_data import infeasible
from supplyrisk.graph.stress.scenario_plan import (
    AddSupplier,
    CutGuarantee,
    MoreStock,
    ScenarioPlan,
    ScenarioStep,
    WhatIf,
)
from supplyrisk.graph.stress.scenario_scope import ScenarioScope
from supplyrisk.graph.stress.suggestion import suggestion


@dataclass(frozen=True)
class StepShock:
    """What one step takes of each firm's supply and demand, beside what was lost before: psi, shape (n,)."""

    step: ScenarioStep
    supply: Floats
    demand: Floats


def shocks_of(plan: ScenarioPlan, scope: ScenarioScope) -> tuple[list[StepShock], list[str]]:
    """The shock of each step, and what in the plan the data do not know."""
    faults: list[str] = []
    shocks = [_shock(step, scope, faults) for step in plan.steps]
    for what_if in plan.what_ifs:
        faults += _unknown_ends(what_if, scope)
    return shocks, faults


def _shock(step: ScenarioStep, field: ScenarioScope, faults: list[str]) -> StepShock:
    n = field.network.firms
    unknown = _unknown(step, field)
    faults += [f"{step.label}: {fault}" for fault in unknown]
    chosen = _chosen(step, field)
    fraction = np.ones(n)
    if step.carrier_out:
        fraction = field.carriers.share_in(step.carrier_out, n)
    elif step.category_lost:
        fraction = field.categories.share_in(step.category_lost, n)
    fraction = np.where(chosen, fraction, 0.0)
    if not fraction.any() and not unknown:
        faults.append(f"{step.label}: no firm is all that it asks for, expected at least one")
    if step.carrier_out:
        # Whoever carries for others is out itself, wherever it is and whatever it sells.
        fraction[_rows(step.carrier_out, field)] = 1.0
    return StepShock(step, step.supply * fraction, step.demand * fraction)


def _rows(firms: Iterable[str], field: ScenarioScope) -> list[int]:
    wanted = set(firms)
    return [row for row, firm in enumerate(field.network.firm_ids) if firm in wanted]


def _chosen(step: ScenarioStep, field: ScenarioScope) -> NDArray[np.bool_]:
    """Firms for which every filter of a step holds, shape (n,)."""
    n = field.network.firms
    chosen = np.ones(n, dtype=bool)
    for key, words in step.filters.items():
        if key == "firms":
            holds = np.isin(np.arange(n), _rows(words, field))
        elif key in field.labels:
            holds = np.array([label in words for label in field.labels[key]], dtype=bool)
        else:
            shares = field.categories if key == "category" else field.carriers
            holds = shares.share_in(words, n) > 0
        chosen &= holds
    sales = field.network.sales
    if step.size_at_least is not None:
        chosen &= sales >= step.size_at_least
    if step.size_at_most is not None:
        chosen &= sales <= step.size_at_most
    return chosen


def _unknown(step: ScenarioStep, field: ScenarioScope) -> list[str]:
    """Words of a step that the data do not have, each with the nearest that they have."""
    has: dict[str, Iterable[str]] = {
        "firms": field.network.firm_ids,
        **{key: {label for label in labels if label is not None} for key, labels in field.labels.items()},
        "category": field.categories.words,
        "carrier": field.carriers.words,
    }
    asked = [*step.filters.items(), ("carrier", step.carrier_out), ("category", step.category_lost)]
    faults = []
    for key, words in asked:
        known = set(has[key])
        one = "firm" if key == "firms" else key
        faults += [f"no {one} {word}, {suggestion(word, known)}" for word in words if word not in known]
    return faults


def _unknown_ends(what_if: WhatIf, field: ScenarioScope) -> list[str]:
    ids = set(field.network.firm_ids)
    firms: tuple[str, ...]
    match what_if:
        case AddSupplier(supplier=supplier, customer=customer):
            firms = (supplier, customer)
        case MoreStock(firm=firm):
            firms = (firm,)
        case CutGuarantee(guarantor=guarantor, guaranteed=guaranteed):
            firms = (guarantor, guaranteed)
    faults = [
        f"{what_if.label}: no firm {firm}, {suggestion(firm, ids)}" for firm in firms if firm not in ids
    ]
    if isinstance(what_if, AddSupplier):
        for word, known in (
            (what_if.sector, field.network.sectors),
            (what_if.category, field.categories.words),
        ):
            if word is not None and word not in known:
                faults.append(f"{what_if.label}: unknown {word}, {suggestion(word, known)}")
    return faults or infeasible(field, what_if)
