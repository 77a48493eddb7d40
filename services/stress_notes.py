"""Notes on the result of `stress`: what a reader has to know beside the numbers."""

from __future__ import annotations

from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE, scored_by_expert
from supplyrisk.graph.stress import CounterfactualBench
from supplyrisk.services.contagion_inputs import NO_BASE_PDS, substitution_note
from supplyrisk.services.stress_result import StressResult


def stress_notes(result: StressResult) -> list[str]:
    """Notes on the computation, the missing data, and the comparison with the network."""
    bench = result.bench
    last = result.course.stages[-1].outcome
    notes = [
        f"{bench.essentiality.name}; {substitution_note(bench.plan.substitution)}; "
        f"eps {bench.plan.eps:g}, {last.iterations} steps, residual {last.residual:.2g}",
        "tip over: firms that can no longer bear their losses by the end of a step, judged by their loss or by "
        "their last statement",
        "the losses of a step last until the scenario ends; shocks of several steps combine as 1 - prod(1 - psi)",
    ]
    if bench.scope.weeks is None:
        notes.append("undated data: sales per week are unknown, so there are no losses in money")
    if bench.scope.snapshot.loans.num_rows:
        notes.append(
            f"lenders: EAD = drawn + CCF {result.ccf:g} x undrawn amount of revolving lines; EAD x lost share is the "
            "part of the EAD that the scenario reaches, not an expected loss: it contains neither a PD nor an LGD"
        )
    if bench.learned is not None and result.scored_by is not None:
        notes.append(f"PDs of the network: {result.scored_by}")
    if result.books:
        notes.append(
            "books: performing lines by the stored scores of the day; in the scenario the network's rise of the hazard "
            "is added to the stored one, and borrowers that stop have PD 1; LGD, CCF and stages by policy "
            f"{result.policy.name}"
        )
    unscored = sum(book.unscored for book in result.books)
    if unscored:
        notes.append(f"books: {unscored:,} lines are of borrowers without a PD, whose EL is missing")
    notes += _statement_notes(bench)
    if bench.learned is None:
        notes.append("no learned transmissions for this day: scgraph score stores them")
    elif scored_by_expert(bench.learned.model):
        notes.append("expert: the transmissions of the network are the stated prior, not learned")
    elif result.comparison is not None and not result.comparison.stopped:
        notes.append("not compared with the network, which models complete stops only")
    if bench.plan.what_ifs and result.base_pds_from is None:
        notes.append(NO_BASE_PDS)
    if result.base_pds_from is not None and result.expert:
        notes.append(EXPERT_NOTE)
    return notes


def _statement_notes(bench: CounterfactualBench) -> list[str]:
    costs = bench.costs
    if costs is None:
        return ["no financials: firms tip over by their loss alone"]
    notes = [
        f"{costs.known} of {bench.scope.network.firms} firms have a statement; the others tip over by their loss alone"
    ]
    if costs.by_costs:
        notes.append(f"{costs.by_costs} statements state no material costs: all costs are used instead")
    return notes
