"""Notes on the results of `contagion`: what a reader has to know beside the numbers."""

from __future__ import annotations

import numpy as np

from supplyrisk.graph.contagion import BalanceSheets
from supplyrisk.graph.schema.expert_mark import EXPERT_NOTE
from supplyrisk.services.contagion_inputs import NO_BASE_PDS, substitution_note
from supplyrisk.services.contagion_result import ContagionResult, Lending

CONVERGED_RESIDUAL = 1e-6
"""Residuals up to which a result counts as converged."""


def contagion_notes(result: ContagionResult) -> list[str]:
    """Notes on ESRI, exposures, credit and lenders, as far as they were computed."""
    notes = [*_run_notes(result), *_exposure_notes(result)]
    if result.sheets is not None and result.closures.exposure is not None:
        notes += _credit_notes(result.sheets)
    if result.lending is not None:
        notes += _lender_notes(result.lending)
    return notes


def _run_notes(result: ContagionResult) -> list[str]:
    options = result.options
    network = result.inputs.network
    exact = "; lost demand solved exactly" if options.exact_upstream else ""
    notes = [
        f"ESRI of {network.firms} firms over {len(network.amount)} links; {result.essentiality}; "
        + substitution_note(options.substitution),
        f"eps {options.eps:g}, at most {result.steps} steps, residual {result.residual:.2g}{exact}",
    ]
    if result.residual > CONVERGED_RESIDUAL:
        notes.append(
            f"not converged: in the last step a firm still lost up to {result.residual:.2g} of its production, so "
            "losses are understated (much so in closed networks); rankings can be used; for amounts use --converged"
        )
    return notes


def _exposure_notes(result: ContagionResult) -> list[str]:
    exposure = result.closures.exposure
    if exposure is None:
        return [NO_BASE_PDS]
    notes = [
        f"exposure: sum over all other firms of base PD ({result.inputs.pd_origin}) x loss when that firm fails"
    ]
    if result.inputs.expert:
        notes.append(EXPERT_NOTE)
    if np.max(exposure.total, initial=0.0) > 1:
        notes.append("exposure can exceed 100 %, because overlapping losses of several failures are added")
    return notes


def _credit_notes(sheets: BalanceSheets) -> list[str]:
    owed = sheets.owed
    without_equity = int(np.isnan(sheets.equity).sum())
    notes = [
        f"credit: {owed.trade} links with unpaid trade and {owed.guarantees} guarantees; "
        "the largest of the lost shares of production and of equity counts"
    ]
    if without_equity:
        notes.append(
            f"{without_equity} firms have no equity in a statement: their loss by credit is not measured, "
            "and they pass on their own failure only"
        )
    if owed.unpriced:
        notes.append(f"{owed.unpriced} guarantees without an amount are left out")
    return notes


def _lender_notes(lending: Lending) -> list[str]:
    gaps = lending.gaps
    book = lending.book
    terms = lending.terms
    known = int(np.count_nonzero(~np.isnan(book.equity)))
    denominator = "all lenders' equity" if known == len(book.lenders) else "all EAD"
    if known == 0:
        cap = "lender equity not given: losses are not capped"
    elif known == len(book.lenders):
        cap = "losses are capped at each lender's equity"
    else:
        cap = f"losses are capped at equity for the {known} lenders whose equity is given"
    notes = [
        f"lenders: {len(book.lenders)} with {len(book.ead)} loans; FSRI is a share of {denominator}; "
        f"LGD {terms.lgd:g}, except for {gaps.own_lgd} loans with an LGD of their own; {cap}",
        f"EAD = drawn + CCF {terms.ccf:g} x undrawn amount of revolving lines",
        "expected loss: sum over all firms of base PD x loss of the lender when the firm closes, with contagion; "
        "by own loans: base PD x LGD x EAD, at most the lender's equity; "
        "in default: the part of that by firms already in default, whose PD is 1",
        "the EL of scgraph portfolio is PD x LGD x EAD with the whole PD, which includes contagion, of firms not in "
        "default",
        f"default is assessed by a statement for {gaps.judged} firms; {gaps.not_judged} are not assessed: they have "
        "no statement or are in default",
    ]
    if gaps.by_costs:
        notes.append(
            f"{gaps.by_costs} firms state no material costs: their profit is computed as revenue - costs"
        )
    if gaps.by_one:
        notes.append(f"{gaps.by_one} firms state only one of equity and liquid assets: that one is used")
    if gaps.undrawn:
        notes.append(f"{gaps.undrawn} loans with drawn amount unknown are left out")
    return notes
