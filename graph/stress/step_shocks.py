"""Shocks of a scenario's steps: from words to the lost share of each firm's capacity, with all faults at once."""

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
from supplyrisk.queries import name_hint


@dataclass(frozen=True)
class StepShock:
    """Lost share of each firm's supply and demand by one step alone: psi, shape (n,), 0 to 1."""

    step: ScenarioStep
    supply: Floats
    demand: Floats


def shocks_of(plan: ScenarioPlan, scope: ScenarioScope) -> tuple[list[StepShock], list[str]]:
    """Return the shock of each step, and all words of the plan that the data do not contain, as faults."""
    faults: list[str] = []
    shocks = [_shock(step, scope, faults) for step in plan.steps]
    for what_if in plan.what_ifs:
        faults += _what_if_faults(what_if, scope)
    return shocks, faults


def _shock(step: ScenarioStep, scope: ScenarioScope, faults: list[str]) -> StepShock:
    """Return the shock of a step and add its faults to the list."""
    n = scope.network.firms
    unknown = _unknown_words(step, scope)
    faults += [f"{step.label}: {fault}" for fault in unknown]
    fraction = np.ones(n)
    if step.carrier_out:
        fraction = scope.carriers.share_in(step.carrier_out, n)
    elif step.category_lost:
        fraction = scope.categories.share_in(step.category_lost, n)
    fraction = np.where(_matching_firms(step, scope), fraction, 0.0)
    # An unknown word selects nothing: one fault is enough.
    if not fraction.any() and not unknown:
        faults.append(f"{step.label}: no firm matches all filters, expected at least one")
    if step.carrier_out:
        # The carriers themselves stop, wherever they are and whatever they sell.
        fraction[_rows(step.carrier_out, scope)] = 1.0
    return StepShock(step, step.supply * fraction, step.demand * fraction)


def _rows(firm_ids: Iterable[str], scope: ScenarioScope) -> list[int]:
    """Return the rows of some firms, ascending."""
    ids = set(firm_ids)
    return [row for row, firm in enumerate(scope.network.firm_ids) if firm in ids]


def _matching_firms(step: ScenarioStep, scope: ScenarioScope) -> NDArray[np.bool_]:
    """Return whether each firm matches all filters of a step, shape (n,)."""
    n = scope.network.firms
    matching = np.ones(n, dtype=bool)
    for key, words in step.filters.items():
        if key == "firms":
            by_key = np.isin(np.arange(n), _rows(words, scope))
        elif key in scope.labels:
            by_key = np.array([label in words for label in scope.labels[key]], dtype=bool)
        else:
            shares = scope.categories if key == "category" else scope.carriers
            by_key = shares.share_in(words, n) > 0
        matching &= by_key
    sales = scope.network.sales
    if step.size_at_least is not None:
        matching &= sales >= step.size_at_least
    if step.size_at_most is not None:
        matching &= sales <= step.size_at_most
    return matching


def _hint(word: str, known: Iterable[str]) -> str:
    """Return the known words most similar to one, or the known words themselves."""
    words = sorted(known)
    return name_hint(word, words) if words else "the data have none"


def _unknown_words(step: ScenarioStep, scope: ScenarioScope) -> list[str]:
    """Return a fault for each word of a step that the data do not contain."""
    words_of_data: dict[str, Iterable[str]] = {
        "firms": scope.network.firm_ids,
        **{key: {label for label in labels if label is not None} for key, labels in scope.labels.items()},
        "category": scope.categories.words,
        "carrier": scope.carriers.words,
    }
    words_of_step = [
        *step.filters.items(),
        ("carrier", step.carrier_out),
        ("category", step.category_lost),
    ]
    faults = []
    for key, words in words_of_step:
        known = set(words_of_data[key])
        singular = "firm" if key == "firms" else key
        faults += [f"no {singular} {word}, {_hint(word, known)}" for word in words if word not in known]
    return faults


def _what_if_faults(what_if: WhatIf, scope: ScenarioScope) -> list[str]:
    """Return a fault for each unknown word of a counterfactual or, if there is none, why the data do not allow it."""
    ids = set(scope.network.firm_ids)
    firms: tuple[str, ...]
    match what_if:
        case AddSupplier(supplier=supplier, customer=customer):
            firms = (supplier, customer)
        case MoreStock(firm=firm):
            firms = (firm,)
        case CutGuarantee(guarantor=guarantor, guaranteed=guaranteed):
            firms = (guarantor, guaranteed)
    faults = [f"{what_if.label}: no firm {firm}, {_hint(firm, ids)}" for firm in firms if firm not in ids]
    if isinstance(what_if, AddSupplier):
        for key, word, known in (
            ("sector", what_if.sector, scope.network.sectors),
            ("category", what_if.category, scope.categories.words),
        ):
            if word is not None and word not in known:
                faults.append(f"{what_if.label}: no {key} {word}, {_hint(word, known)}")
    # Feasibility can only be checked for firms and words that exist.
    return faults or infeasible(scope, what_if)
