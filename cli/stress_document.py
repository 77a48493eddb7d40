"""What `scgraph stress` found, as the head of its JSON document and as notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supplyrisk.graph.contagion import LossExplanation
from supplyrisk.graph.stress import (
    CounterfactualBench,
    LearnedComparison,
    MeasuredEffect,
    ScenarioCourse,
    ScenarioStage,
    disagreements,
    losses_by_label,
    losses_by_lender,
)

LEAST = 1e-4
MOST = 10
"""Firms listed on which mechanism and network disagree most."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """The results, and what they rest on; None: not known, or not asked for."""

    bench: CounterfactualBench
    course: ScenarioCourse
    beside: LearnedComparison | None
    effects: list[MeasuredEffect]
    base_pd_from: str | None
    why: dict[str, object] | None
    ccf: float


def about(found: Found) -> dict[str, object]:
    """The head of the JSON document: what the numbers rest on, each step, and all of them together."""
    bench, course = found.bench, found.course
    plan, field, learned = bench.plan, bench.scope, bench.learned
    return {
        "as_of": field.snapshot.as_of,
        "model": None if learned is None else learned.model,
        "synthetic": field.snapshot.info.synthetic,
        "currency": field.snapshot.info.currency,
        "scenario": plan.name,
        "weeks": plan.weeks,
        "firms": field.network.firms,
        "links": len(field.network.amount),
        "essentiality": bench.essentiality.name,
        "substitution": plan.substitution,
        "eps": plan.eps,
        "tips_at": plan.tips_at,
        "loss": float(field.network.shares @ course.mean),
        "money": None if course.money is None else float(course.money.sum()),
        "tips_over": int(course.tips.sum()),
        "statements": 0 if bench.costs is None else bench.costs.known,
        "base_pd_from": found.base_pd_from,
        "ccf": found.ccf,
        **_sums(found, course.mean, course.money, course.tips),
        "steps": [_stage(found, stage) for stage in course.stages],
        "disagree": _disagree(found),
        "what_if": [_effect(effect, field.network.firm_ids) for effect in found.effects],
        "why": found.why,
    }


def _stage(found: Found, stage: ScenarioStage) -> dict[str, object]:
    """One step; who tips over is counted by the end of it, in it or before: the last step's count is that of all."""
    outcome = stage.outcome
    return {
        "name": stage.label,
        "weeks": stage.weeks,
        "shocked": int(np.count_nonzero((stage.supply > 0) | (stage.demand > 0))),
        "esri": outcome.esri,
        "down": outcome.esri_down,
        "up": outcome.esri_up,
        "money": None if stage.money is None else float(stage.money.sum()),
        "iterations": outcome.iterations,
        "residual": outcome.residual,
        "tips_over": int(stage.tips.sum()),
        **_sums(found, outcome.loss, stage.money, stage.tips),
    }


def _effect(effect: MeasuredEffect, ids: Sequence[str]) -> dict[str, object]:
    change = None if effect.before is None or effect.after is None else effect.after - effect.before
    return {
        "what_if": effect.what_if,
        "firm_id": ids[effect.firm],
        "measure": effect.measure,
        "before": effect.before,
        "after": effect.after,
        "change": change,
    }


def _disagree(found: Found) -> dict[str, object] | None:
    """Where mechanism and network differ most; None where there is no network, or nobody has stopped."""
    two, ids = found.beside, found.bench.scope.network.firm_ids
    if two is None or not two.stopped:
        return None
    rows = [
        {
            "firm_id": ids[firm],
            "loss": float(two.loss[firm]),
            "network_pd": float(two.pd[firm]),
            "network_pd_stressed": float(two.pd_stressed[firm]),
            "rank_difference": float(two.rank_difference[firm]),
        }
        for firm in disagreements(two, MOST)
    ]
    correlation = None if np.isnan(two.correlation) else two.correlation
    return {"stopped": two.stopped, "rank_correlation": correlation, "rows": rows}


def _sums(found: Found, loss: Floats, money: Floats | None, tips: NDArray[np.bool_]) -> dict[str, object]:
    field = found.bench.scope
    return {
        "by_industry": losses_by_label(field, "industry", loss, money, tips),
        "by_region": losses_by_label(field, "region", loss, money, tips),
        "by_lender": losses_by_lender(field, loss, tips, found.ccf),
    }


def notes(found: Found) -> list[str]:
    """What a reader has to know beside the numbers."""
    bench, last = found.bench, found.course.stages[-1].outcome
    stands_in = "others of an industry stand in" if bench.plan.substitution else "nobody stands in"
    ended = f"eps {bench.plan.eps:g}, {last.iterations} steps, residual {last.residual:.2g}"
    said = [
        f"{bench.essentiality.name}; {stands_in}; {ended}",
        "who tips over is counted by the end of each step, in it or before, by loss or by its books",
        "what a step takes stays lost until the scenario ends; shocks of several steps join as 1 - prod(1 - psi)",
    ]
    if bench.scope.weeks is None:
        said.append("undated data: sales per week are unknown, so that there are no losses in money")
    if bench.scope.snapshot.loans.num_rows:
        said.append(
            f"lenders: EAD = drawn + CCF {found.ccf:g} x undrawn of revolving lines; x lost share is what the scenario "
            "reaches of it, no expected loss: no PD and no LGD is in it"
        )
    said += _about_books(bench)
    if bench.learned is None:
        said.append("no learned transmissions for this day: scgraph score keeps them")
    elif found.beside is not None and not found.beside.stopped:
        said.append(
            "the network says nothing here: it knows stopped firms, and no firm has lost all of its capacity"
        )
    if bench.plan.what_ifs and found.base_pd_from is None:
        said.append(
            "no exposures: there are no base PDs for this day; run scgraph score first, or give --pd FILE"
        )
    return said


def _about_books(bench: CounterfactualBench) -> list[str]:
    if bench.costs is None:
        return ["no financials: firms tip over by their loss alone"]
    known, firms = bench.costs.known, bench.scope.network.firms
    said = [f"{known} of {firms} firms have a statement; the others tip over by their loss alone"]
    if bench.costs.by_costs:
        said.append(f"{bench.costs.by_costs} statements have no material costs: all costs stand in for them")
    return said


def why_of(found: LossExplanation | None, firm: int, ids: Sequence[str]) -> dict[str, object]:
    """What carries one firm's loss, or its exposure; links that carry less than LEAST of it are left out."""
    if found is None:
        nothing: dict[str, object] = {"shocked": [], "links": [], "paths": []}
        return {"firm_id": ids[firm], "loss": 0.0, "by_supply": 0.0, "by_demand": 0.0, **nothing}
    ends = zip(found.supplier, found.customer, found.demand, found.share, strict=True)
    began = np.flatnonzero(found.shocked)
    return {
        "firm_id": ids[firm],
        "loss": found.loss,
        "by_supply": found.by_supply,
        "by_demand": found.by_demand,
        "shocked": [
            {"firm_id": ids[k], "share": float(found.shocked[k])}
            for k in began[np.argsort(-found.shocked[began], kind="stable")]
        ],
        "links": [
            {
                "supplier_id": ids[s],
                "customer_id": ids[c],
                "channel": "demand" if d else "supply",
                "share": float(q),
            }
            for s, c, d, q in ends
            if q >= LEAST
        ],
        "paths": [
            {"firms": [ids[f] for f in path.firms], "channel": path.channel, "share": path.share}
            for path in found.paths
        ],
    }
